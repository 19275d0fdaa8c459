"""Functions of each value, those of several layers, bounds, and the larger or smaller of two values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_joins import affine, alike, distinct
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

FUNCTIONS = {
    "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Reciprocal": "reciprocal", "Abs": "abs", "Cos": "cos",
    "Erf": "erf",
}  # fmt: skip
# Bounds beyond it are none.
LARGEST = 1e38


def layer_on(graph: GraphReader, kind: str, value: Value, step: str = "", **options: object) -> Value:
    """A layer that works value by value; the value lies as before."""
    return value.like(graph.layer(kind, [value], options, step=step).node)


def times(graph: GraphReader, value: Value, factor: float) -> Value:
    """The value times a number."""
    return affine(graph, "Mul", value, np.full((), factor, np.float32), False) if factor != 1 else value


def plus(graph: GraphReader, value: Value, number: float) -> Value:
    """A number added to the value."""
    return affine(graph, "Add", value, np.full((), number, np.float32), False) if number else value


def joined(graph: GraphReader, kind: str, values: Sequence[Value], step: str = "") -> Value:
    """A join of values that lie alike."""
    same = alike(graph, distinct(graph, values))
    given = graph.layer(kind, same, step=step)
    return replace(same[0], node=given.node, shape=given.shape)


def clamped(graph: GraphReader, value: Value, low: float, high: float) -> Value:
    """The value within bounds, of which those beyond float32 are none; above both, the upper one counts."""
    is_low, is_high = low > -LARGEST, high < LARGEST
    if low == 0 and not is_high:
        return layer_on(graph, "relu", value)
    if is_low and is_high and low <= high:
        return layer_on(graph, "clamp", value, low=low, high=high)
    if is_low:
        value = layer_on(graph, "clamp", value, sides="lower", low=low)
    return layer_on(graph, "clamp", value, sides="upper", high=high) if is_high else value


@reads(*FUNCTIONS)
def _function(graph: GraphReader, node: OnnxNode) -> Value:
    return layer_on(graph, "function", graph.value(node.inputs[0]), function=FUNCTIONS[node.kind])


@reads("Clip")
def _clip(graph: GraphReader, node: OnnxNode) -> Value:
    bounds = [float(node.attributes.get("min", -np.inf)), float(node.attributes.get("max", np.inf))]
    for position in (1, 2):
        if node.has(position):
            bounds[position - 1] = float(graph.array(node.inputs[position]).ravel()[0])
    return clamped(graph, graph.value(node.inputs[0]), *bounds)


@reads("Max", "Min")
def _extreme(graph: GraphReader, node: OnnxNode) -> Value:
    kind = "maximum" if node.kind == "Max" else "minimum"
    names = list(dict.fromkeys(source for source in node.inputs if source))
    result, *others = [graph.value(name) for name in names if name not in graph.constants]
    for other in others:
        result = joined(graph, kind, [result, other])
    for constant in (graph.array(name) for name in names if name in graph.constants):
        result = _bounded(graph, node.kind, result, constant)
    return result


def _bounded(graph: GraphReader, kind: str, value: Value, constant: np.ndarray) -> Value:
    """The larger or smaller of a value and a constant: of one with many numbers, c + ReLU(x - c)."""
    if constant.size == 1:
        bound = float(constant.ravel()[0])
        low, high = (bound, np.inf) if kind == "Max" else (-np.inf, bound)
        return clamped(graph, value, low, high)
    away = affine(graph, "Sub", value, constant, kind == "Min")
    return affine(graph, "Add" if kind == "Max" else "Sub", layer_on(graph, "relu", away), constant, True)


def to_power(graph: GraphReader, value: Value, exponent: float) -> Value:
    """Each value to a power."""
    if exponent in (1, 2):
        return value if exponent == 1 else layer_on(graph, "square", value)
    return layer_on(graph, "function", value, function="power", exponent=exponent)


@reads("Pow")
def _pow(graph: GraphReader, node: OnnxNode) -> Value:
    base, exponent = node.inputs[:2]
    if exponent in graph.constants and graph.constants[exponent].size == 1:
        number, value = float(graph.array(exponent).ravel()[0]), graph.value(base)
        return to_power(graph, value, number)
    if base in graph.constants:
        logarithms = np.log(np.maximum(graph.array(base), 0))
        if not np.isfinite(logarithms).all():
            raise NotExpressible("Powers of a constant are read where that is above 0.")
        product = affine(graph, "Mul", graph.value(exponent), logarithms, False)
        return layer_on(graph, "function", product, function="exp")
    graph.say("x to the power of y is read as exp(y · ln(x)): where x is negative it gives NaN.")
    logarithm = layer_on(graph, "function", graph.value(base), "log", function="log")
    if exponent in graph.constants:
        product = affine(graph, "Mul", logarithm, graph.array(exponent), False)
    else:
        product = joined(graph, "multiply", [logarithm, graph.value(exponent)], "product")
    return layer_on(graph, "function", product, function="exp")


@reads("Selu", "Celu")
def _scaled_elu(graph: GraphReader, node: OnnxNode) -> Value:
    """gamma ELU(x), or alpha ELU(x / alpha) with ELU's own alpha 1."""
    value, a = graph.value(node.inputs[0]), node.attributes
    if node.kind == "Celu":
        alpha = float(a.get("alpha", 1.0))
        return times(graph, layer_on(graph, "elu", times(graph, value, 1 / alpha)), alpha)
    alpha, gamma = float(a.get("alpha", SELU[0])), float(a.get("gamma", SELU[1]))
    if np.allclose((alpha, gamma), SELU, rtol=0, atol=1e-6):
        return layer_on(graph, "selu", value)
    return times(graph, layer_on(graph, "elu", value, alpha=alpha), gamma)


