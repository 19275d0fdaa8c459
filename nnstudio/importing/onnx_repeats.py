"""Values that are repeated, or chosen one by one: copies and parts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_joins import concatenated
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

# Links that one node may have for it.
MOST_COPIES = 64


def repeated(graph: GraphReader, value: Value, axis: int, count: int) -> Value:
    """The value so often behind itself along an axis of the file. Raises NotExpressible."""
    if count == 1:
        return value
    if axis == value.batch or not 1 <= count <= MOST_COPIES:
        raise NotExpressible(f"It repeats samples, or values more often than {MOST_COPIES} times.")
    return concatenated(graph, [value] * count, axis)


@reads("Tile")
def _tile(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    for axis, count in enumerate(graph.numbers(node.inputs[1])):
        value = repeated(graph, value, axis, count)
    return value


@reads("Expand")
def _expand(graph: GraphReader, node: OnnxNode) -> Value:
    value, target = graph.value(node.inputs[0]), graph.numbers(node.inputs[1])
    more = len(target) - len(value.lies) - 1
    if more > 0:
        if value.batch or not graph.graph.has_whole_arrays:
            raise NotExpressible("It puts axes before that of samples.")
        value = graph.arranged(value) if value.flat is not None else value
        value = replace(value, lies=(*[None] * more, *value.lies))
    target = [1] * -more + target
    old = list(value.file_shape)
    old.insert(value.batch, 1)
    if target[value.batch] not in {0, 1} | graph.batches:
        raise NotExpressible("It repeats samples, and a layer has them one by one.")
    for axis, (wanted, length) in enumerate(zip(target, old, strict=True)):
        is_repeated = axis != value.batch and length == 1
        if is_repeated:
            value = repeated(graph, value, axis, wanted)
        elif wanted not in (1, length) and axis != value.batch:
            raise NotExpressible(f"{length} values cannot be repeated to {wanted}.")
    return value


def picked(graph: GraphReader, parts: Sequence[Value], axis: int) -> Value:
    """Parts of values behind each other along an axis of the file."""
    if len(parts) > MOST_COPIES:
        raise NotExpressible(f"It chooses {len(parts)} values one by one, more than {MOST_COPIES}.")
    return concatenated(graph, parts, axis) if len(parts) > 1 else parts[0]
