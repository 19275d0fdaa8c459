"""A network as an ONNX model: scaling, all steps, outputs, and the description that travels along."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from nnkernels.graph.network import read_columns
from nnkernels.spec import size_of
from nnstudio import __version__
from nnstudio.export.channels_first import TURN, ChannelsFirst, Step, arrays_of, first_axes, last_axes
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.onnx import elementwise, sequences, weighted
from nnstudio.export.onnx.emitters import EMITTERS, Emission
from nnstudio.export.onnx.graph import OPSET, Graph

# Importing them fills the table of emitters.
FAMILIES = (elementwise, sequences, weighted)
UNITS = "values in the units of the data; the graph scales them itself"
LAYOUT = "pictures (batch, channels, height, width); sequences (batch, steps, features); float32"


@dataclass(frozen=True)
class Columns:
    """A graph input: which of the values of a sample it takes, from 0; None for all in their shape."""

    name: str
    columns: tuple[int, ...] | None


def plain_model(network: ExportedNetwork) -> Any:
    """A ``ModelProto`` with one graph input for each Input node and one output for each Output node."""
    graph, steps = Graph(), ChannelsFirst.of(network)
    values, inputs = {}, []
    for step in steps.inputs:
        columns = read_columns(step.options["columns"], size_of(network.input_shape), "values")
        name = graph.input(step.name, step.shape)
        inputs.append(Columns(name, columns))
        values[step.name] = _scaled(graph, network, step, columns, name)
    add_steps(graph, network, steps, values)
    outputs = add_outputs(graph, steps, values)
    told = {"inputs": [{"name": i.name, "columns": i.columns} for i in inputs], "outputs": outputs}
    return graph.finished("nnstudio", sentence(network), __version__, metadata(network, told))


def add_steps(graph: Graph, network: ExportedNetwork, steps: ChannelsFirst, values: dict[str, str]) -> None:
    """Write all steps but the Inputs, whose values are known; ``values`` gets the name of each value."""
    shared: dict[tuple[str, ...], str] = {}
    for step in steps.steps:
        if step.kind == "input":
            continue
        arrays = arrays_of(network, step) if step.kind != TURN else {}
        entering = tuple(values[name] for name in step.inputs)
        values[step.name] = EMITTERS[step.kind].emit(Emission(graph, step, entering, arrays, shared))


def add_outputs(graph: Graph, steps: ChannelsFirst, values: Mapping[str, str]) -> list[str]:
    """Give out what the Outputs have, pictures with channels first and all else as nnstudio has it."""
    names = []
    for step in (steps.step(name) for name in steps.outputs):
        value, shape, rank = values[step.name], step.shape, len(step.shape)
        if rank > 1 and step.is_first != (rank == 3):
            axes = last_axes(rank) if step.is_first else first_axes(rank)
            value = graph.op("Transpose", [value], f"{step.name}.transpose", perm=axes)
            shape = tuple(shape[axis - 1] for axis in axes[1:])
        names.append(graph.output(value, step.name, shape))
    return names


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


def sentence(network: ExportedNetwork) -> str:
    """What a person reads first in the file."""
    shape = " × ".join(str(n) for n in network.input_shape)
    classes = network.classes
    gives = f"what tells {len(classes)} classes apart" if classes else "numbers, scaled as 'scaling' says"
    return (
        f"Trained on {network.preprocessing['data']} with nnstudio {__version__}. It takes {UNITS} "
        f"({shape} for each sample) and gives {gives}."
    )


def metadata(network: ExportedNetwork, told: Mapping[str, Any]) -> dict[str, str]:
    """Texts, all but the first three JSON."""
    p = network.preprocessing
    own = {key: p[key] for key in ("classes", "features", "targets", "input_shape")}
    scaling = {key: p[key] for key in ("x_shift", "x_scale", "y_shift", "y_scale")}
    plain = {**own, "scaling": scaling, "preprocessing": dict(p), "loss": network.loss, "opset": OPSET}
    return {
        "nnstudio": __version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "units": UNITS,
        "layout": LAYOUT,
        **{key: json.dumps(value) for key, value in {**plain, **told}.items()},
    }
