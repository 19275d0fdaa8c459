"""Joins of tensors, and parts of them, as nnstudio's layers."""

from __future__ import annotations

from typing import Any

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_functions import joined, tensor
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_recurrent import step_of
from nnstudio.importing.torch_values import Half, Value

# Columns that one line may take.
MOST_COLUMNS = 1000


def chained(reader: ModuleReader, kind: str, left: Any, right: Any, is_chain: bool) -> Value:
    """A join; a + b + c becomes one of three."""
    builder = reader.builder
    if kind == "matmul":
        nodes = [builder.natural(tensor(reader, item)) for item in (left, right)]
        return builder.in_order(builder.add(kind, kind, {}, nodes))
    # A Divide takes two.
    is_chain = is_chain and kind != "divide"
    node = builder.nodes.get(left.node) if isinstance(left, Value) and is_chain else None
    if node is not None and node.kind == kind:
        value, shapes = tensor(reader, right), [builder.nodes[n].shape for n in node.inputs]
        if left.axes == tuple(range(len(left.axes))):
            sources = [builder.in_order(name) for name in node.inputs]
        else:
            sources = [Value(name, left.shape, left.axes) for name in node.inputs]
        if value.axes == left.axes and (len({*shapes, node.shape}) == 1 or sources[0].axes == left.axes):
            del builder.nodes[left.node]
            return joined(reader, kind, [*sources, value])
    return joined(reader, kind, [left, right])


def products(reader: ModuleReader, left: Half, right: Half) -> Value:
    if left.value.node != right.value.node or not left.is_first or right.is_first:
        raise NotExpressible("Products are read of all pairs of one row.")
    builder = reader.builder
    return builder.in_order(builder.add("products", "products", {}, [builder.natural(left.value)]))


def averaged(reader: ModuleReader, item: Any, count: Any) -> Value:
    """The mean of as many tensors as were added, or each value by a number."""
    value = tensor(reader, item)
    builder = reader.builder
    node = builder.nodes[value.node]
    if node.kind != "add" or len(node.inputs) != count:
        return joined(reader, "divide", [item, count])
    del builder.nodes[value.node]
    return Value(builder.add("average", "average", {}, list(node.inputs)), value.shape, value.axes)


def cut(reader: ModuleReader, owner: Any, key: Any) -> Value:
    """x[:, a:b] as an Input with columns, or a border cut off a picture."""
    builder = reader.builder
    value = tensor(reader, owner)
    shape = builder.torch_shape(value)
    if not isinstance(key, tuple) or key[0] != slice(None) or len(key) > len(shape) + 1:
        raise NotExpressible("It takes a part of the batch, or parts that are not read.")
    if len(shape) == 2 and isinstance(key[1], int) and all(k == slice(None) for k in key[2:]):
        return step_of(reader, value, key[1])
    rest = [*key[1:], *[slice(None)] * (len(shape) + 1 - len(key))]
    if len(shape) == 1:
        return columns(reader, value, rest[0])
    if any(not isinstance(k, slice) or k.step not in (None, 1) for k in rest):
        raise NotExpressible("It takes parts that are not read.")
    ends = [k.indices(n)[:2] for k, n in zip(rest, shape, strict=True)]
    cuts = [(start, n - end) for (start, end), n in zip(ends, shape, strict=True)]
    if cuts[0] != (0, 0) or len(shape) not in (2, 3):
        raise NotExpressible("It takes a part of the channels.")
    sides = ("before", "after") if len(shape) == 2 else ("top", "bottom", "left", "right")
    numbers = [n for pair in cuts[1:] for n in pair]
    options: dict[str, Any] = {"sides": "separate", **dict(zip(sides, numbers, strict=True))}
    if len(set(numbers)) == 1:
        options = {"border": numbers[0]}
    kind = f"crop{len(shape) - 1}d"
    return builder.channels_first(builder.add("crop", kind, options, [builder.last(value)]))


def columns(reader: ModuleReader, value: Value, key: Any) -> Value:
    """Some values of a row: borders are cut off it, and what is left is put side by side."""
    builder = reader.builder
    count = builder.torch_shape(value)[0]
    numbers = list(range(count))[key] if isinstance(key, slice) else key
    if not isinstance(numbers, list) or not numbers or len(numbers) > MOST_COLUMNS:
        raise NotExpressible("Its columns are not numbers.")
    if not all(isinstance(n, int) and 0 <= n < count for n in numbers):
        raise NotExpressible("Its columns are not numbers.")
    if numbers == list(range(count)):
        return value
    steps = builder.add("columns", "reshape", {"target": f"{count}, 1"}, [builder.natural(value)])
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    parts = []
    for first, last in runs:
        sides = {"sides": "separate", "before": first, "after": count - 1 - last}
        parts.append(builder.add("columns", "crop1d", sides, [steps]))
    whole = parts[0] if len(parts) == 1 else builder.add("columns", "concatenate", {"axis": "1"}, parts)
    node = builder.add("columns", "flatten", {}, [whole])
    builder.picks[node] = (value.node, steps, parts, whole, numbers)
    return builder.in_order(node)
