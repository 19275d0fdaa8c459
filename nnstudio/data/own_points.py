"""Points that a person puts into the plane by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Source, Split, sources
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.model.document import DataReference

# As the window colours them: none is a colour of values below or above 0.
NAMES = ("teal", "purple", "olive", "pink", "green", "grey", "wine", "violet", "brown", "ink")
# What there is at first, so that a network can learn something.
FIRST = "-2 -2 1; -3 1 1; -1 2 1; 2 2 2; 3 -1 2; 1 -2 2"

# Squares of larger numbers are beyond float32.
LARGEST = 1e15


@sources.register
class OwnPoints(Source):
    """The option holds "x1 x2 class; .." with classes from 1; the decision boundary is where they are set."""

    id = "own_points"
    title = "Own points"
    order = 5
    help = "Points that you set: click or drag in the decision boundary; the right button removes."
    options = (
        Option("points", FIRST, "All points: x1, x2 and the number of the class, separated by semicolons."),
        Option("classes", 2, "Number of classes.", 2, 10),
        Option("test_ratio", 0.0, "Share of points kept for testing.", 0.0, 0.9),
        Option("validation_ratio", 0.0, "Share for validation, which training watches.", 0.0, 0.9),
        *VALIDATION_OPTIONS[1:],
        Option("seed", 0, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        rows = read(options["points"], options["classes"])
        x, y = rows[:, :2].astype(np.float32), (rows[:, 2:] - 1).astype(np.float32)
        parts = dict(zip(Split, divide(SplitKind.STRATIFIED, len(y), options, y[:, 0]), strict=True))
        training, validation, test = (parts[split] for split in Split)
        return Dataset(
            self.title, x[training], y[training], x[test], y[test], NAMES[: options["classes"]], ("x1", "x2"),
            ("colour",), set_by_hand=True, x_validation=x[validation], y_validation=y[validation],
        )  # fmt: skip


@dataclass(frozen=True)
class PointChange:
    """Points (x1, x2, class from 1 or value) to add, and (x1, x2) as float32 holds them to remove."""

    added: tuple[tuple[float, float, float], ...] = ()
    removed: tuple[tuple[float, float], ...] = ()

    def applied(self, data: DataReference) -> DataReference:
        """`data.own_points` or `data.own_values` with it; all other points stay as they were typed."""
        points = sources[data.kind].complete(data.options)["points"]
        parts = [part.strip() for part in points.split(";") if part.strip()]
        positions = [_position(part) for part in parts]
        for point in self.removed:
            if point in positions:
                index = positions.index(point)
                del positions[index], parts[index]
        parts += [f"{a:.4g} {b:.4g} {third:.9g}" for a, b, third in self.added]
        return replace(data, options={**data.options, "points": "; ".join(parts)})


def _position(part: str) -> tuple[float, ...]:
    """As float32 holds it; empty where the text is no point."""
    try:
        return tuple(float(np.float32(v)) for v in part.split()[:2])
    except ValueError:
        return ()


def read(text: str, classes: int) -> np.ndarray:
    """Rows (n, 3) of x1, x2 and class from 1. Raises DataError with a sentence."""
    rows = read_rows(text, "a class")
    for number, which in enumerate(rows[:, 2]):
        if which not in range(1, classes + 1):
            raise DataError(
                f"Point {number + 1} is of class {which:g}, but there are classes 1 to {classes}. "
                "Change the point or the number of classes."
            )
    return rows


def read_rows(text: str, third: str) -> np.ndarray:
    """Rows (n, 3) of x1, x2 and what ``third`` says, float64. Raises DataError with a sentence."""
    rows = []
    for number, part in enumerate(p for p in text.split(";") if p.strip()):
        try:
            x1, x2, value = (float(v) for v in part.split())
        except ValueError:
            raise DataError(
                f"Point {number + 1}, '{part.strip()}', is not x1, x2 and {third}. Write it like '1.5 -2 1'."
            ) from None
        if not all(abs(v) <= LARGEST for v in (x1, x2, value)):
            raise DataError(
                f"Point {number + 1}, '{part.strip()}', has a number that is none or beyond {LARGEST:g}. "
                "Change the point."
            )
        rows.append((x1, x2, value))
    if not rows:
        raise DataError("There are no points. Click into the decision boundary to set some.")
    return np.array(rows)
