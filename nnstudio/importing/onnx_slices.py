"""Parts of values: Slice, Gather and Split as Crop, and Gather from a table as Embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_repeats import picked
from nnstudio.importing.onnx_shapes import without
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value
from nnstudio.importing.onnx_windows import bordered


def _cut(graph: GraphReader, value: Value, parts: Mapping[int, tuple[int, int]]) -> Value:
    """What lies from a start to an end along axes of the file."""
    shape = list(value.file_shape)
    shape.insert(value.batch, 0)
    pairs = {}
    for axis, (start, end) in parts.items():
        if axis == value.batch:
            if start != 0 or end < 2**31 - 1:
                raise NotExpressible("It takes some of the samples, and a layer has them one by one.")
            continue
        n = shape[axis]
        start, end = (max(min(at + n if at < 0 else at, n), 0) for at in (start, end))
        if end <= start:
            raise NotExpressible("It takes nothing of its input.")
        pairs[axis] = (-start, end - n)
    return bordered(graph, value, pairs, {})


@reads("Slice")
def _slice(graph: GraphReader, node: OnnxNode) -> Value:
    value, a = graph.value(node.inputs[0]), node.attributes
    rank = len(value.lies) + 1
    if node.has(1):
        starts, ends = graph.numbers(node.inputs[1]), graph.numbers(node.inputs[2])
        axes = graph.numbers(node.inputs[3]) if node.has(3) else list(range(len(starts)))
        steps = graph.numbers(node.inputs[4]) if node.has(4) else [1] * len(starts)
    else:
        starts, ends = list(a["starts"]), list(a["ends"])
        axes, steps = list(a.get("axes") or range(len(starts))), [1] * len(starts)
    if 0 in steps:
        raise NotExpressible("A step of 0 gets nowhere.")
    cuts = list(zip(axes, starts, ends, steps, strict=True))
    result = _cut(graph, value, {axis % rank: (start, end) for axis, start, end, step in cuts if step == 1})
    for axis, start, end, step in cuts:
        if step != 1:
            result = _stepped(graph, result, axis % rank, slice(start, end, step))
    return result


def _stepped(graph: GraphReader, value: Value, axis: int, part: slice) -> Value:
    if axis == value.batch:
        raise NotExpressible("It takes some of the samples, and a layer has them one by one.")
    length = value.file_shape[axis - (axis > value.batch)]
    if part.step < 0 and part.stop < -length:
        part = slice(part.start, None, part.step)
    numbers = range(length)[part]
    if not numbers:
        raise NotExpressible("It takes nothing of its input.")
    return _chosen(graph, value, axis, numbers)


@reads("Split")
def _split(graph: GraphReader, node: OnnxNode) -> tuple[Value | None, ...]:
    value, a = graph.value(node.inputs[0]), node.attributes
    rank = len(value.lies) + 1
    axis = int(a.get("axis", 0)) % rank
    if axis == value.batch:
        raise NotExpressible("It splits samples, and a layer has them one by one.")
    length, count = value.file_shape[axis - (axis > value.batch)], len(node.outputs)
    sizes = graph.numbers(node.inputs[1]) if node.has(1) else list(a.get("split") or [])
    if not sizes:
        each = -(-length // count)
        sizes = [each] * (count - 1) + [length - each * (count - 1)]
    return tuple(parts_along(graph, value, axis, sizes))


def parts_along(graph: GraphReader, value: Value, axis: int, sizes: Sequence[int]) -> list[Value]:
    """Parts of these lengths that follow each other along an axis of the file."""
    ends = np.cumsum(sizes)
    return [
        _cut(graph, value, {axis: (int(end) - size, int(end))}) for size, end in zip(sizes, ends, strict=True)
    ]


@reads("Gather")
def _gather(graph: GraphReader, node: OnnxNode) -> Value:
    axis = int(node.attributes.get("axis", 0))
    if node.inputs[0] in graph.constants:
        return _embedding(graph, node, axis)
    value, chosen = graph.value(node.inputs[0]), graph.constant(node.inputs[1])
    rank = len(value.lies) + 1
    axis %= rank
    if axis == value.batch or chosen.ndim > 1 or not chosen.size:
        raise NotExpressible("Gather is read for a table of words, and for a list of values of each sample.")
    length = value.file_shape[axis - (axis > value.batch)]
    part = _chosen(graph, value, axis, [int(n) % length for n in chosen.ravel()])
    return without(part, {axis}) if chosen.ndim == 0 else part


def _chosen(graph: GraphReader, value: Value, axis: int, numbers: Sequence[int]) -> Value:
    """Values by their numbers along an axis of the file; those that follow each other are one part."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([n, n + 1])
    return picked(graph, [_cut(graph, value, {axis: (start, end)}) for start, end in runs], axis)


def _embedding(graph: GraphReader, node: OnnxNode, axis: int) -> Value:
    table, value = graph.array(node.inputs[0]), graph.value(node.inputs[1])
    if axis not in (0, -table.ndim) or table.ndim != 2 or len(value.lies) != 1:
        raise NotExpressible("Gather from a table is read for rows of numbers, along its first axis.")
    value = graph.arranged(value)
    options = {"size": table.shape[0], "dimensions": table.shape[1]}
    return graph.layer("embedding", [value], options, {"weight": table}, node.inputs[:1])
