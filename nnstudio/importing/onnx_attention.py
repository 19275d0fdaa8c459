"""Attention: a group of nodes is computed for drawn values, and is the layer that gives the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnkernels.spec import layers, size_of
from nnstudio.importing.onnx_attention_groups import KIND, PLAN, Plan, Projection
from nnstudio.importing.onnx_constants import computed
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

LAYER = "multiheadattention"
# Samples that are drawn where the file leaves their number open, and values in all that is computed.
SAMPLES, MOST_VALUES = 2, 2**26
TOLERANCE = 1e-4
BROADCAST = ("Add", "Sub", "Mul", "Div", "Mod", "Where", "And", "Or", "Equal", "Less", "Greater")
# What a mask may hold: 0 hides a step.
MASKED = (0.0, 1.0, 3.0)
Arrays = Mapping[str, np.ndarray]


@reads(KIND)
def _attention(graph: GraphReader, node: OnnxNode) -> Value:
    plan: Plan = node.attributes[PLAN]
    names = dict.fromkeys((plan.query, plan.memory, *plan.masks))
    values = {name: _natural(graph, name) for name in names}
    drawn = _drawn(values, plan, next(iter(graph.batches), SAMPLES))
    given = _computed(graph, plan, {n: _in_file(graph, n, x) for n, x in drawn.items()})
    arrays = _arrays(graph, plan, given)
    result = given[plan.nodes[-1].outputs[0]]
    options = {"heads": _heads(plan, given, drawn), "bias": "in_bias" in arrays}
    for causal in _may_be_causal(plan, given):
        complete = layers[LAYER].complete({**options, "causal": causal})
        wanted = layers[LAYER].reference(complete, list(drawn.values()), arrays)
        batch = next((axis for axis in (0, 1) if _is_near(np.moveaxis(wanted, 0, axis), result)), None)
        if batch is not None:
            break
    else:
        raise NotExpressible("It computes something else than MultiHeadAttention.")
    if plan.masks:
        graph.say("Where all steps are hidden, this layer gives its bias; the file may give NaN.")
    sources = [name for p in plan.projections for name in (p.weight, p.bias) if name]
    added = graph.layer(LAYER, list(values.values()), {**options, "causal": causal}, arrays, sources)
    return replace(added, batch=batch or 0)


def _natural(graph: GraphReader, name: str) -> Value:
    """A value as our layer takes it, wherever the samples are."""
    value = graph.value(name)
    return graph.arranged(replace(value, batch=0))


def _drawn(values: Mapping[str, Value], plan: Plan, count: int) -> dict[str, np.ndarray]:
    """Samples for all that enters, as our layer takes them: (n, steps, features), (n, steps) of a mask."""
    rng, drawn = np.random.default_rng(0), {}
    for name, value in values.items():
        shape = value.shape or ()
        if len(shape) != (1 if name in plan.masks else 2):
            raise NotExpressible(f"Attention takes sequences, and a mask of steps, but '{name}' has {shape}.")
        size = (count, *shape)
        if size_of(size) > MOST_VALUES:
            raise NotExpressible("It computes with more values than are tried out.")
        drawn[name] = rng.choice(MASKED, size) if name in plan.masks else rng.normal(size=size)
        if name in plan.masks:
            # Where all is hidden, files give NaN.
            drawn[name][:, 0] = 1
    return {name: x.astype(np.float32) for name, x in drawn.items()}


def _in_file(graph: GraphReader, name: str, x: np.ndarray) -> np.ndarray:
    """Values as they lie in the file."""
    value = graph.value(name)
    return np.moveaxis(x.reshape(len(x), *value.file_shape), 0, value.batch)


def _arrays(graph: GraphReader, plan: Plan, given: Arrays) -> dict[str, np.ndarray]:
    """As our layer has them: what queries, keys and values are projected with side by side.

    They are constants, or parts of such that were computed.
    """
    *inner, last = plan.projections
    parts = {(p.weight, p.bias): p for p in inner}
    arrays = {
        "in_weight": np.concatenate([_weight(graph, p, given) for p in parts.values()], 1),
        "out_weight": _weight(graph, last, given),
    }
    if any(p.bias for p in plan.projections):
        arrays["in_bias"] = np.concatenate([_bias(graph, p, given) for p in parts.values()])
        arrays["out_bias"] = _bias(graph, last, given)
    width = len(arrays["in_weight"])
    if arrays["in_weight"].shape != (width, 3 * width) or arrays["out_weight"].shape != (width, width):
        raise NotExpressible("Its queries, keys, values and results are not all of one width.")
    if any(p.bias for p in plan.projections) and not all(p.bias for p in plan.projections):
        graph.say("A bias that the file lacks begins at 0 here and is trained.")
    return arrays


def _weight(graph: GraphReader, part: Projection, given: Arrays) -> np.ndarray:
    weight = _array(graph, part.weight, given)
    if weight.ndim != 2:
        raise NotExpressible("A projection is read with two axes only.")
    return weight.T.copy() if part.is_transposed else weight


def _bias(graph: GraphReader, part: Projection, given: Arrays) -> np.ndarray:
    units = _weight(graph, part, given).shape[1]
    bias = _array(graph, part.bias, given) if part.bias else np.zeros(units, np.float32)
    if bias.shape != (units,):
        raise NotExpressible("A bias of its projections has not one number for each unit.")
    return bias


def _array(graph: GraphReader, name: str, given: Arrays) -> np.ndarray:
    return np.asarray(given[name], np.float32) if name in given else graph.array(name)


def _may_be_causal(plan: Plan, given: Arrays) -> tuple[bool, ...]:
    """What is worth trying: where a step looks at one after it, only False."""
    if not plan.weights:
        return (False, True)
    weights = given[plan.weights]
    return (False,) if np.any(np.triu(weights, 1)) else (True, False)


def _heads(plan: Plan, given: Arrays, drawn: Arrays) -> int:
    """How many heads share what one has for each step and step."""
    (n, steps, _), keys = drawn[plan.query].shape, drawn[plan.memory].shape[1]
    if plan.weights:
        return max(int(given[plan.weights].size / (n * steps * keys)), 1)
    core = next(node for node in plan.nodes if node.kind == "Attention")
    query = np.asarray(given[core.inputs[0]])
    return int(query.shape[1]) if query.ndim == 4 else int(core.attributes["q_num_heads"])


def _computed(graph: GraphReader, plan: Plan, drawn: Arrays) -> dict[str, np.ndarray]:
    """What all nodes of a group give, node by node."""
    values, samples = dict(drawn), drawn[plan.query].shape[graph.value(plan.query).batch]
    for name in plan.shapes:
        value = graph.value(name)
        shape = list(value.file_shape)
        shape.insert(value.batch, samples)
        values[name] = np.zeros(shape, np.float32)
    for node in plan.nodes:
        for source in node.inputs:
            if source and source not in values:
                values[source] = graph.constant(source)
        if _size(node, values) > MOST_VALUES:
            raise NotExpressible("It computes with more values than are tried out.")
        with np.errstate(all="ignore"):
            results = computed(node, values, graph.opset)
        values |= {name: np.asarray(y) for name, y in zip(node.outputs, results, strict=False) if name}
    return values


def _size(node: OnnxNode, values: Arrays) -> int:
    """How many values a node gives, where it may give many more than it takes."""
    shapes = [values[source].shape for source in node.inputs if source]
    if node.kind == "MatMul" and min(map(len, shapes)) > 1:
        a, b = shapes
        return size_of((*map(int, np.broadcast_shapes(a[:-2], b[:-2])), a[-2], b[-1]))
    if node.kind == "Gemm":
        return size_of((max(shapes[0]), max(shapes[1])))
    return size_of(tuple(np.broadcast_shapes(*shapes))) if node.kind in BROADCAST else 0


def _is_near(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether they are the same but for rounding."""
    if ours.shape != theirs.shape or not np.isfinite(theirs).all():
        return False
    return bool(np.abs(ours - theirs).max() <= TOLERANCE * max(np.abs(ours).max(), 1e-3))
