"""Points in the plane in classes: circle, exclusive or, Gaussian, spiral; and Celsius."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Source, sources
from nnstudio.data.own_points import NAMES
from nnstudio.data.some_examples import some_of
from nnstudio.data.splits import (
    VALIDATION_OPTIONS,
    SplitKind,
    fold_rows,
    notes_on_ratios,
    read_fold,
    split_rows,
)

# Half of the points are learned from.
SHARES = (
    Option("test_ratio", 0.25, "Share of samples kept for testing.", 0.0, 0.9),
    Option("validation_ratio", 0.25, "Share for validation, which training watches.", 0.0, 0.9),
    *VALIDATION_OPTIONS[1:],
    Option("seed", 1, "Number that decides the random draw.", 0, 2**31 - 1),
)
# Of few samples, more.
SMALL_SHARES = tuple(replace(o, default=0.125) if o.name.endswith("ratio") else o for o in SHARES)


def divided(
    name: str,
    x: np.ndarray,
    y: np.ndarray,
    options: Mapping[str, Any],
    classes: tuple[str, ...],
    features: tuple[str, ...],
    targets: tuple[str, ...],
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Drawn inputs (n, f) and targets (n, 1) in three parts, as `SHARES` say. Raises DataError.

    One draw orders all of them: what is for validation is taken from the training part, and no share but
    its own changes the test part.
    """
    x, y = x.astype(np.float32), y.astype(np.float32)
    rest, test = split_rows(SplitKind.RANDOM, len(x), options["test_ratio"], options["seed"])
    fold = read_fold(options["fold"])
    if fold is None:
        watched = min(round(len(x) * options["validation_ratio"]), len(rest) - 1)
        validation, train = rest[:watched], rest[watched:]
    else:
        train, validation = (rest[rows] for rows in fold_rows(SplitKind.RANDOM, len(rest), fold))
    train = some_of(train, options, y[:, 0] if classes else None)
    notes = (*notes, *notes_on_ratios(options, len(train)))
    return Dataset(
        name, x[train], y[train], x[test], y[test], classes, features, targets, notes=notes,
        x_validation=x[validation], y_validation=y[validation],
    )  # fmt: skip


CLASS_COUNT = Option("classes", 2, "Number of classes.", 2, len(NAMES))


