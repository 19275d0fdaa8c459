"""A trained network as formats see it: frozen, with everything that must travel with the weights."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.program import Target
from nnkernels.spec import Role, Shape, layers
from nnstudio import __version__
from nnstudio.export.picture_files import LearnedPictures
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.evaluation import Evaluation

# How arrays lie in memory, in words for whoever reads a file.
MEMORY_LAYOUT = "NHWC; dense weights (in, out); convolution weights (height, width, in, out)"


@dataclass(frozen=True)
class ExportedNetwork:
    """A network with its weights, between the values of the data and what its first Output gives.

    Attributes:
        nodes: in order of computation, with options filled in and shapes of one sample, without the batch
            axis; sub-networks and composites are replaced by their parts.
        output: identifier of the node that gives the prediction.
        arrays: trained arrays and running statistics by "node.parameter", float32.
        owners: node to the node whose parameters it uses, for all nodes with parameters.
        loss: identifier of the loss it was trained with.
        targets: its Outputs and what each is compared with, the prediction's first.
        settings: how it was trained; "balanced" class weights among the loss's options are numbers.
        preprocessing: data (its name), classes, features, targets (names), input_shape, and x_shift, x_scale,
            y_shift, y_scale: a value v of the data enters as (v - shift) / scale, one shift for all or one
            for each feature. Plain data.
        pictures: those that it learned from; None where samples are none, or nothing is known of them.
        told: of a part of another network, what it takes and gives, in sentences.
    """

    nodes: tuple[Resolved, ...]
    output: str
    arrays: Mapping[str, np.ndarray]
    owners: Mapping[str, str]
    loss: str
    preprocessing: Mapping[str, Any]
    targets: tuple[Target, ...]
    settings: TrainingSettings
    pictures: LearnedPictures | None = None
    told: str = ""

    @staticmethod
    def of(trained: Evaluation, told: str = "") -> ExportedNetwork:
        """A network as it stands; arrays are copies."""
        layout = trained.layout
        settings = replace(trained.settings, loss_options=dict(trained.loss_options))
        return ExportedNetwork(
            tuple(layout.nodes.values()), layout.output, trained.arrays(), dict(layout.owners),
            trained.settings.loss, trained.data.preprocessing(), layout.targets, settings,
            LearnedPictures.of(trained.data), told,
        )  # fmt: skip

    @property
    def input_shape(self) -> Shape:
        """Shape of one sample."""
        return tuple(self.preprocessing["input_shape"])

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty where the target is a number."""
        return tuple(self.preprocessing["classes"])

    @property
    def has_scaled_targets(self) -> bool:
        """Whether numbers are scaled back before they are in the units of the data."""
        p = self.preprocessing
        ends = {*np.ravel(p["y_shift"]).tolist()}, {*np.ravel(p["y_scale"]).tolist()}
        return not self.classes and ends != ({0.0}, {1.0})

    def parameters(self, node: Resolved) -> dict[str, np.ndarray]:
        """The arrays that a node uses, by the names that its layer gives them."""
        owner = self.owners.get(node.id, node.id)
        return {p.name: self.arrays[f"{owner}.{p.name}"] for p in node.parameters}

    def metadata(self) -> dict[str, str]:
        """All but the arrays, as JSON texts; `predict` understands it."""
        nodes = [
            {"id": n.id, "layer": n.layer.id, "options": dict(n.options), "inputs": list(n.inputs),
             "shape": list(n.shape), "owner": self.owners.get(n.id, n.id)}
            for n in self.nodes
        ]  # fmt: skip
        plain = {
            "nnstudio": __version__,
            "layout": MEMORY_LAYOUT,
            "nodes": nodes,
            "output": self.output,
            "loss": self.loss,
            "preprocessing": dict(self.preprocessing),
        }
        return {key: json.dumps(value) for key, value in plain.items()}


def predict(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str], inputs: np.ndarray) -> np.ndarray:
    """What the first Output of a network gives that is known by its file only; as `outputs`."""
    return _values(arrays, metadata, inputs)[json.loads(metadata["output"])]


def outputs(
    arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str], inputs: np.ndarray
) -> dict[str, np.ndarray]:
    """What each Output of a network gives that is known by its file only, in the layers' slow NumPy
    references: by identifier, in the order of the network.

    Inputs `(n, *input_shape)` in the data's units. Float64. Raises KeyError or ValueError where arrays or
    metadata are not those of a network.
    """
    values = _values(arrays, metadata, inputs)
    nodes = json.loads(metadata["nodes"])
    return {n["id"]: values[n["id"]] for n in nodes if layers[n["layer"]].role == Role.OUTPUT}


def _values(
    arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str], inputs: np.ndarray
) -> dict[str, np.ndarray]:
    """What each node gives, by identifier; as `outputs`."""
    scaling = json.loads(metadata["preprocessing"])
    shape = inputs.shape[1:]
    x = (inputs - _each(scaling["x_shift"], shape)) / _each(scaling["x_scale"], shape)
    values: dict[str, np.ndarray] = {}
    shapes: dict[str, Shape] = {}
    for node in json.loads(metadata["nodes"]):
        layer, options = layers[node["layer"]], node["options"]
        shapes[node["id"]] = tuple(node["shape"])
        if layer.role == Role.INPUT:
            values[node["id"]] = layer.reference(options, [x], {})
            continue
        entering = [shapes[source] for source in node["inputs"]]
        own = _own_arrays(arrays, node["owner"], layer.parameters(options, entering))
        values[node["id"]] = layer.reference(options, [values[s] for s in node["inputs"]], own)
    return values


def _each(values: Sequence[float], shape: Sequence[int]) -> np.ndarray:
    """One value for all features, or for each channel; else one for each in the shape of a sample: they are
    written in a row.
    """
    array = np.array(values)
    return array.reshape(shape) if array.size == math.prod(shape) else array


def _own_arrays(
    arrays: Mapping[str, np.ndarray], owner: str, declared: Sequence[Any]
) -> dict[str, np.ndarray]:
    own = {p.name: np.asarray(arrays[f"{owner}.{p.name}"], np.float64) for p in declared}
    for p in declared:
        if own[p.name].shape != p.shape:
            raise ValueError(f"'{owner}.{p.name}' came back with another shape")
    return own
