"""Operators that only change how values lie: most of them need no layer, as each value remembers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnkernels.spec import size_of
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value, plain_value


@reads("Transpose")
def _transpose(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    rank = len(value.lies) + 1
    perm = [int(n) for n in node.attributes.get("perm") or reversed(range(rank))]
    if sorted(perm) != list(range(rank)):
        raise NotExpressible(f"perm {perm} does not name each axis once.")
    if value.flat is not None and perm != [0, 1]:
        value = graph.arranged(value)
    return _turned(value, perm)


def _turned(value: Value, perm: Sequence[int]) -> Value:
    whole: list[int | None] = list(value.lies)
    whole.insert(value.batch, -1)
    turned = [whole[axis] for axis in perm]
    batch = turned.index(-1)
    return replace(value, lies=tuple(turned[:batch] + turned[batch + 1 :]), batch=batch)


@reads("Squeeze")
def _squeeze(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    rank = len(value.lies) + 1
    given = graph.numbers(node.inputs[1]) if node.has(1) else list(node.attributes.get("axes") or [])
    shape = list(value.file_shape)
    shape.insert(value.batch, -1)
    axes = {axis % rank for axis in given} or {axis for axis in range(rank) if shape[axis] == 1}
    if any(shape[axis] != 1 for axis in axes):
        raise NotExpressible(f"Squeeze takes axes of length 1 away; the axes {sorted(axes)} are not such.")
    return without(value, axes)


def without(value: Value, axes: set[int]) -> Value:
    """The value without axes of the file of length 1."""
    whole: list[int | None] = list(value.lies)
    whole.insert(value.batch, -1)
    kept = [axis for n, axis in enumerate(whole) if n not in axes]
    batch = kept.index(-1)
    return replace(value, lies=tuple(kept[:batch] + kept[batch + 1 :]), batch=batch)


@reads("Unsqueeze")
def _unsqueeze(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    given = graph.numbers(node.inputs[1]) if node.has(1) else list(node.attributes.get("axes") or [])
    return unsqueezed(graph, value, given)


def unsqueezed(graph: GraphReader, value: Value, given: Sequence[int]) -> Value:
    """The value with axes of length 1 at places of the result."""
    rank = len(value.lies) + 1 + len(given)
    if value.flat is not None:
        value = graph.arranged(value)
    whole: list[int | None] = list(value.lies)
    whole.insert(value.batch, -1)
    for axis in sorted(axis % rank for axis in given):
        whole.insert(axis, None)
    batch = whole.index(-1)
    return replace(value, lies=tuple(whole[:batch] + whole[batch + 1 :]), batch=batch)


@reads("Flatten")
def _flatten(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    rank = len(value.lies) + 1
    axis = int(node.attributes.get("axis", 1))
    if (axis + rank if axis < 0 else axis) != 1 or value.batch:
        raise NotExpressible("Flatten is read where it makes a row of each sample, with axis 1.")
    return flattened(graph, value)


def flattened(graph: GraphReader, value: Value) -> Value:
    """Each sample as a row, in the file's order; which ours is another is remembered."""
    shape = value.shape or ()
    if value.flat is not None:
        return value
    size = (size_of(shape),)
    axes = [axis for axis in value.lies if axis is not None and shape[axis] > 1]
    node = graph.reshaped(value.node, size)
    return replace(plain_value(node, size), flat=value if axes != sorted(axes) else None)


@reads("Reshape")
def _reshape(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    given = graph.numbers(node.inputs[1]) if node.has(1) else [int(n) for n in node.attributes["shape"]]
    old = list(value.file_shape)
    old.insert(value.batch, -1)
    size, allow_zero = size_of(value.shape or ()), node.attributes.get("allowzero", 0)
    at = _batch_in(graph, given, old, size)
    if at is None or (allow_zero and 0 in given and node.inputs[1] not in graph.with_batch):
        raise NotExpressible(f"Reshape from {old} to {given} does not keep samples apart.")
    target = [old[axis] if n == 0 and axis < len(old) else n for axis, n in enumerate(given) if axis != at]
    known = size_of(tuple(n for n in target if n != -1))
    if target.count(-1) == 1 and known and size % known == 0:
        target[target.index(-1)] = size // known
    if min(target, default=1) < 1 or size_of(tuple(target)) != size:
        raise NotExpressible(f"Reshape from {old} to {given} is no other shape of the same sample.")
    if at != value.batch:
        raise NotExpressible(f"Reshape from {old} to {given} moves samples to another axis.")
    if at == 0 and len(target) == 1:
        return flattened(graph, value)
    if list(value.file_shape) == target:
        return value
    if value.batch == 0 and [n for n in old[1:] if n > 1] == [n for n in target if n > 1] and not value.flat:
        return _same_but_ones(value, target)
    return _reshaped(graph, value, tuple(target))


def _batch_in(graph: GraphReader, given: Sequence[int], old: Sequence[int], size: int) -> int | None:
    """At which place of a new shape the batch is."""
    if not given:
        return None
    for at, n in enumerate(given):
        rest = [old[i] if m == 0 and i < len(old) else m for i, m in enumerate(given) if i != at]
        if n == 0 and at < len(old) and old[at] == -1:
            return at
        if n == -1 and min(rest, default=1) > 0 and size_of(tuple(rest)) == size:
            return at
        if n > 0 and n in graph.batches and at == list(old).index(-1):
            known = size_of(tuple(m for m in rest if m > 0))
            if known == size or (-1 in rest and known and size % known == 0):
                return at
    return None


def _same_but_ones(value: Value, target: Sequence[int]) -> Value:
    """Only axes of length 1 come or go."""
    shape = value.shape or ()
    long = iter([axis for axis in value.lies if axis is not None and shape[axis] > 1])
    return replace(value, lies=tuple(next(long) if n > 1 else None for n in target))


def _reshaped(graph: GraphReader, value: Value, target: tuple[int, ...]) -> Value:
    batch = value.batch
    if batch:
        # All axes keep their order, wherever the samples are.
        value = replace(value, batch=0)
        if batch != 0 and target[:batch] != value.file_shape[:batch]:
            raise NotExpressible("Reshape joins axes on both sides of the samples.")
    merged = _merged_last(graph, value, target)
    if merged is not None:
        return replace(merged, batch=batch)
    value = graph.arranged(value)
    return replace(plain_value(graph.reshaped(value.node, target), target), batch=batch)


def _merged_last(graph: GraphReader, value: Value, target: tuple[int, ...]) -> Value | None:
    """(channels, height, width) as (channels, pixels) or back, where ours has the channels last."""
    shape, old = value.shape or (), value.file_shape
    rank = len(shape)
    if value.flat is not None or rank < 2 or value.lies != (rank - 1, *range(rank - 1)):
        return None
    if not target or target[0] != old[0]:
        return None
    ours = (*target[1:], target[0])
    node = graph.reshaped(value.node, ours)
    return Value(node, ours, (len(ours) - 1, *range(len(ours) - 1)))
