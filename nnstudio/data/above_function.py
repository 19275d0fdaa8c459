"""Points above and below a function that a person types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Source, sources
from nnstudio.data.formula import check_formula, evaluate
from nnstudio.data.playground import SHARES, divided

# Points lie within -RADIUS .. RADIUS.
RADIUS = 6.0
CLASSES = ("below", "above")


@sources.register
class AboveFunction(Source):
    """Points at random; those exactly on the function count as below it."""

    id = "above_function"
    title = "Above or below a function"
    order = 8
    help = "Points above a function that you type are one class, those below it the other."
    options = (
        Option(
            "function",
            "3 * sin(x)",
            "The height at x, such as sin(3*x) / 2; x goes from -6 to 6.",
            reads=check_formula,
        ),
        Option("samples", 500, "Number of points, both classes together.", 4, 100_000),
        Option("noise", 0.0, "How far points stray, as a share of the picture.", 0.0, 0.5),
        *SHARES,
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        text = options["function"]
        rng = np.random.default_rng(options["seed"])
        points = rng.uniform(-RADIUS, RADIUS, (options["samples"], 2))
        height = evaluate(text, points[:, 0])
        usable = np.isfinite(height)
        if usable.sum() < 2:
            raise DataError(
                f"'{text}' has no finite value at {_where(points, ~usable)}, nor at almost any other x from "
                "-6 to 6, as with the logarithm of a negative number or a division by zero. Type another one."
            )
        labels = (points[:, 1] > height)[usable, None]
        strayed = points + rng.uniform(-RADIUS, RADIUS, points.shape) * options["noise"]
        notes = (*_left_out(text, points, usable), *_one_sided(text, labels))
        return divided(self.title, strayed[usable], labels, options, CLASSES, ("x1", "x2"), ("side",), notes)


def _left_out(text: str, points: np.ndarray, usable: np.ndarray) -> tuple[str, ...]:
    if usable.all():
        return ()
    return (
        f"{int((~usable).sum()):,} of {len(usable):,} points are left out: '{text}' has no finite value "
        f"there, such as at {_where(points, ~usable)}.",
    )


def _one_sided(text: str, labels: np.ndarray) -> tuple[str, ...]:
    if 0 < labels.mean() < 1:
        return ()
    side = CLASSES[int(labels[0, 0])]
    return (
        f"All points are {side} '{text}', so there is nothing to tell apart. Its values should lie within "
        "-6 to 6.",
    )


def _where(points: np.ndarray, which: np.ndarray) -> str:
    return f"x = {points[which, 0][0]:.3g}"
