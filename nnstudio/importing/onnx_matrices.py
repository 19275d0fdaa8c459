"""Gemm and MatMul as Dense, and normalisations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnkernels.spec import size_of
from nnstudio.importing.onnx_functions import joined, times
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_joins import affine, distinct
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value


def _dense(graph: GraphReader, node: OnnxNode, value: Value, weight: np.ndarray, bias: str = "",
           scale: float = 1.0, is_last: bool = True) -> Value:  # fmt: skip
    """Weight (in, out) in the file's order of inputs; its rows are put in ours. An Add behind it is its bias
    where what comes out ``is_last`` in the file, too.
    """
    if weight.ndim != 2:
        raise NotExpressible("A matrix is read with two axes only.")
    order = value.order if size_of(value.shape or ()) == len(weight) else None
    if order is not None:
        rows = np.empty_like(weight)
        rows[order] = weight
        weight = rows
        value = replace(value, flat=None)
    else:
        value = graph.arranged(value)
    arrays, sources = {"weight": weight}, [*node.inputs[1:2], str(order is not None)]
    added = None if bias or not is_last else _added_bias(graph, node, weight.shape[1], len(value.lies))
    bias = bias or (added[1] if added else "")
    if bias:
        arrays["bias"] = _bias(graph.array(bias), weight.shape[1]) * np.float32(scale)
        sources.append(bias)
    options = {"units": weight.shape[1], "bias": bool(bias)}
    shape = value.shape or ()
    rows_shape = shape
    if len(shape) > 2:
        # A Dense takes a list or rows; more axes are rows of rows.
        rows_shape = (size_of(shape[:-1]), shape[-1])
        value = replace(value, node=graph.reshaped(value.node, rows_shape), shape=rows_shape)
    given = graph.layer("dense", [value], options, arrays, sources)
    if len(shape) > 2:
        node_name = graph.reshaped(given.node, (*shape[:-1], weight.shape[1]))
        given = graph.arranged(Value(node_name, (*shape[:-1], weight.shape[1]), tuple(range(len(shape)))))
    if added:
        graph.absorb(added[0], given)
    return given


def _added_bias(graph: GraphReader, node: OnnxNode, units: int, rank: int) -> tuple[OnnxNode, str] | None:
    """The Add behind a product that nothing else takes, and the constant that it adds to each unit."""
    taker = graph.only_taker(node.outputs[0])
    if taker is None or taker.kind != "Add" or graph.opset < 7:
        return None
    other = next((source for source in taker.inputs if source != node.outputs[0]), "")
    array = graph.constants.get(other)
    if array is None or array.dtype.kind not in "fiu" or array.ndim > rank + 1:
        return None
    is_bias = array.size == units and array.shape[-1:] == (units,)
    return (taker, other) if is_bias else None


def _is_bias(given: np.ndarray, units: int) -> bool:
    """Whether it has one number for all units, or one for each."""
    return given.size == 1 or (given.size == units and given.shape[-1] == units)


def _bias(given: np.ndarray, units: int) -> np.ndarray:
    """One number for each unit, from one for all or from (1, units)."""
    if not _is_bias(given, units):
        raise NotExpressible(f"What is added has shape {given.shape}; a bias of {units} units was expected.")
    return np.broadcast_to(given.reshape(-1), (units,)).copy()


@reads("Gemm")
def _gemm(graph: GraphReader, node: OnnxNode) -> Value:
    value, a = graph.value(node.inputs[0]), node.attributes
    if a.get("transA", 0) or len(value.lies) != 1 + graph.graph.has_whole_arrays:
        raise NotExpressible("Gemm is read for flat samples, without transA.")
    weight = graph.array(node.inputs[1])
    weight = weight * np.float32(a.get("alpha", 1.0))
    weight = weight.T.copy() if a.get("transB", 0) else weight
    added, beta = node.inputs[2] if node.has(2) else "", float(a.get("beta", 1.0))
    array = graph.constants.get(added)
    if not added or (array is not None and _is_bias(array, weight.shape[-1])):
        return _dense(graph, node, value, weight, added, beta)
    product = _dense(graph, node, value, weight)
    if array is not None:
        return affine(graph, "Add", product, array * np.float32(beta), False)
    return joined(graph, "add", [product, times(graph, graph.value(added), beta)])


@reads("MatMul")
def _matmul(graph: GraphReader, node: OnnxNode) -> Value:
    first, second = node.inputs
    if first in graph.constants:
        return _from_left(graph, node, graph.array(first), graph.value(second))
    value = graph.value(first)
    if second not in graph.constants:
        return _product(graph, value, graph.value(second))
    matrix = graph.array(second)
    if matrix.ndim == 1 and len(value.lies) > 1:
        column = _dense(graph, node, value, matrix[:, None])
        return replace(column, lies=column.lies[:-1])
    return _dense(graph, node, value, matrix)


def _from_left(graph: GraphReader, node: OnnxNode, matrix: np.ndarray, value: Value) -> Value:
    """A constant times a value: both turned, the other way round."""
    if len(value.lies) < 2 or value.batch or value.flat is not None:
        raise NotExpressible("A product with a constant on the left joins samples.")
    turned = replace(value, lies=(*value.lies[:-2], value.lies[-1], value.lies[-2]))
    swapped = OnnxNode(node.name, node.kind, tuple(reversed(node.inputs)), node.outputs, node.attributes)
    given = _dense(graph, swapped, turned, np.ascontiguousarray(matrix.T), is_last=False)
    return replace(given, lies=(*given.lies[:-2], given.lies[-1], given.lies[-2]))


def _product(graph: GraphReader, first: Value, second: Value) -> Value:
    """Two values of each sample."""
    if first.batch or second.batch or min(len(first.lies), len(second.lies)) < 2:
        raise NotExpressible("A product of two values is read of matrices that each sample has.")
    pair = distinct(graph, [graph.arranged(first), graph.arranged(second)])
    return graph.layer("matmul", pair)


@reads("BatchNormalization")
def _batch_norm(graph: GraphReader, node: OnnxNode) -> Value:
    value, a = graph.value(node.inputs[0]), node.attributes
    if a.get("training_mode", 0) or not a.get("spatial", 1):
        raise NotExpressible("BatchNormalization is read for predicting, with numbers for each channel.")
    value = graph.first(value)
    names = ("weight", "bias", "running_mean", "running_var")
    arrays = {name: graph.array(source) for name, source in zip(names, node.inputs[1:5], strict=True)}
    options = {"epsilon": float(a.get("epsilon", 1e-5)), "momentum": 1 - float(a.get("momentum", 0.9))}
    return value.like(graph.layer("batchnorm", [value], options, arrays, node.inputs[1:5]).node)


@reads("LayerNormalization")
def _layer_norm(graph: GraphReader, node: OnnxNode) -> Value:
    value, a = graph.value(node.inputs[0]), node.attributes
    rank = len(value.lies) + 1
    axis = int(a.get("axis", -1))
    axis = axis + rank if axis < 0 else axis
    if axis < 1:
        raise NotExpressible("It normalises over samples, and a layer has them one by one.")
    value = graph.arranged(value)
    shape = (value.shape or ())[axis - 1 :]
    given = graph.array(node.inputs[2]) if node.has(2) else np.zeros(1, np.float32)
    scale, bias = (np.broadcast_to(array, shape).copy() for array in (graph.array(node.inputs[1]), given))
    options = {"epsilon": float(a.get("epsilon", 1e-5)), "axes": len(shape)}
    arrays = {"weight": scale, "bias": bias}
    return graph.layer("layernorm", [value], options, arrays, [*node.inputs[1:]])


@reads("Softmax", "LogSoftmax")
def _softmax(graph: GraphReader, node: OnnxNode) -> Value:
    kind = "log_softmax" if node.kind == "LogSoftmax" else "softmax"
    value = graph.value(node.inputs[0])
    rank = len(value.lies) + 1
    axis = int(node.attributes.get("axis", -1 if graph.opset >= 13 else 1))
    axis = axis + rank if axis < 0 else axis
    if axis == value.batch or (graph.opset < 13 and axis != rank - 1):
        raise NotExpressible("Softmax over samples, or over several axes at once, is no layer.")
    at = axis - (axis > value.batch)
    if value.flat is not None:
        return value.like(graph.layer(kind, [value]).node)
    ours = value.lies[at]
    if ours is None:
        value = graph.arranged(value)
        ours = value.lies[at]
    assert ours is not None
    text = "last" if ours == len(value.shape or ()) - 1 else str(ours + 1)
    return value.like(graph.layer(kind, [value], {"axis": text}).node)
