"""Follows the values of an ONNX graph, channels first there, and builds nnstudio's nodes, channels last."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnkernels.spec import PLACEHOLDER, Shape, SpecError, layers, size_of
from nnstudio.importing.importer import Imported, ImportedNode, Row
from nnstudio.model.atomic_file import FileError


class NotExpressible(Exception):
    """A node that no layer computes; the text is a sentence that names what is missing."""


@dataclass(frozen=True, eq=False)
class OnnxNode:
    """A node of the file; attributes are plain values and arrays."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Value:
    """What a name of the graph stands for.

    Attributes:
        node: the imported node that gives it.
        shape: of one sample, as ours lies; None behind a placeholder.
        is_first: whether the file has its channels first.
        order: our number of each value, where a Flatten of the file visits them in another order.
        ones: axes of length one that the file keeps at its end and we do not.
    """

    node: str
    shape: Shape | None
    is_first: bool = False
    order: np.ndarray | None = None
    ones: int = 0


@dataclass(frozen=True, eq=False)
class Built:
    """A layer to add, and how its value lies compared with the first input's."""

    kind: str
    options: Mapping[str, Any]
    inputs: tuple[Value, ...]
    arrays: Mapping[str, np.ndarray]
    is_first: bool = False
    order: np.ndarray | None = None
    ones: int = 0


