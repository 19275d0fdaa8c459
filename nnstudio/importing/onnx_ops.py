"""Operators of ONNX as layers: one function each, which refuses whatever the layer does not do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from nnkernels.spec import size_of
from nnstudio.importing.onnx_graph import (
    Built,
    GraphReader,
    NotExpressible,
    OnnxNode,
    Value,
    visited_first,
)

# Value by value, in whatever order values lie; names of their attributes, of our options, and the defaults.
BY_VALUE: Mapping[str, tuple[str, Mapping[str, tuple[str, float]]]] = {
    "Relu": ("relu", {}),
    "Sigmoid": ("sigmoid", {}),
    "Tanh": ("tanh", {}),
    "Softplus": ("softplus", {}),
    "LeakyRelu": ("leaky_relu", {"alpha": ("negative_slope", 0.01)}),
    "Elu": ("elu", {"alpha": ("alpha", 1.0)}),
}
JOINS = {"Add": "add", "Sub": "subtract", "Mul": "multiply"}
Read = Callable[[GraphReader, OnnxNode], Built | Value]


def build(graph: GraphReader, node: OnnxNode) -> Built | Value:
    """The layer of a node, or the value that it only passes on. Raises NotExpressible with a sentence."""
    if node.kind not in READERS and node.kind not in BY_VALUE:
        raise NotExpressible(f"No layer is known for the operator {node.kind}.")
    for source in node.inputs:
        if source in graph.values and graph.values[source].shape is None:
            raise NotExpressible("It takes the value of a placeholder, whose shape is not known.")
    if not any(source in graph.values for source in node.inputs):
        raise NotExpressible("It computes with constants only.")
    try:
        return READERS.get(node.kind, _by_value)(graph, node)
    except (TypeError, IndexError, KeyError) as error:
        raise NotExpressible(f"Its inputs or attributes are not those of {node.kind}.") from error


def _value(graph: GraphReader, node: OnnxNode, plain: bool = False) -> Value:
    """The value that a node takes first; ``plain``: refuse one that lies in another order than ours."""
    value = graph.values[node.inputs[0]]
    if plain and (value.order is not None or value.ones):
        raise NotExpressible("It takes flattened values with channels first; only Gemm and MatMul can.")
    return value


def _picture(graph: GraphReader, node: OnnxNode) -> Value:
    value = _value(graph, node, plain=True)
    if not value.is_first:
        raise NotExpressible("It is read for pictures (batch, channels, height, width) only.")
    return value


def _by_value(graph: GraphReader, node: OnnxNode) -> Built:
    kind, names = BY_VALUE[node.kind]
    value = _value(graph, node)
    options = {ours: float(node.attributes.get(name, default)) for name, (ours, default) in names.items()}
    return Built(kind, options, (value,), {}, value.is_first, value.order, value.ones)


def _passed(graph: GraphReader, node: OnnxNode) -> Value:
    return _value(graph, node)


def _dropout(graph: GraphReader, node: OnnxNode) -> Built:
    value = _value(graph, node)
    given = graph.array(node.inputs[1]) if len(node.inputs) > 1 and node.inputs[1] else None
    rate = float(given.ravel()[0]) if given is not None else float(node.attributes.get("ratio", 0.5))
    return Built("dropout", {"rate": rate}, (value,), {}, value.is_first, value.order, value.ones)


def _dense(value: Value, weight: np.ndarray, bias: np.ndarray | None) -> Built:
    """Weight (in, out) in the file's order of inputs; its rows are put in ours."""
    if value.is_first or value.ones or weight.ndim != 2:
        raise NotExpressible("A matrix is read for flat samples or sequences and with two axes only.")
    if value.order is not None:
        if len(weight) != len(value.order):
            raise NotExpressible(f"The matrix has {len(weight)} rows for {len(value.order)} values.")
        rows = np.empty_like(weight)
        rows[value.order] = weight
        weight = rows
    arrays = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    return Built("dense", {"units": weight.shape[1], "bias": bias is not None}, (value,), arrays)


