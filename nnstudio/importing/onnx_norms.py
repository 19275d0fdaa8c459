"""Normalisations of a sample's channels, or groups of them: a LayerNorm over rows, and a scale behind it."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import size_of
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_joins import affine
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value


@reads("InstanceNormalization", "GroupNormalization")
def _groups(graph: GraphReader, node: OnnxNode) -> Value:
    value, a = graph.value(node.inputs[0]), node.attributes
    shape = value.file_shape
    channels = shape[0]
    groups = int(a.get("num_groups", channels))
    if value.batch or groups < 1 or channels % groups:
        raise NotExpressible(f"{channels} channels cannot be split into {groups} groups.")
    width = size_of(shape) // groups
    plain = graph.arranged(value)
    rows = Value(graph.reshaped(plain.node, (groups, width)), (groups, width), (0, 1))
    arrays = {"weight": np.ones(width, np.float32), "bias": np.zeros(width, np.float32)}
    options = {"epsilon": float(a.get("epsilon", 1e-5)), "frozen": True}
    normalised = graph.layer("layernorm", [rows], options, arrays)
    result = plain.like(graph.reshaped(normalised.node, plain.shape or ()))
    for kind, name in zip(("Mul", "Add"), node.inputs[1:3], strict=True):
        # Before opset 21, one for each group.
        numbers = graph.array(name)
        numbers = np.repeat(numbers, channels // numbers.size) if channels % numbers.size == 0 else numbers
        result = affine(graph, kind, result, numbers.reshape(-1, *[1] * (len(shape) - 1)), False)
    return result