class Points(Source):
    """Base of the point clouds; inputs lie within about -6 .. 6, as in the playground.

    There are two classes unless `CLASS_COUNT` is one of the options.
    """

    options: ClassVar[tuple[Option, ...]] = (
        Option("samples", 500, "Number of points, all classes together.", 4, 100_000),
        Option("noise", 0.0, "How far points stray, as a share of the picture.", 0.0, 0.5),
        *SHARES,
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        rng = np.random.default_rng(options["seed"])
        samples, classes = options["samples"], options.get("classes", 2)
        if samples < classes:
            raise DataError(
                f"{samples} points are too few for {classes} classes. Choose more points or fewer classes."
            )
        # As many of each class, or one more where that does not come out even.
        sizes = np.diff(np.arange(classes + 1) * samples // classes)
        labels = np.repeat(np.arange(classes, dtype=float), sizes)
        points = self.draw(labels, options["noise"], rng)
        y = labels[:, None]
        return divided(self.title, points, y, options, NAMES[:classes], ("x1", "x2"), ("colour",))

    def draw(self, labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        """Points (n, 2) for class numbers (n,), which rise from 0; every class has some."""
        raise NotImplementedError


# For clouds of two classes or more.
WITH_CLASSES = (*Points.options[:2], CLASS_COUNT, *Points.options[2:])


@sources.register
class Circle(Points):
    """A disc inside one ring or several; the last class is the disc, the first the outermost ring."""

    id = "circle"
    title = "Circle"
    order = 0
    help = "A disc inside a ring; with more classes, rings around each other."
    options = WITH_CLASSES

    def draw(self, labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        classes = labels[-1] + 1
        # Counted from the middle. Each takes an equal share of the radius; two fifths of a ring's are a gap.
        ring, share = classes - 1 - labels, 5 / classes
        disc = rng.uniform(0, share, len(labels))
        around = rng.uniform((ring + 0.4) * share, (ring + 1) * share)
        radius = np.where(ring == 0, disc, around)
        angle = rng.uniform(0, 2 * np.pi, len(labels))
        points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)
        return points + rng.uniform(-5, 5, points.shape) * noise


@sources.register
class ExclusiveOr(Points):
    """Opposite corners belong together; with more classes a board with each once in a row and a column."""

    id = "xor"
    title = "Exclusive or"
    order = 1
    help = (
        "Opposite quarters of the picture share a class; no straight line separates them. With more classes, "
        "a board with each class once in every row and column."
    )
    options = WITH_CLASSES

    def draw(self, labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        classes = labels[-1] + 1
        shares = rng.random((len(labels), 2))
        column = rng.integers(0, int(classes), len(labels))
        # The class is the sum of both numbers, which begins anew after the last class: of two, exclusive or.
        fields = np.stack([column, (labels - 1 - column) % classes], 1)
        lower = np.where(fields == 0, -5, 10 * fields / classes - 5 + 0.3)
        upper = np.where(fields == classes - 1, 5, 10 * (fields + 1) / classes - 5 - 0.3)
        # From the side that is nearer to the middle.
        is_low = fields < classes / 2
        start, end = np.where(is_low, upper, lower), np.where(is_low, lower, upper)
        points = start + (end - start) * shares
        return points + rng.uniform(-5, 5, points.shape) * noise


@sources.register
class Gaussian(Points):
    """Round clouds, evenly around the middle."""

    id = "gaussian"
    title = "Gaussian"
    order = 2
    help = "Round clouds, two or more; straight lines are enough."
    options = WITH_CLASSES

    def draw(self, labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        # The first at the lower left; rounded, so that two classes have their centres at exactly 2 and -2.
        angle = (1.25 + 2 * labels / (labels[-1] + 1)) * np.pi
        centre = np.round(np.sqrt(8) * np.stack([np.cos(angle), np.sin(angle)], 1), 12)
        return np.asarray(centre + rng.normal(0, np.sqrt(0.5 + 7 * noise), (len(labels), 2)))


@sources.register
class Spiral(Points):
    """Arms wound round each other."""

    id = "spiral"
    title = "Spiral"
    order = 3
    help = "Arms wound round each other, two or more; it takes hidden layers to tell them apart."
    options = WITH_CLASSES

    def draw(self, labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        points, classes = np.empty((len(labels), 2)), int(labels[-1]) + 1
        for label in range(classes):
            chosen = labels == label
            share = np.arange(chosen.sum()) / max(chosen.sum(), 1)
            angle = 1.75 * share * 2 * np.pi + 2 * np.pi * label / classes
            points[chosen] = (5 * share)[:, None] * np.stack([np.sin(angle), np.cos(angle)], 1)
        return points + rng.uniform(-5, 5, points.shape) * noise / 5


@sources.register
class Celsius(Source):
    """Fahrenheit from Celsius, without scaling, so that the weights are the formula."""

    id = "celsius"
    title = "Celsius to Fahrenheit"
    order = 4
    help = "Temperatures in degrees Celsius, and the same ones in degrees Fahrenheit."
    options = (
        Option("samples", 40, "Number of temperatures.", 2, 10_000),
        Option("noise", 0.0, "Error of the thermometer.", 0.0, 20.0, unit="°F"),
        *SMALL_SHARES,
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        rng = np.random.default_rng(options["seed"])
        c = np.linspace(-10, 30, options["samples"])[:, None]
        f = 1.8 * c + 32 + rng.normal(0, 1, c.shape) * options["noise"]
        return divided(self.title, c, f, options, (), ("Celsius",), ("Fahrenheit",))
