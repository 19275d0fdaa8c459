"""A network as an ONNX model: scaling, all steps, outputs, and the description that travels along."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.spec import losses, size_of
from nnstudio import __version__
from nnstudio.export.channels_first import TURN, ChannelsFirst, Step, arrays_of, first_axes, last_axes
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.onnx import elementwise, pictures, sequences, units, weighted
from nnstudio.export.onnx.emitters import EMITTERS, Emission
from nnstudio.export.onnx.example import picture_program, rows_program, values_program
from nnstudio.export.onnx.graph import OPSET, Graph
from nnstudio.export.onnx.rows import ColumnWriter, width_of, write_label, write_numbers

# Importing them fills the table of emitters.
FAMILIES = (elementwise, pictures, sequences, weighted)
UNITS = "values in the units of the data; the graph scales them itself"
CELLS = "cells of a table, a graph input for each column; 'rows' tells what each takes"
PIXELS = (
    "pictures as programs read them, channels last, in the units of the data; the graph scales them itself"
)
# The graph input of pictures.
PICTURE = "picture"
# The text of the metadata that is a program.
EXAMPLE = "example"
LAYOUT = "pictures (batch, channels, height, width); sequences (batch, steps, features); float32"


@dataclass(frozen=True)
class Columns:
    """A graph input: which of the values of a sample it takes, from 0; None for all in their shape."""

    name: str
    columns: tuple[int, ...] | None


def plain_model(network: ExportedNetwork) -> Any:
    """A ``ModelProto`` with one graph input for each Input node and one output for each Output node."""
    graph, inputs, values, outputs = plain_graph(network)
    told = {"inputs": [{"name": i.name, "columns": i.columns} for i in inputs], "outputs": outputs}
    steps = ChannelsFirst.of(network)
    told |= {"ends": len(outputs), units.UNSCALED: _unscaled(network, steps, outputs)}
    shapes = {entry.name: step.shape for entry, step in zip(inputs, steps.inputs, strict=True)}
    # Names of what the nodes give here, by which a reader finds their arrays.
    texts = {**network.metadata(), **metadata(network, UNITS, {**told, "values": values})}
    texts |= {EXAMPLE: values_program(network, shapes, outputs[0])}
    return graph.finished("nnstudio", sentence(network, UNITS), __version__, texts)


def _unscaled(network: ExportedNetwork, steps: ChannelsFirst, outputs: Sequence[str]) -> dict[str, Any]:
    """What the graph does to its outputs to give them the units of the data, as plain data."""
    pairs = units.unscalings(network)
    return units.told({n: pairs[s] for n, s in zip(outputs, steps.outputs, strict=True) if s in pairs})


def plain_graph(
    network: ExportedNetwork, in_units: bool = True
) -> tuple[Graph, list[Columns], dict[str, str], list[str]]:
    """The graph of `plain_model`, its inputs, the name of what each node gives, and its outputs; not
    ``in_units``: as it was written before numbers got the units of the data.
    """
    graph, steps = Graph(), ChannelsFirst.of(network)
    values: dict[str, str] = {}
    inputs = []
    for step in steps.inputs:
        columns = read_columns(step.options["columns"], size_of(network.input_shape), "values")
        name = graph.input(step.name, step.shape)
        inputs.append(Columns(name, columns))
        values[step.name] = _scaled(graph, network, step, columns, name)
    add_steps(graph, network, steps, values)
    pairs = units.unscalings(network) if in_units else {}
    return graph, inputs, values, add_outputs(graph, steps, values, pairs)


def rows_model(network: ExportedNetwork) -> Any:
    """A ``ModelProto`` that takes samples as they are and gives answers: a graph input for each column (a
    date: for each part), each ``(batch, 1)``, or one for pictures, ``(batch, height, width, channels)``. What
    each Output node gives comes first, as `plain_model` has it; behind it the answer of the first one.
    """
    graph, steps, is_picture = Graph(), ChannelsFirst.of(network), len(network.input_shape) == 3
    rows, samples = _picture(graph, network) if is_picture else _cells(graph, network)
    values = {}
    for step in steps.inputs:
        columns = read_columns(step.options["columns"], size_of(network.input_shape), "values")
        value = samples
        if columns is not None:
            chosen = graph.constant(f"{step.name}.columns", np.array(columns, np.int64))
            value = graph.op("Gather", [samples, chosen], f"{step.name}.gather", axis=1)
        values[step.name] = _scaled(graph, network, step, columns, value)
    add_steps(graph, network, steps, values)
    ends = add_outputs(graph, steps, values, units.unscalings(network))
    outputs = [*ends, *_answers(graph, network, values)]
    told = {"rows": rows, "columns": table_columns(network), "outputs": outputs, "ends": len(ends)}
    told |= {units.UNSCALED: _unscaled(network, steps, ends)}
    takes = PIXELS if is_picture else CELLS
    texts = metadata(network, takes, told)
    texts[EXAMPLE] = (
        picture_program(network, rows[0]["name"], outputs[-1])
        if is_picture
        else rows_program(table_columns(network), rows, outputs[-1])
    )
    return graph.finished("nnstudio", sentence(network, takes), __version__, texts)


def _cells(graph: Graph, network: ExportedNetwork) -> tuple[list[dict[str, str]], str]:
    """What each graph input takes, and the samples made of cells."""
    rows, parts = [], []
    for column in table_columns(network):
        writer = ColumnWriter(graph, column)
        parts += writer.write()
        rows += writer.told
    return rows, graph.op("Concat", parts, "features", axis=1)


def _picture(graph: Graph, network: ExportedNetwork) -> tuple[list[dict[str, str]], str]:
    """The same of pictures, whose channels come first in the graph."""
    name = graph.input(PICTURE, network.input_shape)
    turned = graph.op("Transpose", [name], f"{PICTURE}.transpose", perm=first_axes(3))
    return [{"name": name, "column": "", "takes": PIXELS}], turned


def table_columns(network: ExportedNetwork) -> list[dict[str, Any]]:
    """How each column of a table is prepared; features without a word on that are numbers."""
    plain = {"type": "number", "fill": None, "log": False}
    features = network.preprocessing["features"]
    return list(network.preprocessing["inputs"]) or [{"column": name, **plain} for name in features]


def why_no_rows(network: ExportedNetwork) -> str:
    """Why a network's graph cannot begin with rows, in a sentence; else empty."""
    columns, shape = table_columns(network), network.input_shape
    if len(shape) == 3:
        inputs = (node for node in network.nodes if node.layer.id == "input")
        if any(read_columns(node.options["columns"], size_of(shape), "values") for node in inputs):
            return "An Input takes some of a picture's values alone."
    elif not columns or len(shape) != 1 or sum(width_of(column) for column in columns) != shape[0]:
        return "Samples are neither pictures nor rows of a table."
    output = _output(network)
    if len(output.shape) != 1 or (network.classes and output.shape[0] not in (1, len(network.classes))):
        return f"'{output.id}' does not give one answer for each row."
    return ""


