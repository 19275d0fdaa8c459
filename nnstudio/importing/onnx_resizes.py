"""Resize and Upsample: whole factors as UpSampling, all else as matrices that interpolate along each axis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnkernels.spec import layers
from nnstudio.importing.interpolation import matrix_of
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
        if not _is_identity(matrix := matrix_of(value.file_shape[axis - 1], size, scale, a))
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