class GraphReader:
    """Reads one graph.

    Attributes:
        inputs: shape of each input with the batch, -1 where open.
        build: gives the layer of a node, or the value that it only passes on, or raises NotExpressible.
        constants: arrays by name; grows by those of Constant nodes.
        reads: how often nodes and outputs of the graph take each value.
    """

    def __init__(
        self,
        file: str,
        opset: int,
        build: Callable[[GraphReader, OnnxNode], Built | Value],
        inputs: Mapping[str, Shape],
        constants: dict[str, np.ndarray],
    ) -> None:
        self.file, self.opset, self.build = file, opset, build
        self.inputs, self.constants = inputs, constants
        self.values: dict[str, Value] = {}
        self.nodes: dict[str, ImportedNode] = {}
        self.rows: list[Row] = []
        self.users: dict[str, list[str]] = {}
        self.reads: Counter[str] = Counter()

    def read(self, nodes: Sequence[OnnxNode], outputs: Sequence[str], metadata: dict[str, str]) -> Imported:
        """The whole graph. Raises FileError where it is no network at all."""
        self.reads = Counter([*outputs, *(source for node in nodes for source in node.inputs)])
        for name, shape in self.inputs.items():
            self._add_input(name, shape)
        for node in nodes:
            self._add(node)
        for name in outputs:
            self._add_output(name)
        for name, array in self.constants.items():
            users = self.users.get(name, [])
            text = f"Shape {array.shape}, used by {', '.join(users)}." if users else "Nothing uses it."
            self.rows.append(Row(name, "array", users[0] if users else "", text))
        return Imported(tuple(self.nodes.values()), tuple(self.rows), metadata)

    def array(self, name: str) -> np.ndarray:
        """A constant as float32. Raises NotExpressible."""
        if name not in self.constants:
            raise NotExpressible(f"'{name}' must be a constant of the file, but is computed.")
        return np.asarray(self.constants[name], np.float32)

    def _add_input(self, name: str, shape: Shape) -> None:
        sample = shape[1:]
        if len(self.inputs) > 1 or not sample or min(sample) < 1:
            raise FileError(
                f"The input '{name}' of '{self.file}' has shape {shape}; one input is read, all of whose "
                "sizes but the batch are known. Export it so."
            )
        first = len(sample) == 3
        ours = (*sample[1:], sample[0]) if first else sample
        self.nodes[name] = ImportedNode(name, "input", {}, (), {}, ours)
        self.values[name] = Value(name, ours, first)
        self.rows.append(Row(name, "input", name, f"Input of shape {ours}."))

    def _add(self, node: OnnxNode) -> None:
        for name in node.inputs:
            if name and name not in self.values and name not in self.constants:
                raise FileError(
                    f"The node '{node.name}' of '{self.file}' takes '{name}', which nothing before it gives. "
                    "The file is damaged, or its nodes go in a circle; export it again."
                )
        try:
            if node.kind == "Constant":
                self._keep_constant(node)
                return
            self._add_built(node, self.build(self, node))
        except NotExpressible as error:
            self._add_placeholder(node, str(error))

    def _keep_constant(self, node: OnnxNode) -> None:
        known = ("value", "value_float", "value_int", "value_floats", "value_ints")
        values = [node.attributes[name] for name in known if name in node.attributes]
        if not values:
            raise NotExpressible("Constants of this kind are not read.")
        self.constants[node.outputs[0]] = np.asarray(values[0])

    def _add_built(self, node: OnnxNode, built: Built | Value) -> None:
        if any(output for output in node.outputs[1:]):
            raise NotExpressible("A second result of this node is used, and layers give one.")
        if isinstance(built, Value):
            self.values[node.outputs[0]] = built
            self.rows.append(Row(node.name, node.kind, built.node, "Part of that layer, or needed by none."))
            return
        layer = layers[built.kind]
        options = {o.name: o.default for o in layer.options} | dict(built.options)
        for option in layer.options:
            value = options[option.name]
            low, high = option.low, option.high
            if (low is not None and value < low) or (high is not None and value > high):
                raise NotExpressible(f"{layer.title} cannot have {option.name} {value}.")
        shapes = [value.shape for value in built.inputs if value.shape is not None]
        try:
            shape = layer.shape(options, shapes)
            declared = {p.name: p.shape for p in layer.parameters(options, shapes)}
        except SpecError as error:
            raise NotExpressible(str(error)) from error
        if declared != {name: array.shape for name, array in built.arrays.items()}:
            raise NotExpressible(f"Its arrays do not have the shapes {declared} that {layer.title} needs.")
        name = self._new_name(node.name)
        inputs = tuple(value.node for value in built.inputs)
        self.nodes[name] = ImportedNode(name, built.kind, options, inputs, built.arrays, shape)
        self.values[node.outputs[0]] = Value(name, shape, built.is_first, built.order, built.ones)
        self.rows.append(Row(node.name, node.kind, name, f"{layer.title}."))
        for source in node.inputs:
            if source in self.constants:
                self.users.setdefault(source, []).append(name)

    def add_bias(self, dense: str, source: str, bias: np.ndarray) -> None:
        """Give a Dense without a bias the one that the node behind it adds."""
        node = self.nodes[dense]
        options, arrays = {**node.options, "bias": True}, {**node.arrays, "bias": bias}
        self.nodes[dense] = replace(node, options=options, arrays=arrays)
        self.users.setdefault(source, []).append(dense)

    def _add_placeholder(self, node: OnnxNode, reason: str) -> None:
        name = self._new_name(node.name)
        plain = {key: _plain(value) for key, value in node.attributes.items()}
        data = json.dumps({"attributes": plain, "inputs": node.inputs}, default=str)
        inputs = tuple(dict.fromkeys(self.values[s].node for s in node.inputs if s in self.values))
        options = {"kind": f"onnx.{node.kind}", "data": data}
        self.nodes[name] = ImportedNode(name, PLACEHOLDER, options, inputs, {}, None)
        for output in filter(None, node.outputs):
            self.values[output] = Value(name, None)
        text = f"Kept as a placeholder: {reason}"
        self.rows.append(Row(node.name, node.kind, name, text))
        for source in node.inputs:
            if source in self.constants:
                self.users.setdefault(source, []).append(name)

    def _add_output(self, name: str) -> None:
        value = self.values.get(name)
        if value is None:
            raise FileError(f"Nothing in '{self.file}' gives its output '{name}'. Export it again.")
        added = self._new_name(name)
        text = "Output."
        if value.order is not None or value.ones or value.is_first:
            text = "Output; its values lie with channels last, where the file has them first."
        self.nodes[added] = ImportedNode(added, "output", {}, (value.node,), {}, value.shape)
        self.rows.append(Row(name, "output", added, text))

    def _new_name(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self.nodes:
            name, number = f"{wanted} {number}", number + 1
        return name


def _plain(value: Any) -> Any:
    """An attribute as JSON holds it; arrays by their shape."""
    return {"array of shape": list(value.shape)} if isinstance(value, np.ndarray) else value


def visited_first(shape: Shape) -> np.ndarray:
    """Our number of each value in the order in which a Flatten visits them with channels first."""
    return np.moveaxis(np.arange(size_of(shape)).reshape(shape), -1, 0).ravel()