def _output(network: ExportedNetwork) -> Resolved:
    return next(node for node in network.nodes if node.id == network.output)


def _answers(graph: Graph, network: ExportedNetwork, values: Mapping[str, str]) -> list[str]:
    """Write the answer in words or in the target's unit; names of its outputs."""
    output, value = _output(network), values[network.output]
    width = output.shape[0]
    if network.classes:
        own = output.options["loss"]
        folded = losses[network.loss if own == "run" else own].folds
        source = next(node for node in network.nodes if node.id == output.inputs[0])
        return write_label(graph, value, network.classes, source.layer.id != folded, width)
    shift, scale = (np.atleast_1d(network.preprocessing[key]) for key in ("y_shift", "y_scale"))
    columns = read_columns(output.options["columns"], len(network.preprocessing["targets"]), "targets")
    if columns is not None and scale.size > 1:
        shift, scale = shift[list(columns)], scale[list(columns)]
    return write_numbers(graph, value, scale, shift, width)


def add_steps(graph: Graph, network: ExportedNetwork, steps: ChannelsFirst, values: dict[str, str]) -> None:
    """Write all steps but the Inputs, whose values are known; ``values`` gets the name of each value."""
    shared: dict[tuple[str, ...], str] = {}
    for step in steps.steps:
        if step.kind == "input":
            continue
        arrays = arrays_of(network, step) if step.kind != TURN else {}
        entering = tuple(values[name] for name in step.inputs)
        values[step.name] = EMITTERS[step.kind].emit(Emission(graph, step, entering, arrays, shared))


