"""RNN, LSTM and GRU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

# Our layer of each, and where ONNX has each of our gates: i f g o of its i o f c, r z n of its z r h.
LAYERS = {"RNN": ("simplernn", (0,)), "LSTM": ("lstm", (0, 2, 3, 1)), "GRU": ("gru", (1, 0, 2))}
USUAL = {"RNN": ["Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}


@reads(*LAYERS)
def _recurrent(graph: GraphReader, node: OnnxNode) -> tuple[Value | None, ...]:
    value, kind = graph.value(node.inputs[0]), LAYERS[node.kind][0]
    layout, directions, own = _check(graph, node)
    if value.batch != (0 if layout else 1):
        raise NotExpressible("The samples of its input are not where the layout says.")
    value = graph.arranged(replace(value, batch=0))
    arrays = _arrays(graph, node, directions, own.get("reset") == "before")
    units = arrays["recurrent_weight"].shape[0]
    results: list[Value | None] = []
    # The whole sequence, the last state, and the last memory cell.
    for number, gives in enumerate(("", "state", "cell")):
        is_sequence = not gives
        output = node.outputs[number] if len(node.outputs) > number else ""
        if not output or not (output in graph.takers or output in graph.graph.outputs):
            results.append(None)
            continue
        options = {
            "units": units, "return_sequences": is_sequence, "bidirectional": directions == 2, **own,
            **({"gives": "cell"} if gives == "cell" else {}),
        }  # fmt: skip
        step = gives if any(result is not None for result in results) else ""
        given = graph.layer(kind, [value], options, arrays, node.inputs[1:4], step)
        results.append(_result(graph, given, is_sequence, directions, layout))
    return tuple(results)


def _check(graph: GraphReader, node: OnnxNode) -> tuple[int, int, dict[str, Any]]:
    """The layout, the number of directions, and options of the layer that are not at their default.

    Raises NotExpressible for what the layer lacks.
    """
    a = node.attributes
    direction = _text(a.get("direction", "forward"))
    own: dict[str, Any] = {"reverse": True} if direction == "reverse" else {}
    directions = 1 + (direction == "bidirectional")
    usual = [name.lower() for name in USUAL[node.kind] * directions]
    given = [_text(name) for name in a.get("activations") or []]
    if node.kind == "RNN" and given and {name.lower() for name in given} == {"relu"}:
        own["activation"] = "relu"
    elif given and [name.lower() for name in given] != usual:
        raise NotExpressible(f"The layer lacks the activations {', '.join(given)}.")
    for name in ("clip", "input_forget"):
        if a.get(name, 0):
            raise NotExpressible(f"The layer lacks the option {name}.")
    if node.kind == "GRU" and not a.get("linear_before_reset", 0):
        own["reset"] = "before"
    if node.has(4) and not _is_whole(graph, node):
        raise NotExpressible("The layer lacks a length for each sequence.")
    for position in (5, 6):
        if node.has(position) and np.any(graph.constants.get(node.inputs[position], np.ones(1))):
            raise NotExpressible("The layer begins with a state of zeros.")
    if node.has(7) and np.any(graph.array(node.inputs[7])):
        raise NotExpressible("The layer lacks peepholes.")
    return int(a.get("layout", 0)), directions, own


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _is_whole(graph: GraphReader, node: OnnxNode) -> bool:
    """Whether the lengths of sequences, where they are constant, are those that the input has."""
    lengths, value = graph.constants.get(node.inputs[4]), graph.value(node.inputs[0])
    steps = value.file_shape[0]
    return lengths is not None and bool((lengths == steps).all())


def _arrays(
    graph: GraphReader, node: OnnxNode, directions: int, resets_before: bool
) -> dict[str, np.ndarray]:
    """Tables (directions, gates units, in) and biases as ours, of each direction."""
    order = LAYERS[node.kind][1]
    tables = [graph.array(node.inputs[1]), graph.array(node.inputs[2])]
    units = tables[1].shape[-1]
    rows = len(order) * units
    shapes = [table.shape[:2] for table in tables]
    if shapes != [(directions, rows)] * 2:
        raise NotExpressible(f"Its tables have shapes {tables[0].shape} and {tables[1].shape}.")
    both = graph.array(node.inputs[3]) if node.has(3) else np.zeros((directions, 2 * rows), np.float32)
    arrays: dict[str, np.ndarray] = {}
    for direction in range(directions):
        end = "_reverse" if direction else ""
        arrays[f"weight{end}"] = _by_gate(tables[0][direction], order)
        arrays[f"recurrent_weight{end}"] = _by_gate(tables[1][direction], order)
        first, second = (_by_gate(part, order) for part in np.split(both[direction], 2))
        if node.kind == "GRU" and not resets_before:
            # Only the last gate keeps its second bias apart.
            arrays[f"recurrent_bias{end}"] = second[-units:].copy()
            second = np.concatenate([second[:-units], np.zeros(units, np.float32)])
        arrays[f"bias{end}"] = first + second
    return arrays


def _by_gate(table: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """(gates units, in) as (in, gates units), or a row of biases, with the gates in our order."""
    gates = np.split(table, len(order))
    return np.ascontiguousarray(np.concatenate([gates[at] for at in order]).T)


def _result(graph: GraphReader, given: Value, is_sequence: bool, directions: int, layout: int) -> Value:
    """As the file has it: (steps, directions, samples, units), or (directions, samples, units)."""
    shape = given.shape or ()
    if directions == 1:
        lies: tuple[int | None, ...] = (0, None, 1) if is_sequence else (None, 0)
    else:
        shape = (*shape[:-1], 2, shape[-1] // 2)
        given = replace(given, node=graph.reshaped(given.node, shape), shape=shape)
        lies = tuple(range(len(shape)))
    if layout:
        return replace(given, lies=lies, batch=0)
    return replace(given, lies=lies, batch=2 if is_sequence else 1)
