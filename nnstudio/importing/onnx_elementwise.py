"""Operators that work value by value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnstudio.importing.onnx_functions import joined, layer_on, times
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads, spread
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

# Value by value, in whatever order values lie; names of their attributes, of our options, and the defaults.
BY_VALUE: Mapping[str, tuple[str, Mapping[str, tuple[str, float]]]] = {
    "Relu": ("relu", {}),
    "Sigmoid": ("sigmoid", {}),
    "Tanh": ("tanh", {}),
    "Softplus": ("softplus", {"beta": ("beta", 1.0)}),
    "Sin": ("sine", {}),
    "LeakyRelu": ("leaky_relu", {"alpha": ("negative_slope", 0.01)}),
    "Elu": ("elu", {"alpha": ("alpha", 1.0)}),
}
# The most that Dropout drops.
MOST_DROPPED = 0.99


@reads(*BY_VALUE)
def _by_value(graph: GraphReader, node: OnnxNode) -> Value:
    kind, names = BY_VALUE[node.kind]
    value = graph.value(node.inputs[0])
    options = {ours: float(node.attributes.get(name, default)) for name, (ours, default) in names.items()}
    return value.like(graph.layer(kind, [value], options).node)


@reads("Identity")
def _passed(graph: GraphReader, node: OnnxNode) -> Value:
    return graph.value(node.inputs[0])


@reads("Cast")
def _cast(graph: GraphReader, node: OnnxNode) -> Value:
    # Numbers of ONNX's types of floats, and of whole numbers that float32 holds as well.
    if node.attributes.get("to", 1) not in (1, 10, 11, 16):
        raise NotExpressible("Values are float32 here; they cannot become whole numbers or texts.")
    return graph.value(node.inputs[0])


@reads("Gelu")
def _gelu(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    options = {"approximation": node.attributes.get("approximate", "none")}
    return value.like(graph.layer("gelu", [value], options).node)


@reads("Silu", "Swish")
def _silu(graph: GraphReader, node: OnnxNode) -> Value:
    value, alpha = graph.value(node.inputs[0]), float(node.attributes.get("alpha", 1.0))
    if alpha != 1:
        share = layer_on(graph, "sigmoid", times(graph, value, alpha), "sigmoid")
        return joined(graph, "multiply", [value, share])
    return value.like(graph.layer("silu", [value]).node)


@reads("Step")
def _step(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    return value.like(graph.layer("step", [value]).node)


@reads("Dropout")
def _dropout(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    rate = float(node.attributes.get("ratio", 0.5))
    if node.has(1):
        rate = float(graph.array(node.inputs[1]).ravel()[0])
    if node.has(2) and np.any(graph.constant(node.inputs[2])):
        if rate == 0:
            return value
        raise NotExpressible("It drops values while predicting, and the layer does so in training only.")
    if rate > MOST_DROPPED:
        told = f"Its rate {rate:g} became {MOST_DROPPED:g}, the most there is; predictions stay."
        graph.say(told, is_assumed=True)
    return value.like(graph.layer("dropout", [value], {"rate": min(rate, MOST_DROPPED)}).node)


@reads("PRelu")
def _prelu(graph: GraphReader, node: OnnxNode) -> Value:
    value, slope = graph.value(node.inputs[0]), graph.array(node.inputs[1])
    if slope.size == 1:
        arrays = {"weight": slope.reshape(1)}
        return value.like(graph.layer("prelu", [value], {}, arrays, node.inputs[1:]).node)
    shape = slope.shape
    if graph.opset < 7 and slope.ndim == 1:
        # One for each channel, wherever that is.
        shape = (*shape, *[1] * (len(value.lies) - 1))
    flat = spread(graph, value, slope.reshape(shape))
    arrays = {"weight": flat.numbers}
    given = graph.layer("prelu", [flat.value], {"per_channel": True}, arrays, node.inputs[1:])
    return flat.back(graph, given)
