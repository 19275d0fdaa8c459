"""Points that a person puts into the plane by hand, each with a number to predict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, Split, sources
from nnstudio.data.own_points import read_rows
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.data.standardising import standardise

# What there is at first: values that grow to the right.
FIRST = "-3 -2 -1; -2 2 -0.8; -1 -1 -0.3; 1 1 0.3; 2 -2 0.8; 3 2 1"


@sources.register
class OwnValues(Source):
    """The option holds "x1 x2 value; .."; the decision boundary is where they are set."""

    id = "own_values"
    title = "Own points with values"
    order = 5
    help = (
        "Points with a number to predict: click or drag in the decision boundary; the right button removes."
    )
    options = (
        Option("points", FIRST, "All points: x1, x2 and the value to predict, separated by semicolons."),
        Option("test_ratio", 0.0, "Share of points kept for testing.", 0.0, 0.9),
        Option("validation_ratio", 0.0, "Share for validation, which training watches.", 0.0, 0.9),
        *VALIDATION_OPTIONS[1:],
        Option("seed", 0, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        rows = read_rows(options["points"], "a value")
        parts = divide(SplitKind.RANDOM, len(rows), options)
        shift, scale = standardise(rows[parts[0], 2:])
        x = {split: rows[part, :2].astype(np.float32) for split, part in zip(Split, parts, strict=True)}
        y = {
            split: ((rows[part, 2:] - shift) / scale).astype(np.float32)
            for split, part in zip(Split, parts, strict=True)
        }
        return Dataset(
            self.title, x[Split.TRAINING], y[Split.TRAINING], x[Split.TEST], y[Split.TEST], (), ("x1", "x2"),
            ("value",), y_shift=shift, y_scale=scale, set_by_hand=True, x_validation=x[Split.VALIDATION],
            y_validation=y[Split.VALIDATION],
        )  # fmt: skip