def _gemm(graph: GraphReader, node: OnnxNode) -> Built:
    value, a = _value(graph, node), node.attributes
    if a.get("transA", 0) or value.shape is None or len(value.shape) != 1:
        raise NotExpressible("Gemm is read for flat samples, without transA.")
    weight = graph.array(node.inputs[1]) * np.float32(a.get("alpha", 1.0))
    weight = weight.T.copy() if a.get("transB", 0) else weight
    bias = None
    if len(node.inputs) > 2 and node.inputs[2]:
        bias = _bias(graph.array(node.inputs[2]), weight.shape[-1]) * np.float32(a.get("beta", 1.0))
    return _dense(value, weight, bias)


def _bias(given: np.ndarray, units: int) -> np.ndarray:
    """One number for each unit, from one for all or from (1, units)."""
    if given.size not in (1, units) or (given.size > 1 and given.shape[-1] != units):
        raise NotExpressible(f"What is added has shape {given.shape}; a bias of {units} units was expected.")
    return np.broadcast_to(given.reshape(-1), (units,)).copy()


def _matmul(graph: GraphReader, node: OnnxNode) -> Built:
    return _dense(_value(graph, node), graph.array(node.inputs[1]), None)


def _join(graph: GraphReader, node: OnnxNode) -> Built | Value:
    constants = [source for source in node.inputs if source in graph.constants]
    if constants:
        return _added(graph, node, constants[0])
    values = tuple(graph.values[source] for source in node.inputs)
    first = values[0]
    for value in values:
        if value.shape != first.shape or value.is_first != first.is_first or value.ones != first.ones:
            raise NotExpressible(f"{node.kind} joins different shapes; the layer lacks broadcasting.")
        if not _same(value.order, first.order):
            raise NotExpressible(f"{node.kind} joins values that lie in different orders.")
    if len(values) < 2:
        raise NotExpressible(f"{node.kind} has one input.")
    return Built(JOINS[node.kind], {}, values, {}, first.is_first, first.order, first.ones)


def _same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    return (a is None) == (b is None) and (a is None or np.array_equal(a, b))  # type: ignore[arg-type]


def _added(graph: GraphReader, node: OnnxNode, constant: str) -> Value:
    """A constant behind a MatMul that nothing else takes is the bias of its Dense."""
    value = next(graph.values[source] for source in node.inputs if source in graph.values)
    dense = graph.nodes[value.node]
    # Under whatever names: an Identity passes the same value on.
    reads = sum(graph.reads[name] for name, other in graph.values.items() if other.node == value.node)
    if node.kind != "Add" or dense.kind != "dense" or dense.options["bias"] or reads > 1:
        raise NotExpressible(f"{node.kind} with a constant is read as the bias of a MatMul only.")
    graph.add_bias(value.node, constant, _bias(graph.array(constant), dense.options["units"]))
    return value


def _concat(graph: GraphReader, node: OnnxNode) -> Built:
    values = tuple(graph.values[source] for source in node.inputs)
    first = values[0]
    for value in values:
        if value.order is not None or value.ones or value.is_first != first.is_first:
            raise NotExpressible("Concat joins values that lie in different orders.")
    rank = len(first.shape or ()) + 1
    axis = node.attributes["axis"]
    if axis % rank != (1 if first.is_first else rank - 1):
        raise NotExpressible("Concat along another axis than the channels; the layer lacks the option axis.")
    return Built("concatenate", {}, values, {}, first.is_first)


def _flatten(graph: GraphReader, node: OnnxNode) -> Built | Value:
    if node.attributes.get("axis", 1) != 1:
        raise NotExpressible("Flatten is read with axis 1 only.")
    return _flat(graph, node)


def _flat(graph: GraphReader, node: OnnxNode) -> Built | Value:
    value = _value(graph, node)
    shape = value.shape or ()
    if len(shape) == 1:
        return Value(value.node, shape, order=value.order)
    order = visited_first(shape) if value.is_first else None
    return Built("flatten", {}, (value,), {}, order=order)


def _reshape(graph: GraphReader, node: OnnxNode) -> Built | Value:
    target = [int(v) for v in graph.array(node.inputs[1])]
    size = size_of(_value(graph, node).shape or ())
    kept = (0, -1) if len(target) == 2 and target[1] == size else (0,)
    if len(target) != 2 or target[1] not in (-1, size) or target[0] not in kept:
        raise NotExpressible(f"Reshape to {target} is read only where it flattens samples.")
    return _flat(graph, node)