# PyTorch's alpha and gamma, which the layer has.
SELU = (1.67326319217681884765625, 1.05070102214813232421875)


@reads("Softsign")
def _softsign(graph: GraphReader, node: OnnxNode) -> Value:
    """x / (1 + |x|)"""
    value = graph.value(node.inputs[0])
    size = plus(graph, layer_on(graph, "function", value, "abs", function="abs"), 1.0)
    return joined(graph, "divide", [value, size])


@reads("HardSigmoid", "HardSwish")
def _hard(graph: GraphReader, node: OnnxNode) -> Value:
    """min(max(alpha x + beta, 0), 1), and x times that."""
    value, a = graph.value(node.inputs[0]), node.attributes
    usual = (1 / 6, 0.5) if node.kind == "HardSwish" else (0.2, 0.5)
    alpha, beta = (float(a.get(name, n)) for name, n in zip(("alpha", "beta"), usual, strict=True))
    share = clamped(graph, plus(graph, times(graph, value, alpha), beta), 0.0, 1.0)
    return joined(graph, "multiply", [value, share]) if node.kind == "HardSwish" else share


@reads("Mish")
def _mish(graph: GraphReader, node: OnnxNode) -> Value:
    """x tanh(softplus(x))"""
    value = graph.value(node.inputs[0])
    share = layer_on(graph, "tanh", layer_on(graph, "softplus", value, "softplus"), "tanh")
    return joined(graph, "multiply", [value, share])


@reads("Sign")
def _sign(graph: GraphReader, node: OnnxNode) -> Value:
    """step(x) - step(-x)"""
    value = graph.value(node.inputs[0])
    steps = [layer_on(graph, "step", side, "step") for side in (value, times(graph, value, -1.0))]
    return joined(graph, "subtract", steps)


@reads("ThresholdedRelu")
def _thresholded(graph: GraphReader, node: OnnxNode) -> Value:
    """x step(x - alpha)"""
    value = graph.value(node.inputs[0])
    above = plus(graph, value, -float(node.attributes.get("alpha", 1.0)))
    return joined(graph, "multiply", [value, layer_on(graph, "step", above, "step")])


@reads("Shrink")
def _shrink(graph: GraphReader, node: OnnxNode) -> Value:
    """Towards 0 by the bias, and 0 within -lambd .. lambd."""
    value, a = graph.value(node.inputs[0]), node.attributes
    bias, lambd = float(a.get("bias", 0.0)), float(a.get("lambd", 0.5))
    if bias == lambd:
        return joined(graph, "subtract", [value, clamped(graph, value, -lambd, lambd)])
    parts = []
    for side in (value, times(graph, value, -1.0)):
        above = layer_on(graph, "step", plus(graph, side, -lambd), "step")
        parts.append(joined(graph, "multiply", [plus(graph, side, -bias), above], "part"))
    return joined(graph, "subtract", parts)
