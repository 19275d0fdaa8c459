"""Sequences of ONNX, which are lists of values: what is in them is known while the graph is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from nnstudio.importing.onnx_graph import LIST, GraphReader
from nnstudio.importing.onnx_joins import concatenated
from nnstudio.importing.onnx_shapes import unsqueezed, without
from nnstudio.importing.onnx_slices import parts_along
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value


def _position(graph: GraphReader, node: OnnxNode, at: int, otherwise: int) -> int:
    return graph.numbers(node.inputs[at])[0] if node.has(at) else otherwise


def _constructed(graph: GraphReader, node: OnnxNode) -> list[str]:
    return list(node.inputs)


def _inserted(graph: GraphReader, node: OnnxNode) -> list[str]:
    names = list(graph.lists[node.inputs[0]])
    names.insert(_position(graph, node, 2, len(names)), node.inputs[1])
    return names


def _erased(graph: GraphReader, node: OnnxNode) -> list[str]:
    names = list(graph.lists[node.inputs[0]])
    del names[_position(graph, node, 1, -1)]
    return names


def _split(graph: GraphReader, node: OnnxNode) -> list[str]:
    value, a = graph.value(node.inputs[0]), node.attributes
    axis = int(a.get("axis", 0)) % (len(value.lies) + 1)
    if axis == value.batch:
        raise NotExpressible("It splits samples, and a layer has them one by one.")
    length = value.file_shape[axis - (axis > value.batch)]
    given = graph.constant(node.inputs[1]) if node.has(1) else np.array(1)
    size = int(given.ravel()[0])
    sizes = [int(n) for n in given] if given.ndim else [size] * (length // size) + [length % size]
    names = []
    for number, part in enumerate(parts_along(graph, value, axis, [n for n in sizes if n])):
        is_taken_away = not node.has(1) and not a.get("keepdims", 1)
        names.append(f"{node.outputs[0]}.{number}")
        graph.values[names[-1]] = without(part, {axis}) if is_taken_away else part
    return names


LISTS: Mapping[str, Callable[[GraphReader, OnnxNode], list[str]]] = {
    "SequenceConstruct": _constructed, "SequenceEmpty": _constructed, "SequenceInsert": _inserted,
    "SequenceErase": _erased, "SplitToSequence": _split,
}  # fmt: skip


@reads(*LISTS)
def _list(graph: GraphReader, node: OnnxNode) -> Value:
    if node.outputs[0] in graph.graph.outputs:
        raise NotExpressible("A list of arrays is no output of a network.")
    graph.lists[node.outputs[0]] = LISTS[node.kind](graph, node)
    return LIST


@reads("SequenceAt")
def _at(graph: GraphReader, node: OnnxNode) -> Value | tuple[Value, ...]:
    name = graph.lists[node.inputs[0]][_position(graph, node, 1, 0)]
    if name in graph.constants:
        graph.constants[node.outputs[0]] = graph.constants[name]
        return ()
    return graph.value(name)


@reads("SequenceLength")
def _length(graph: GraphReader, node: OnnxNode) -> tuple[Value, ...]:
    graph.constants[node.outputs[0]] = np.array(len(graph.lists[node.inputs[0]]), np.int64)
    return ()


@reads("ConcatFromSequence")
def _concat(graph: GraphReader, node: OnnxNode) -> Value:
    values = [graph.value(name) for name in graph.lists[node.inputs[0]]]
    axis = int(node.attributes["axis"])
    if node.attributes.get("new_axis", 0):
        rank = len(values[0].lies) + 2
        values = [unsqueezed(graph, value, [axis % rank]) for value in values]
    return concatenated(graph, values, axis)
