"""Points that a person puts into the plane by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Source, sources, split

NAMES = ("blue", "orange", "green", "pink", "sky", "rust", "yellow", "grey", "violet", "brown")
# What there is at first, so that a network can learn something.
FIRST = "-2 -2 1; -3 1 1; -1 2 1; 2 2 2; 3 -1 2; 1 -2 2"


@sources.register
class OwnPoints(Source):
    """The option holds "x1 x2 class; .." with classes from 1; the decision boundary is where they are set."""

    id = "own_points"
    title = "Own points"
    order = 5
    help = "Points that you set: click into the decision boundary; a right click removes one."
    options = (
        Option("points", FIRST, "All points: x1, x2 and the number of the class, separated by semicolons."),
        Option("classes", 2, "Number of classes.", 2, 10),
        Option("test_ratio", 0.0, "Share of points kept for testing.", 0.0, 0.9),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        rows = read(options["points"], options["classes"])
        x, y = rows[:, :2].astype(np.float32), (rows[:, 2:] - 1).astype(np.float32)
        parts = split(x, y, options["test_ratio"], 0)
        classes = NAMES[: options["classes"]]
        return Dataset(self.title, *parts, classes, ("x1", "x2"), ("colour",), set_by_hand=True)


def read(text: str, classes: int) -> np.ndarray:
    """Rows (n, 3) of x1, x2 and class from 1. Raises DataError with a sentence."""
    rows = []
    for number, part in enumerate(p for p in text.split(";") if p.strip()):
        try:
            x1, x2, which = (float(v) for v in part.split())
        except ValueError:
            raise DataError(
                f"Point {number + 1}, '{part.strip()}', is not x1, x2 and a class. Write it like '1.5 -2 1'."
            ) from None
        if not (np.isfinite([x1, x2]).all() and which in range(1, classes + 1)):
            raise DataError(
                f"Point {number + 1} is of class {which:g}, but there are classes 1 to {classes}. "
                "Change the point or the number of classes."
            )
        rows.append((x1, x2, which))
    if not rows:
        raise DataError("There are no points. Click into the decision boundary to set some.")
    return np.array(rows)


def write(x: np.ndarray, y: np.ndarray) -> str:
    """The text of points (n, 2) with class numbers from 0 (n,)."""
    return "; ".join(f"{a:.4g} {b:.4g} {int(c) + 1}" for (a, b), c in zip(x, y, strict=True))
