"""The small sets that come with scikit-learn, where it is installed; it is imported when first needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Source, sources
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.data.standardising import standardise

# The name of its loader, and what each target is called.
SETS = {
    "digits": ("load_digits", "digit"),
    "wine": ("load_wine", "cultivar"),
    "breast cancer": ("load_breast_cancer", "diagnosis"),
    "iris": ("load_iris", "species"),
    "diabetes": ("load_diabetes", "progression"),
    "linnerud": ("load_linnerud", ""),
}
# Those whose target is a number.
NUMBERS = ("diabetes", "linnerud")
# The brightest pixel of its digits.
WHITE = 16.0


@sources.register
class ScikitLearn(Source):
    """Tables standardised with the training part's mean; digits (8, 8, 1) from 0 to 1."""

    id = "scikit_learn"
    title = "scikit-learn"
    order = 13
    help = "The small sets that come with scikit-learn, which must be installed."
    package = "sklearn"
    options = (
        Option("set", "digits", "Which of its sets.", choices=tuple(SETS)),
        Option("test_ratio", 0.3, "Share of samples kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        name = options["set"]
        read = _read(name)
        x, y = np.asarray(read["data"], np.float64), np.asarray(read["target"], np.float64)
        is_number, are_pictures = name in NUMBERS, name == "digits"
        y = y.reshape(len(x), -1)
        parts = divide(SplitKind.RANDOM, len(x), options, None if is_number else y[:, 0])
        targets = (SETS[name][1],) if SETS[name][1] else _names(read["target_names"])
        classes = () if is_number else _names(read["target_names"])
        features = () if are_pictures else _names(read["feature_names"])
        shift, scale = (0.0, WHITE) if are_pictures else standardise(x[parts[0]])
        y_shift, y_scale = (0.0, 1.0) if classes else standardise(y[parts[0]])
        shape = (8, 8, 1) if are_pictures else x.shape[1:]
        inputs = [
            ((part - shift) / scale).astype(np.float32).reshape(-1, *shape)
            for part in (x[rows] for rows in parts)
        ]
        outputs = [((part - y_shift) / y_scale).astype(np.float32) for part in (y[rows] for rows in parts)]
        return Dataset(
            f"scikit-learn's {name}", inputs[0], outputs[0], inputs[2], outputs[2],
            classes, features, targets, shift, scale, y_shift, y_scale,
            x_validation=inputs[1], y_validation=outputs[1],
        )  # fmt: skip


def _read(name: str) -> Mapping[str, Any]:
    """What scikit-learn's loader gives. Raises DataError where there is none."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise DataError(
            f"scikit-learn is needed for its set '{name}', and cannot be imported ({error}). Install it with "
            "'pip install scikit-learn' in the Python that runs this program, then start it again."
        ) from error
    # In their own units, where it would scale them itself.
    given = {"scaled": False} if name == "diabetes" else {}
    read: Mapping[str, Any] = getattr(datasets, SETS[name][0])(**given)
    return read


def _names(values: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
