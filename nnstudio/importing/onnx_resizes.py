"""Resize and Upsample: whole factors as UpSampling, all else as matrices that interpolate along each axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import layers
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_inputs import MOST_VALUES
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

# What operators did before there were options.
OLD = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
# The largest factor of UpSampling.
MOST = layers["upsampling2d"].options[0].high or 1


@reads("Resize", "Upsample")
def _resize(graph: GraphReader, node: OnnxNode) -> Value:
    value, a = graph.value(node.inputs[0]), dict(node.attributes)
    if value.batch:
        raise NotExpressible("The samples of its input are not along the first axis.")
    if node.kind == "Upsample" or graph.opset < 11:
        a |= OLD
    if a.get("antialias", 0) or a.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise NotExpressible("Resizing against aliasing, or to a ratio that is kept, is not read.")
    matrices = {
        axis: matrix
        for axis, (scale, size) in _targets(graph, node, value).items()
        if not _is_identity(matrix := _matrix(value.file_shape[axis - 1], size, scale, a))
    }
    factor = _whole_factor(matrices, len(value.lies))
    if factor:
        pictures = graph.first(value)
        return graph.as_first(graph.layer("upsampling2d", [pictures], {"factor": factor}))
    for axis, matrix in matrices.items():
        value = _multiplied(graph, value, axis - 1, matrix)
    if matrices:
        graph.say("Dense layers that are frozen hold the weights with which it interpolates along each axis.")
    return value


def _targets(graph: GraphReader, node: OnnxNode, value: Value) -> dict[int, tuple[float, int]]:
    """Scale and length by axes of the file, the batch being axis 0. Raises NotExpressible."""
    shape = (1, *value.file_shape)
    at = 1 if node.kind == "Upsample" or len(node.inputs) == 2 else 2
    given = node.attributes.get("axes")
    axes = [int(n) % len(shape) for n in (range(len(shape)) if given is None else given)]
    scales = [float(n) for n in node.attributes.get("scales") or []]
    if node.has(at) and graph.constants.get(node.inputs[at], np.ones(0)).size:
        scales = [float(n) for n in graph.array(node.inputs[at]).ravel()]
    if scales:
        sizes = [int(np.floor(shape[axis] * scale)) for axis, scale in zip(axes, scales, strict=True)]
    elif node.has(3):
        sizes = graph.numbers(node.inputs[3])
        if 0 in axes and node.inputs[3] in graph.with_batch:
            sizes[axes.index(0)] = 1
        scales = [size / shape[axis] for axis, size in zip(axes, sizes, strict=True)]
    else:
        raise NotExpressible("Its scales are not constants.")
    targets = dict(zip(axes, zip(scales, sizes, strict=True), strict=True))
    if targets.pop(0, (1.0, 1))[0] not in (1.0, *map(float, graph.batches)):
        raise NotExpressible("It makes samples of samples.")
    for axis, (_, size) in targets.items():
        if size < 1 or size * shape[axis] > MOST_VALUES:
            raise NotExpressible(f"It makes {shape[axis]} values along an axis {size}.")
    return targets


def _is_identity(matrix: np.ndarray) -> bool:
    return matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix)))


def _whole_factor(matrices: Mapping[int, np.ndarray], rank: int) -> int:
    """How often each value of a picture is repeated along both axes; 0 where it is something else."""
    factors = {matrix.shape[1] // len(matrix) for matrix in matrices.values()}
    factor = factors.pop() if len(factors) == 1 else 0
    if rank != 3 or set(matrices) != {2, 3} or not 1 < factor <= MOST:
        return 0
    repeats = (np.array_equal(m, np.repeat(np.eye(len(m)), factor, 1)) for m in matrices.values())
    return factor if all(repeats) else 0


def _matrix(n: int, size: int, scale: float, a: Mapping[str, Any]) -> np.ndarray:
    """Float32 (n, size): what each of n values counts in each of those that come out."""
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


def _multiplied(graph: GraphReader, value: Value, axis: int, matrix: np.ndarray) -> Value:
    """The values along an axis of the file times a matrix, which stays as it is."""
    others = [other for other in range(len(value.lies)) if other != axis]
    value = graph.arranged(value, (*others, axis))
    shape, (n, size) = value.shape or (), matrix.shape
    rows = (int(np.prod(shape[:-1])), n)
    flat = Value(graph.reshaped(value.node, rows), rows, (0, 1))
    options = {"units": size, "bias": False, "frozen": True}
    given = graph.layer("dense", [flat], options, {"weight": matrix}, step="interpolated")
    shape = (*shape[:-1], size)
    return Value(graph.reshaped(given.node, shape), shape, value.lies)