def add_outputs(
    graph: Graph, steps: ChannelsFirst, values: Mapping[str, str],
    unscaled: Mapping[str, units.Unscaling] | None = None,
) -> list[str]:  # fmt: skip
    """Give out what the Outputs have, pictures with channels first and all else as nnstudio has it;
    ``unscaled`` in the units of the data.
    """
    names = []
    for step in (steps.step(name) for name in steps.outputs):
        value, shape, rank = values[step.name], step.shape, len(step.shape)
        if rank > 1 and step.is_first != (rank == 3):
            axes = last_axes(rank) if step.is_first else first_axes(rank)
            value = graph.op("Transpose", [value], f"{step.name}.transpose", perm=axes)
            shape = tuple(shape[axis - 1] for axis in axes[1:])
        if step.name in (unscaled or {}):
            value = _in_units(graph, step.name, value, (unscaled or {})[step.name], rank)
        names.append(graph.output(value, step.name, shape))
    return names


def _in_units(graph: Graph, name: str, value: str, pair: units.Unscaling, rank: int) -> str:
    for kind, key, numbers in (("Mul", "scale", pair[1]), ("Add", "shift", pair[0])):
        first = np.moveaxis(numbers, -1, 0) if numbers.ndim == rank == 3 else numbers
        value = graph.op(kind, [value, graph.constant(f"{name}.{key}", first)], f"{name}.{kind.lower()}")
    return value


def _scaled(
    graph: Graph, network: ExportedNetwork, step: Step, columns: tuple[int, ...] | None, value: str
) -> str:
    """The values of an Input less the shift and by the scale of each."""
    for kind, key, idle in (("Sub", "x_shift", 0.0), ("Div", "x_scale", 1.0)):
        numbers = _for_each(network, key)
        if columns is not None:
            numbers = numbers.ravel()[list(columns)]
        if (numbers == idle).all():
            continue
        numbers = np.moveaxis(_compact(numbers), -1, 0) if step.is_first else _compact(numbers)
        constant = graph.constant(f"{step.name}.{key[2:]}", numbers)
        value = graph.op(kind, [value, constant], f"{step.name}.{kind.lower()}")
    return value


def _for_each(network: ExportedNetwork, key: str) -> np.ndarray:
    """The shift or scale of each value of a sample, in its shape: one stands for all, or for a channel."""
    numbers, shape = np.array(network.preprocessing[key]), network.input_shape
    return numbers.reshape(shape) if numbers.size == math.prod(shape) else np.broadcast_to(numbers, shape)


def _compact(numbers: np.ndarray) -> np.ndarray:
    """One number for each channel where all values of a channel share it."""
    channels = numbers[(0,) * (numbers.ndim - 1)]
    return channels.reshape((1,) * (numbers.ndim - 1) + (-1,)) if (numbers == channels).all() else numbers


def sentence(network: ExportedNetwork, takes: str) -> str:
    """What a person reads first in the file."""
    is_picture = takes == UNITS and len(network.input_shape) == 3
    sizes = [network.input_shape[axis] for axis in (2, 0, 1)] if is_picture else network.input_shape
    shape = " × ".join(map(str, sizes))
    classes = network.classes
    gives = f"what tells {len(classes)} classes apart" if classes else _gives(network, takes)
    return (
        f"Trained on {network.preprocessing['data']} with nnstudio {__version__}. It takes {takes} "
        f"({shape} for each sample{', channels first' if is_picture else ''}) and gives {gives}; "
        f"'{EXAMPLE}' in its metadata is a program that predicts with it."
    )


def _gives(network: ExportedNetwork, takes: str) -> str:
    is_twice = takes != UNITS and network.has_scaled_targets and not units.unscalings(network)
    return f"{units.gives(network)}, and again in those units" if is_twice else units.gives(network)


def metadata(network: ExportedNetwork, takes: str, told: Mapping[str, Any]) -> dict[str, str]:
    """Texts, all but the first four JSON."""
    p = network.preprocessing
    own = {key: p[key] for key in ("classes", "features", "targets", "input_shape")}
    scaling = {key: p[key] for key in ("x_shift", "x_scale", "y_shift", "y_scale")}
    plain = {**own, "scaling": scaling, "preprocessing": dict(p), "loss": network.loss, "opset": OPSET}
    return {
        "nnstudio": __version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "units": takes,
        "layout": LAYOUT,
        **{key: json.dumps(value) for key, value in {**plain, **told}.items()},
    }
