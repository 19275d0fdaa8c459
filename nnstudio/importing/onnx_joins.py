"""Sums, products and other joins of values, and of values with constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnkernels.spec import size_of
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_positions import with_positions
from nnstudio.importing.onnx_table import reads, spread
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

JOINS = {
    "Add": "add", "Sum": "add", "Sub": "subtract", "Mul": "multiply", "Mean": "average", "Div": "divide",
}  # fmt: skip
# So small that BatchNorm divides by 1, where the variance is 1.
EPSILON = 1e-10


@reads(*JOINS)
def _join(graph: GraphReader, node: OnnxNode) -> Value:
    given = [source for source in node.inputs if source]
    if node.kind == "Div" and not graph.graph.wholes().isdisjoint(given):
        raise NotExpressible("Division of whole numbers drops the remainder, and Divide does not.")
    constants = [source for source in given if source in graph.constants]
    if constants:
        return _with_constant(graph, node, given)
    values = [graph.value(source) for source in given]
    ranks = {len(value.lies) for value in values}
    if graph.opset < 7 and node.attributes.get("broadcast", 0) and len(ranks) > 1:
        raise NotExpressible("Before opset 7, values of other ranks are joined in a way that is not read.")
    if len(values) == 1:
        return values[0]
    if len({value.node for value in values}) < len(values):
        return _of_one(graph, node, values)
    return _joined(graph, node, values)


def _joined(graph: GraphReader, node: OnnxNode, values: Sequence[Value]) -> Value:
    kind = JOINS[node.kind]
    same = alike(graph, values)
    joined = graph.layer(kind, same)
    return replace(same[0], node=joined.node, shape=joined.shape)


def _of_one(graph: GraphReader, node: OnnxNode, values: Sequence[Value]) -> Value:
    """A value joined with itself, which links cannot say but once."""
    if node.kind == "Mul" and len(values) == 2:
        return values[0].like(graph.layer("square", [values[0]]).node)
    if node.kind in ("Add", "Sum") and len({value.node for value in values}) == 1:
        times = np.full((), len(values), np.float32)
        return affine(graph, "Mul", values[0], times, is_left=False)
    return _joined(graph, node, distinct(graph, values))


def distinct(graph: GraphReader, values: Sequence[Value]) -> list[Value]:
    """The values, those that come again behind an Identity: a link between two nodes is drawn once."""
    seen: set[str] = set()
    result = []
    for value in values:
        if value.node in seen:
            value = value.like(graph.layer("identity", [value], step="again").node)
        seen.add(value.node)
        result.append(value)
    return result


def alike(graph: GraphReader, values: Sequence[Value]) -> list[Value]:
    """The values so that all lie alike, with as many axes. Raises NotExpressible."""
    first = values[0]
    ranks = {len(value.lies) for value in values}
    if len(ranks) > 1 or any(value.batch != first.batch for value in values):
        raise NotExpressible("It joins values with another number of axes, so that samples meet other axes.")
    is_same = all(
        value.lies == first.lies and None not in value.lies and len(value.shape or ()) == len(value.lies)
        for value in values
    )
    orders = [np.zeros(0) if value.order is None else value.order for value in values]
    if is_same and all(np.array_equal(order, orders[0]) for order in orders):
        return list(values)
    return [graph.arranged(value) for value in values]


def _with_constant(graph: GraphReader, node: OnnxNode, given: Sequence[str]) -> Value:
    """A constant for each channel, as a BatchNorm that is frozen, or as the scaling of the data."""
    if len(given) != 2 or node.kind in ("Sum", "Mean"):
        raise NotExpressible(f"{node.kind} with constants is read with two inputs only.")
    source = next(s for s in given if s in graph.values)
    value, constant = graph.value(source), graph.array(next(s for s in given if s not in graph.values))
    constant = _aligned(graph, node, constant, len(value.lies) + 1)
    is_left = given[0] not in graph.values
    if node.kind == "Div" and is_left:
        inverse = value.like(graph.layer("function", [value], {"function": "reciprocal"}).node)
        return inverse if (constant == 1).all() else affine(graph, "Mul", inverse, constant, False)
    neutral = constant.size and (constant == (0.0 if node.kind in ("Add", "Sub") else 1.0)).all()
    if neutral and not is_left and constant.ndim <= len(value.lies) + 1 and constant.size == 1:
        return value
    if is_scaling(graph, source, value):
        keep_scaling(graph, node.kind, value, constant, is_left)
        return value
    if node.kind == "Add":
        name = next(s for s in given if s not in graph.values)
        if (positions := with_positions(graph, value, constant, name)) is not None:
            return positions
    return affine(graph, node.kind, value, constant, is_left)


def _aligned(graph: GraphReader, node: OnnxNode, constant: np.ndarray, rank: int) -> np.ndarray:
    """A constant that meets the axes that it means: before opset 7, an attribute says where it begins."""
    if graph.opset >= 7 or constant.size == 1:
        return constant
    axis = int(node.attributes.get("axis", rank - constant.ndim))
    behind = rank - (axis % rank) - constant.ndim
    if behind < 0:
        raise NotExpressible(f"A constant of shape {constant.shape} does not fit at axis {axis}.")
    return constant.reshape(*constant.shape, *[1] * behind)


def affine(graph: GraphReader, kind: str, value: Value, constant: np.ndarray, is_left: bool) -> Value:
    """The value with a number for each channel added or multiplied."""
    flat = spread(graph, value, constant)
    channels, numbers = len(flat.numbers), flat.numbers
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    match kind:
        case "Add":
            weight, bias = ones, numbers
        case "Sub":
            weight, bias = (-ones, numbers) if is_left else (ones, -numbers)
        case "Mul":
            weight, bias = numbers, zeros
        case _:
            weight, bias = ones / numbers, zeros
    arrays = {"weight": weight, "bias": bias, "running_mean": zeros, "running_var": ones}
    options = {"epsilon": EPSILON, "momentum": 0.0, "frozen": True}
    graph.say(f"{kind} of constants: a BatchNorm that is frozen has them as its weight and bias.")
    return flat.back(graph, graph.layer("batchnorm", [flat.value], options, arrays))


def is_scaling(graph: GraphReader, source: str, value: Value) -> bool:
    """Whether this comes straight behind the only Input, which nothing else takes."""
    is_input = graph.nodes[value.node].kind == "input" and len(graph.graph.inputs) == 1
    return is_input and value.batch == 0 and graph.only_taker(source) is not None


def keep_scaling(graph: GraphReader, kind: str, value: Value, constant: np.ndarray, is_left: bool) -> None:
    """Let (v - shift) / scale be what the graph computes so far. Raises NotExpressible."""
    rank, size = len(value.lies), size_of(value.shape or ())
    aligned = constant.reshape((1,) * (rank + 1 - constant.ndim) + constant.shape)
    numbers = np.broadcast_to(aligned, (1, *value.file_shape))[0].astype(np.float64)
    axes = [axis for axis in value.lies if axis is not None]
    numbers = np.moveaxis(numbers, range(rank), axes) if size > 1 else numbers
    shift = np.broadcast_to(graph.scaling.get("x_shift", np.zeros(())), numbers.shape).astype(np.float64)
    scale = np.broadcast_to(graph.scaling.get("x_scale", np.ones(())), numbers.shape).astype(np.float64)
    if kind == "Div":
        scale = scale * numbers
    elif kind == "Mul":
        scale = scale / np.where(numbers == 0, np.nan, numbers)
    elif is_left and kind == "Sub":
        shift, scale = shift + numbers * scale, -scale
    else:
        shift = shift + (numbers if kind == "Sub" else -numbers) * scale
    if not (np.isfinite(shift).all() and np.isfinite(scale).all() and scale.all()):
        raise NotExpressible(f"{kind} of constants that are 0 or not finite is no scaling.")
    graph.scaling.update(x_shift=shift, x_scale=scale)
    graph.say("It is the scaling of the data.")


@reads("Neg")
def _neg(graph: GraphReader, node: OnnxNode) -> Value:
    return affine(graph, "Mul", graph.value(node.inputs[0]), np.full((), -1, np.float32), False)


@reads("Concat")
def _concat(graph: GraphReader, node: OnnxNode) -> Value:
    values = [graph.value(source) for source in node.inputs]
    return concatenated(graph, values, int(node.attributes["axis"]))


def concatenated(graph: GraphReader, values: Sequence[Value], axis: int) -> Value:
    """The values behind each other along an axis of the file. Raises NotExpressible."""
    if len(values) == 1:
        return values[0]
    values = distinct(graph, values)
    rank = len(values[0].lies) + 1
    axis = axis + rank if axis < 0 else axis
    if any(value.order is not None for value in values):
        values = [graph.arranged(value) for value in values]
    values = alike(graph, values)
    first = values[0]
    if axis == first.batch:
        raise NotExpressible("Concat along the samples is no layer.")
    ours = first.lies[axis - (axis > first.batch)]
    if ours is None:
        values = [graph.arranged(value) for value in values]
        first, ours = values[0], axis - 1
    text = "last" if ours == len(first.shape or ()) - 1 else str(ours + 1)
    given = graph.layer("concatenate", values, {"axis": text})
    return replace(first, node=given.node, shape=given.shape)
