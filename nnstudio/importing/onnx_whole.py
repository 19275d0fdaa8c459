"""Nodes of files whose arrays have no axis of samples, as they are where each array is one of a batch.

An axis is put before all others: axes that are counted from the front move by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.spec import size_of
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode

Batched = Callable[[GraphReader, OnnxNode], OnnxNode]


def batched(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    """The node with an axis of samples before those of its arrays. Raises NotExpressible."""
    if node.kind in AS_THEY_ARE:
        return node
    if node.kind not in BATCHED:
        raise NotExpressible(f"{node.kind} is read where the first axis is that of samples.")
    return BATCHED[node.kind](graph, node)


def keep_shape(graph: GraphReader, node: OnnxNode) -> None:
    """The shape of an array, all of which is known."""
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    shape = graph.values[node.inputs[0]].file_shape
    graph.constants[node.outputs[0]] = np.array(shape[start:end], np.int64)


def _moved(axes: Sequence[int]) -> list[int]:
    return [int(axis) + (axis >= 0) for axis in axes]


def _with(node: OnnxNode, **attributes: Any) -> OnnxNode:
    return replace(node, attributes={**node.attributes, **attributes})


def _constant(graph: GraphReader, node: OnnxNode, at: int, numbers: Sequence[int]) -> OnnxNode:
    """The node with another list of numbers as one of its inputs."""
    name = f"{node.name}.{at}"
    graph.constants[name] = np.array(numbers, np.int64)
    inputs = [*node.inputs, *[""] * (at + 1 - len(node.inputs))]
    inputs[at] = name
    return replace(node, inputs=tuple(inputs))


def _rank(graph: GraphReader, node: OnnxNode) -> int:
    """Number of axes in the file of what goes in first."""
    return len(graph.value(node.inputs[0]).lies)


def _axis(default: int) -> Batched:
    """An attribute "axis"."""

    def batch(graph: GraphReader, node: OnnxNode) -> OnnxNode:
        (axis,) = _moved([node.attributes.get("axis", default)])
        return _with(node, axis=axis)

    return batch


def _gather(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    return node if node.inputs[0] in graph.constants else _axis(0)(graph, node)


def _softmax(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    return _axis(-1 if graph.opset >= 13 else 1)(graph, node)


def _axes(at: int, is_all: bool = False) -> Batched:
    """Axes as an input at a position, or an attribute; all where there are none and ``is_all``."""

    def batch(graph: GraphReader, node: OnnxNode) -> OnnxNode:
        given = graph.numbers(node.inputs[at]) if node.has(at) else list(node.attributes.get("axes") or [])
        axes = _moved(given)
        if not axes and is_all and not node.attributes.get("noop_with_empty_axes", 0):
            axes = list(range(1, _rank(graph, node) + 1))
        if node.has(at):
            return _constant(graph, node, at, axes)
        return _with(node, axes=axes) if axes else node

    return batch


def _slice(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    if not node.has(1):
        axes = list(node.attributes.get("axes") or range(len(node.attributes["starts"])))
        return _with(node, axes=_moved(axes))
    axes = graph.numbers(node.inputs[3]) if node.has(3) else list(range(len(graph.numbers(node.inputs[1]))))
    return _constant(graph, node, 3, _moved(axes))


def _pad(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    if node.has(3):
        return _constant(graph, node, 3, _moved(graph.numbers(node.inputs[3])))
    pads = (
        graph.numbers(node.inputs[1]) if node.has(1) else [int(n) for n in node.attributes.get("pads") or []]
    )
    half = len(pads) // 2
    pads = [0, *pads[:half], 0, *pads[half:]]
    return _constant(graph, node, 1, pads) if node.has(1) else _with(node, pads=pads)


def _before(number: int) -> Batched:
    """A list with a number for each axis as the second input."""

    def batch(graph: GraphReader, node: OnnxNode) -> OnnxNode:
        return _constant(graph, node, 1, [number, *graph.numbers(node.inputs[1])])

    return batch


def _transpose(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    perm = node.attributes.get("perm") or range(_rank(graph, node) - 1, -1, -1)
    return _with(node, perm=[0, *_moved(perm)])


def _reshape(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    target = graph.numbers(node.inputs[1]) if node.has(1) else [int(n) for n in node.attributes["shape"]]
    shape = graph.value(node.inputs[0]).file_shape
    if not node.attributes.get("allowzero", 0):
        target = [shape[i] if n == 0 else n for i, n in enumerate(target)]
    return _to_shape(graph, node, target)


def _to_shape(graph: GraphReader, node: OnnxNode, target: Sequence[int]) -> OnnxNode:
    reshape = OnnxNode(node.name, "Reshape", node.inputs[:1], node.outputs, {})
    batch = _constant(graph, reshape, 1, [0, *target])
    graph.with_batch.add(batch.inputs[1])
    return batch


def _flatten(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    shape, axis = graph.value(node.inputs[0]).file_shape, int(node.attributes.get("axis", 1))
    axis = axis + len(shape) if axis < 0 else axis
    return _to_shape(graph, node, [size_of(shape[:axis]), size_of(shape[axis:])])


def _gemm(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    """Rows are no samples then; a turned matrix is one that lies otherwise."""
    if node.attributes.get("transA", 0):
        value = graph.value(node.inputs[0])
        graph.values[f"{node.name}.turned"] = replace(value, lies=tuple(reversed(value.lies)))
        node = replace(node, inputs=(f"{node.name}.turned", *node.inputs[1:]))
        node = _with(node, transA=0)
    return node


def _ranks(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    """Values of fewer axes than others get axes of length 1 before their own."""
    values = {name: graph.values[name] for name in node.inputs if name in graph.values}
    rank = max(len(value.lies) for value in values.values())
    names = []
    for name in node.inputs:
        value = values.get(name)
        if value is not None and len(value.lies) < rank:
            value = graph.arranged(value) if value.flat is not None else value
            name = f"{node.name}.{name}"
            graph.values[name] = replace(value, lies=(*[None] * (rank - len(value.lies)), *value.lies))
        names.append(name)
    return replace(node, inputs=tuple(names))


def _matmul(graph: GraphReader, node: OnnxNode) -> OnnxNode:
    ranks = [len(graph.values[name].lies) for name in node.inputs if name in graph.values]
    if len(ranks) > 1 and (len(set(ranks)) > 1 or ranks[0] < 2):
        raise NotExpressible("Products of values with other numbers of axes are not read.")
    return node


# Those for which the axis before all others is one like others, or that look at the last axes alone.
AS_THEY_ARE = frozenset({
    "Relu", "Sigmoid", "Tanh", "Softplus", "Sin", "LeakyRelu", "Elu", "Identity", "Cast", "Gelu", "Silu",
    "Swish", "Step", "Dropout", "Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Cos", "Erf", "Clip", "Selu",
    "Celu", "Softsign", "HardSigmoid", "HardSwish", "Mish", "Sign", "ThresholdedRelu", "Shrink", "Neg",
    "SequenceConstruct", "SequenceInsert", "SequenceErase", "SequenceAt", "SequenceLength",
})  # fmt: skip
BATCHED: Mapping[str, Batched] = {
    **dict.fromkeys(("Add", "Sum", "Sub", "Mul", "Mean", "Div", "Max", "Min", "Pow", "PRelu"), _ranks),
    **dict.fromkeys(("Concat", "Split", "SplitToSequence", "ConcatFromSequence"), _axis(0)),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    **dict.fromkeys(
        ("ReduceMean", "ReduceMax", "ReduceSum", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare",
         "ReduceLogSum", "ReduceLogSumExp"),
        _axes(1, is_all=True),
    ),
    "Squeeze": _axes(1), "Unsqueeze": _axes(1), "Gather": _gather, "Slice": _slice, "Pad": _pad,
    "LayerNormalization": _axis(-1), "Transpose": _transpose, "Reshape": _reshape, "Flatten": _flatten,
    "Expand": _before(1), "Tile": _before(1), "Gemm": _gemm, "MatMul": _matmul,
}  # fmt: skip
