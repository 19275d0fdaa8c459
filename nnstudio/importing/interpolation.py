"""Values between those along an axis, as a matrix: how pictures are resized, in the terms of ONNX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.importing.onnx_values import NotExpressible


def matrix_of(n: int, size: int, scale: float, a: Mapping[str, Any]) -> np.ndarray:
    """Float32 (n, size): what each of n values counts in each of those that come out; ``a`` are attributes of
    ONNX's Resize. Raises NotExpressible.
    """
    at, mode = _coordinates(n, size, scale, a), a.get("mode", "nearest")
    if mode == "nearest":
        taps = {0: np.ones(size)}
        first = _rounded(at, a.get("nearest_mode", "round_prefer_floor"))
    elif mode in ("linear", "bilinear"):
        first = np.floor(at)
        taps = {0: 1 - (at - first), 1: at - first}
    elif mode == "cubic":
        first = np.floor(at)
        taps = _cubic(at - first, float(a.get("cubic_coeff_a", -0.75)))
    else:
        raise NotExpressible(f"Its mode is '{mode}', which is not known.")
    matrix, columns = np.zeros((n, size)), np.arange(size)
    for offset, weights in taps.items():
        rows = (first + offset).astype(np.int64)
        outside = (rows < 0) | (rows >= n)
        weights = np.where(outside, 0, weights) if a.get("exclude_outside", 0) else weights
        np.add.at(matrix, (np.clip(rows, 0, n - 1), columns), weights)
    if a.get("exclude_outside", 0):
        matrix /= matrix.sum(0)
    return matrix.astype(np.float32)


def _coordinates(n: int, size: int, scale: float, a: Mapping[str, Any]) -> np.ndarray:
    """Where each value that comes out lies between those that go in."""
    j = np.arange(size, dtype=np.float64)
    match a.get("coordinate_transformation_mode", "half_pixel"):
        case "half_pixel":
            return (j + 0.5) / scale - 0.5
        case "pytorch_half_pixel":
            return (j + 0.5) / scale - 0.5 if size > 1 else np.zeros(size)
        case "half_pixel_symmetric":
            # What a length that is rounded lacks is missing on both sides.
            return n / 2 * (1 - size / (scale * n)) + (j + 0.5) / scale - 0.5
        case "asymmetric":
            return j / scale
        case "align_corners":
            if abs(scale * n - size) > 1e-4:
                raise NotExpressible(
                    "With align_corners and no whole length, programs disagree on the result."
                )
            corners: np.ndarray = j * (n - 1) / max(size - 1, 1)
            return corners
        case other:
            raise NotExpressible(f"Its places are told by '{other}', which is not read.")


def _rounded(at: np.ndarray, how: str) -> np.ndarray:
    chosen: np.ndarray | None = {
        "floor": np.floor(at), "ceil": np.ceil(at), "round_prefer_floor": np.ceil(at - 0.5),
        "round_prefer_ceil": np.floor(at + 0.5),
    }.get(how)  # fmt: skip
    if chosen is None:
        raise NotExpressible(f"It rounds by '{how}', which is not known.")
    return chosen


def _cubic(t: np.ndarray, a: float) -> dict[int, np.ndarray]:
    """Weights of the four neighbours (Keys 1981)."""

    def far(x: np.ndarray) -> np.ndarray:
        return np.polyval([a, -5 * a, 8 * a, -4 * a], x + 1)

    def near(x: np.ndarray) -> np.ndarray:
        return np.polyval([a + 2, -(a + 3), 0, 1], x)

    return {-1: far(t), 0: near(t), 1: near(1 - t), 2: far(1 - t)}
