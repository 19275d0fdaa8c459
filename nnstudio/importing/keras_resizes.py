"""Pictures that Keras enlarges: by repeating values as UpSampling, else by matrices along each axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnkernels.spec import Shape
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.interpolation import matrix_of
from nnstudio.importing.keras_call import KerasCall, Part, pair, permuted, shaped

# Of a matrix.
MOST_NUMBERS = 2**24


def upsampling(call: KerasCall) -> list[Part]:
    """UpSampling2D, nearest or bilinear."""
    size, mode = pair(call.config["size"]), call.config.get("interpolation", "nearest")
    if mode not in ("nearest", "bilinear"):
        raise NotExpressible(f"interpolation is {str(mode)[:40]!r}; nearest and bilinear are read.")
    if min(size) < 1 or max(n * n * f for n, f in zip(call.shapes[0], size, strict=False)) > MOST_NUMBERS:
        raise NotExpressible(f"It enlarges by {size}.")
    if mode == "nearest" and len(set(size)) == 1:
        return [Part("upsampling2d", {"factor": size[0]})]
    return _interpolated(call.shapes[0], size, {"mode": "linear" if mode == "bilinear" else mode})


def _interpolated(shape: Shape, size: Sequence[int], a: Mapping[str, Any]) -> list[Part]:
    """Dense layers that are frozen hold the weights with which it interpolates along each axis."""
    height, width, channels = shape
    rows, columns = (n * f for n, f in zip(shape, size, strict=False))

    def along(n: int, end: int, factor: int, suffix: str) -> Part:
        options = {"units": end, "bias": False, "frozen": True}
        return Part("dense", options, {"weight": matrix_of(n, end, float(factor), a)}, suffix)

    return [
        permuted("3, 2, 1", " turned"),
        shaped((channels * width, height), " columns"),
        along(height, rows, size[0], " height"),
        shaped((channels, width, rows), " parted"),
        permuted("1, 3, 2", " turned again"),
        shaped((channels * rows, width), " rows"),
        along(width, columns, size[1], " width"),
        shaped((channels, rows, columns), " channels"),
        permuted("2, 3, 1", ""),
    ]


__all__ = ["upsampling"]