def _pair(node: OnnxNode, name: str, default: int = 1) -> int:
    """A number that is the same along both axes."""
    numbers = list(node.attributes.get(name, [default]))
    if len(set(numbers)) != 1:
        raise NotExpressible(f"{name} is {numbers}; the layer lacks a length for each axis.")
    return int(numbers[0])


def _conv(graph: GraphReader, node: OnnxNode) -> Built:
    value, weight = _picture(graph, node), graph.array(node.inputs[1])
    if weight.ndim != 4 or weight.shape[2] != weight.shape[3]:
        raise NotExpressible(f"The filters have shape {weight.shape}; the layer takes square ones.")
    auto, pads = node.attributes.get("auto_pad", "NOTSET"), _pads(node)
    options = {
        "filters": weight.shape[0], "kernel_size": weight.shape[2], "stride": _pair(node, "strides"),
        "dilation": _pair(node, "dilations"), "groups": int(node.attributes.get("group", 1)),
        "padding": "number", "pad": pads, "bias": len(node.inputs) > 2 and bool(node.inputs[2]),
    }  # fmt: skip
    if auto == "SAME_UPPER":
        options["padding"] = "same"
    elif auto == "VALID":
        options["padding"] = "valid"
    elif auto != "NOTSET":
        raise NotExpressible(f"auto_pad {auto} is not known to the layer.")
    arrays = {"weight": np.ascontiguousarray(weight.transpose(2, 3, 1, 0))}
    if options["bias"]:
        arrays["bias"] = graph.array(node.inputs[2])
    return Built("conv2d", options, (value,), arrays, is_first=True)


def _pads(node: OnnxNode) -> int:
    try:
        return _pair(node, "pads", 0)
    except NotExpressible as error:
        raise NotExpressible("Pads differ between the sides; the layer lacks the option.") from error


def _pool(graph: GraphReader, node: OnnxNode) -> Built:
    value, a = _picture(graph, node), node.attributes
    if a.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or _pads(node):
        raise NotExpressible("The layer lacks the option padding.")
    if a.get("ceil_mode", 0) or _pair(node, "dilations") != 1:
        raise NotExpressible("The layer lacks the options ceil mode and dilation.")
    options = {"pool_size": _pair(node, "kernel_shape"), "stride": _pair(node, "strides")}
    kind = "maxpool2d" if node.kind == "MaxPool" else "averagepool2d"
    return Built(kind, options, (value,), {}, is_first=True)


def _global_pool(graph: GraphReader, node: OnnxNode) -> Built:
    kind = "globalmaxpool" if node.kind == "GlobalMaxPool" else "globalaveragepool"
    return Built(kind, {}, (_picture(graph, node),), {}, ones=2)


def _batch_norm(graph: GraphReader, node: OnnxNode) -> Built:
    value, a = _value(graph, node, plain=True), node.attributes
    if a.get("training_mode", 0) or (not value.is_first and len(value.shape or ()) != 1):
        raise NotExpressible("BatchNormalization is read for flat samples and pictures, not for training.")
    names = ("weight", "bias", "running_mean", "running_var")
    arrays = {name: graph.array(source) for name, source in zip(names, node.inputs[1:5], strict=True)}
    options = {"epsilon": float(a.get("epsilon", 1e-5)), "momentum": 1 - float(a.get("momentum", 0.9))}
    return Built("batchnorm", options, (value,), arrays, value.is_first)


def _softmax(graph: GraphReader, node: OnnxNode) -> Built:
    value = _value(graph, node)
    rank = len(value.shape or ()) + 1
    axis = node.attributes.get("axis", -1 if graph.opset >= 13 else 1) % rank
    if value.ones or axis != (1 if value.is_first else rank - 1) or (rank > 2 and graph.opset < 13):
        raise NotExpressible("Softmax along another axis than the channels; the layer lacks the option axis.")
    return Built("softmax", {}, (value,), {}, value.is_first, value.order)


READERS: Mapping[str, Read] = {
    "Identity": _passed,
    "Dropout": _dropout,
    "Gemm": _gemm,
    "MatMul": _matmul,
    **dict.fromkeys(JOINS, _join),
    "Concat": _concat,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Conv": _conv,
    "MaxPool": _pool,
    "AveragePool": _pool,
    "GlobalAveragePool": _global_pool,
    "GlobalMaxPool": _global_pool,
    "BatchNormalization": _batch_norm,
    "Softmax": _softmax,
}
