"""Data without its samples: what predictions need of it, as plain data that a project holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Shape
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.pictures import Fit, Preparation

SCALINGS = ("x_shift", "x_scale", "y_shift", "y_scale")
# Values of one sample.
MOST_VALUES = 2**28


def plain(data: Dataset) -> dict[str, Any] | None:
    """What predictions need; None where that is more than plain data, as the encoders of a table are."""
    if data.inputs:
        return None
    pictures = data.pictures
    return {
        "name": _encodable(data.name),
        "classes": [_encodable(name) for name in data.classes],
        "features": [_encodable(name) for name in data.features],
        "targets": [_encodable(name) for name in data.targets],
        "input_shape": list(data.input_shape),
        "target_width": data.target_width,
        **{name: np.asarray(getattr(data, name), np.float64).tolist() for name in SCALINGS},
        "pictures": None if pictures is None else {
            "fit": str(pictures.fit), "mean": list(pictures.mean), "deviation": list(pictures.deviation),
        },
    }  # fmt: skip


def _encodable(name: str) -> str:
    """Names of folders need not be UTF-8, but a project must be."""
    return name.encode(errors="replace").decode()


def without_samples(facts: Mapping[str, Any]) -> Dataset:
    """The data that `plain` told of, with parts that are empty; ``facts`` come from a file, so they are
    checked. Raises DataError.
    """
    try:
        shape, width = tuple(facts["input_shape"]), facts["target_width"]
        if math.prod(shape) > MOST_VALUES:
            raise ValueError(f"samples of {math.prod(shape):,} values")
        shapes = (shape, shape, (width,), (width,))
        x_shift, x_scale, y_shift, y_scale = (
            _scaling(facts[name], of, name) for name, of in zip(SCALINGS, shapes, strict=True)
        )
        pictures = facts["pictures"] and _preparation(facts["pictures"], shape)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"What the project holds of its data is damaged ({error}). Choose the data under Data, or on the "
            "command line with --data."
        ) from error
    x, y = np.zeros((0, *shape), np.float32), np.zeros((0, width), np.float32)
    return Dataset(
        facts["name"], x, y, x, y, tuple(facts["classes"]), tuple(facts["features"]),
        tuple(facts["targets"]), x_shift, x_scale, y_shift, y_scale,
        x_validation=x, y_validation=y, pictures=pictures,
    )  # fmt: skip


def _scaling(values: Any, shape: Shape, name: str) -> np.ndarray | float:
    array = np.array(values, np.float64)
    if np.broadcast_shapes(array.shape, shape) != shape or not np.isfinite(array).all():
        raise ValueError(f"{name} does not fit")
    if name.endswith("scale") and not array.all():
        raise ValueError(f"{name} is zero")
    return array if array.ndim else float(array)


def _preparation(told: Mapping[str, Any], shape: Shape) -> Preparation:
    for name in ("mean", "deviation"):
        _scaling(told[name], shape, "a scale" if name == "deviation" else name)
    return Preparation(Fit(told["fit"]), tuple(told["mean"]), tuple(told["deviation"]))
