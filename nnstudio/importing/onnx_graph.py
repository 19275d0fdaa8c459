"""Follows the values of an ONNX graph, and builds nnstudio's nodes, whose channels are last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnkernels.spec import PLACEHOLDER, Shape, SpecError, layers, size_of
from nnstudio.data.progress import each
from nnstudio.importing.importer import Imported, ImportedNode, Row
from nnstudio.importing.onnx_attention_groups import ALONE
from nnstudio.importing.onnx_inputs import MOST_VALUES, TOLD, WHOLE, input_value, taken_as
from nnstudio.importing.onnx_placeholders import kept_data
from nnstudio.importing.onnx_values import (
    NotExpressible,
    OnnxNode,
    Value,
    first_axes,
    lies_first,
    plain_value,
)
from nnstudio.model.atomic_file import FileError

# What a node of the file gives: a value, or one for each of its outputs.
Result = Value | tuple[Value | None, ...]
# What stands for a list of values; see `GraphReader.lists`.
LIST = Value("", None)
# What is told of nodes that add no layer.
PART = "Part of that layer, or needed by none."


@dataclass(frozen=True, eq=False)
class OnnxGraph:
    """A graph as it was read.

    Attributes:
        inputs: shape of each input with the batch, -1 where open.
        constants: arrays by name; grows by those that nodes compute from constants alone.
        shapes: gives the shapes that the file tells of values between, by name, with the batch.
        wholes: gives the names of values that are whole numbers.
        has_whole_arrays: whether an array is one sample, so that the file has no axis of samples.
    """

    file: str
    opset: int
    nodes: Sequence[OnnxNode]
    inputs: Mapping[str, Shape]
    outputs: Sequence[str]
    constants: dict[str, np.ndarray]
    metadata: Mapping[str, str]
    shapes: Callable[[], Mapping[str, Shape]]
    wholes: Callable[[], frozenset[str]]
    has_whole_arrays: bool = False


class GraphReader:
    """Reads one graph.

    Attributes:
        build: gives the value of a node, whose layers it adds, or raises NotExpressible.
        constants: arrays by name.
        takers: the nodes that take each value; graph outputs are told by `outputs`.
        absorbed: nodes that became part of a layer before they were reached, and the value that they give.
        scaling: as `Imported.scaling`.
        lists: what is in each list of values, by names.
    """

    def __init__(self, graph: OnnxGraph, build: Callable[[GraphReader, OnnxNode], Result]) -> None:
        self.graph, self.build = graph, build
        self.opset, self.constants = graph.opset, graph.constants
        self.values: dict[str, Value] = {}
        self.nodes: dict[str, ImportedNode] = {}
        self.rows: list[Row] = []
        self.users: dict[str, list[str]] = {}
        self.takers: dict[str, list[OnnxNode]] = {}
        for part in (part for node in graph.nodes for part in node.attributes.get(ALONE, (node,))):
            for source in dict.fromkeys(part.inputs):
                self.takers.setdefault(source, []).append(part)
        self.absorbed: dict[str, Value] = {}
        self.scaling: dict[str, np.ndarray] = {}
        self.lists: dict[str, list[str]] = {}
        self.metadata = dict(graph.metadata)
        # Arrays whose first number stands for the batch, whatever that is.
        self.with_batch: set[str] = set()
        # Arrays with one entry along the samples, which stands for all.
        self.repeated: set[str] = set()
        self.batches = {shape[0] for shape in graph.inputs.values() if shape and shape[0] > 0}
        self._added: list[str] = []
        self._said: list[str] = []
        self._is_assumed = False
        self._at: OnnxNode | None = None
        self._arranged: dict[tuple[Any, ...], str] = {}
        self._owners: dict[tuple[Any, ...], str] = {}
        self._known: Mapping[str, Shape] | None = None

    def read(self) -> Imported:
        """The whole graph. Raises FileError where it is no network at all."""
        for name, shape in self.graph.inputs.items():
            self._add_input(name, shape)
        for node in each(self.graph.nodes):
            self._add(node)
        for name in self.graph.outputs:
            self._add_output(name)
        for name, array in self.constants.items():
            users = self.users.get(name, [])
            text = f"Shape {array.shape}, used by {', '.join(users)}." if users else "Nothing uses it."
            self.rows.append(Row(name, "array", users[0] if users else "", text))
        self._prune()
        return Imported(tuple(self.nodes.values()), tuple(self.rows), self.metadata, self.scaling)

    def value(self, name: str) -> Value:
        """What a name stands for, where its shape is known. Raises NotExpressible."""
        if name not in self.values:
            raise NotExpressible(f"'{name}' is a constant, where a value is expected.")
        value = self.values[name]
        if value.shape is None:
            raise NotExpressible("It takes the value of a placeholder, whose shape is not known.")
        return value

    def array(self, name: str) -> np.ndarray:
        """A constant as float32. Raises NotExpressible."""
        array = self.constant(name)
        if array.dtype.kind not in "fiub":
            raise NotExpressible(f"'{name}' is not an array of numbers.")
        return np.asarray(array, np.float32)

    def constant(self, name: str) -> np.ndarray:
        """A constant as it is. Raises NotExpressible."""
        if name not in self.constants:
            raise NotExpressible(f"'{name}' must be a constant of the file, but is computed.")
        return self.constants[name]

    def numbers(self, name: str) -> list[int]:
        """A constant list of whole numbers. Raises NotExpressible."""
        return [int(n) for n in self.constant(name).ravel()]

    def only_taker(self, name: str) -> OnnxNode | None:
        """The node that alone takes a value."""
        takers = self.takers.get(name, [])
        is_alone = len(takers) == 1 and name not in self.graph.outputs
        return takers[0] if is_alone and takers[0].inputs.count(name) == 1 else None

    def absorb(self, node: OnnxNode, value: Value) -> None:
        """A node further on is part of the layer that is being added."""
        self.absorbed[node.outputs[0]] = value
        for source in node.inputs:
            if source in self.constants:
                self.users.setdefault(source, []).append(value.node)

    def say(self, sentence: str, is_assumed: bool = False) -> None:
        """Tell something with the node that is being read; see `Row.is_assumed`."""
        self._said.append(sentence)
        self._is_assumed = self._is_assumed or is_assumed

    def layer(
        self, kind: str, inputs: Sequence[Value], options: Mapping[str, Any] | None = None,
        arrays: Mapping[str, np.ndarray] | None = None, sources: Sequence[str] = (), step: str = "",
    ) -> Value:  # fmt: skip
        """Add a layer; its value as if it lay as in the file. ``sources`` name the constants that its arrays
        are made of: where another layer has the same, they are shared. ``step`` names one of several layers
        of a node. Raises NotExpressible.
        """
        layer, arrays = layers[kind], dict(arrays or {})
        shapes = [value.shape for value in inputs if value.shape is not None]
        try:
            complete = layer.complete(options or {})
            shape = layer.shape(complete, shapes)
            declared = {p.name: p.shape for p in layer.parameters(complete, shapes)}
        except SpecError as error:
            raise NotExpressible(str(error)) from error
        if size_of(shape) > MOST_VALUES:
            raise NotExpressible(f"It would give {size_of(shape):,} values for each sample.")
        if declared != {name: array.shape for name, array in arrays.items()}:
            raise NotExpressible(f"Its arrays do not have the shapes {declared} that {layer.title} needs.")
        assert self._at is not None
        # A node that only changes how values lie is the step itself.
        step = "" if self._at.kind in MOVES else step
        plain = self._at.name.removesuffix(f".{self._at.kind.lower()}")
        name = self._new_name(f"{plain}.{step}" if step else plain)
        key = (kind, *sources, *((n, array.shape) for n, array in arrays.items()))
        owner = self._owners.setdefault(key, name) if sources else name
        if owner != name and all(np.array_equal(self.nodes[owner].arrays[n], a) for n, a in arrays.items()):
            complete, arrays = {**complete, "shares": owner}, {}
        self.nodes[name] = ImportedNode(name, kind, complete, tuple(v.node for v in inputs), arrays, shape)
        self._added.append(name)
        return plain_value(name, shape)

    def arranged(self, value: Value, axes: tuple[int, ...] | None = None) -> Value:
        """The value with axis ``axes[k]`` of the file at place k of ours; as in the file for None."""
        if value.shape is None:
            raise NotExpressible("It takes the value of a placeholder, whose shape is not known.")
        if value.batch:
            raise NotExpressible("The samples of its input are not along the first axis.")
        if value.flat is not None:
            row = value.shape
            unflat = replace(value.flat, node=self.reshaped(value.node, value.flat.shape or ()))
            value = plain_value(self.reshaped(self.arranged(unflat).node, row), row)
        axes = tuple(range(len(value.lies))) if axes is None else axes
        # A sample without axes is one number.
        shape = tuple(value.file_shape[axis] for axis in axes) or (1,)
        needed = [value.lies[axis] for axis in axes]
        ours = [axis for axis in needed if axis is not None]
        node = value.node
        # Axes of length 1 may be anywhere.
        old = value.shape or ()
        moved = [axis for axis in ours if old[axis] > 1]
        if moved != sorted(moved):
            others = [axis for axis in range(len(old)) if axis not in ours]
            node = self._permuted(value, (*others, *ours))
        node = self.reshaped(node, shape)
        return Value(node, shape, tuple(axes.index(axis) for axis in range(len(axes))))

    def first(self, value: Value) -> Value:
        """The value with the axis that the file has first, that of channels, last."""
        return self.arranged(value, first_axes(len(value.lies)))

    def as_first(self, value: Value) -> Value:
        """What a layer gave that works with channels last, where the file has them first."""
        return replace(value, lies=lies_first(len(value.shape or ())))

    def _permuted(self, value: Value, axes: tuple[int, ...]) -> str:
        key = ("permute", value.node, axes)
        if key not in self._arranged:
            text = ", ".join(str(axis + 1) for axis in axes)
            self._arranged[key] = self.layer("permute", [value], {"axes": text}, step="turned").node
        return self._arranged[key]

    def reshaped(self, node: str, shape: Shape) -> str:
        """The node that gives the same values in a shape."""
        while self.nodes[node].kind in ("reshape", "flatten") and self.nodes[node].shape != shape:
            node = self.nodes[node].inputs[0]
        if self.nodes[node].shape == shape:
            return node
        key = ("reshape", node, shape)
        if key not in self._arranged:
            old = plain_value(node, self.nodes[node].shape or ())
            if len(shape) == 1:
                self._arranged[key] = self.layer("flatten", [old], step="flat").node
            else:
                target = {"target": ", ".join(map(str, shape))}
                self._arranged[key] = self.layer("reshape", [old], target, step="shaped").node
        return self._arranged[key]

    def _add_input(self, name: str, shape: Shape) -> None:
        how = WHOLE if self.graph.has_whole_arrays else taken_as(name, len(shape) - 1, self.takers)
        value = input_value(name, shape, how, self.graph.file)
        self.nodes[name] = ImportedNode(name, "input", {}, (), {}, value.shape)
        self.values[name] = value
        self.rows.append(Row(name, "input", name, f"Input of shape {value.shape}{TOLD[how]}."))

    def _add(self, node: OnnxNode) -> None:
        for name in node.inputs:
            if name and name not in self.values and name not in self.constants:
                raise FileError(
                    f"The node '{node.name}' of '{self.graph.file}' takes '{name}', which nothing before it "
                    "gives. The file is damaged, or its nodes go in a circle; export it again."
                )
        self._added, self._said, self._is_assumed, self._at = [], [], False, node
        try:
            if node.outputs and node.outputs[0] in self.absorbed:
                result: Result = self.absorbed[node.outputs[0]]
            else:
                result = self.build(self, node)
            if all(output in self.constants for output in node.outputs):
                self.rows.append(Row(node.name, node.kind, "", "Computed from constants."))
                return
            self._keep(node, (result,) if isinstance(result, Value) else result)
        except NotExpressible as error:
            for name in self._added:
                del self.nodes[name]
            gone = set(self._added)
            self._arranged = {k: v for k, v in self._arranged.items() if not {v, k[1]} & gone}
            self._owners = {k: v for k, v in self._owners.items() if v not in gone}
            if ALONE in node.attributes:
                # It turned out to be no layer.
                for part in node.attributes[ALONE]:
                    self._add(part)
            else:
                self._add_placeholder(node, str(error))

    def _keep(self, node: OnnxNode, results: tuple[Value | None, ...]) -> None:
        """Give the outputs of a node their values, and tell of it."""
        for output, value in zip(node.outputs, (*results, *[None] * len(node.outputs)), strict=False):
            if value is not None:
                self.values[output] = value
            elif output and (output in self.takers or output in self.graph.outputs):
                raise NotExpressible(f"Its result '{output}' is used, which no layer gives.")
        given = next((value.node for value in results if value is not None), None)
        if given is None:
            raise NotExpressible("Nothing takes what it gives.")
        titles = [layers[self.nodes[name].kind].title for name in self._added]
        text = " ".join([f"{', '.join(titles)}." if titles else PART, *self._said])
        for part in node.parts:
            self.rows.append(Row(part.name, part.kind, given, PART))
            self._use_constants(part, given)
        self.rows.append(Row(node.name, node.kind, given, text, is_assumed=self._is_assumed))
        self._use_constants(node, given)

    def _use_constants(self, node: OnnxNode, name: str) -> None:
        for source in node.inputs:
            if source in self.constants:
                self.users.setdefault(source, []).append(name)

    def _add_placeholder(self, node: OnnxNode, reason: str) -> None:
        name = self._new_name(node.name)
        inputs = tuple(dict.fromkeys(self.values[s].node for s in node.inputs if s in self.values))
        arrays = {source: self.constants[source] for source in node.inputs if source in self.constants}
        options = {"kind": f"onnx.{node.kind}", "data": kept_data(self.graph.file, node, arrays)}
        if self._known is None:
            self._known = self.graph.shapes()
        for output in filter(None, node.outputs):
            shape = self._known.get(output, ())[1:]
            self.values[output] = Value(name, None)
            if shape and min(shape) > 0 and len(node.outputs) == 1:
                pictures = Value(name, (*shape[1:], shape[0]), lies_first(len(shape)))
                self.values[output] = pictures if len(shape) == 3 else plain_value(name, shape)
        given = [self.values[output] for output in node.outputs if output]
        first = given[0].shape if given else None
        self.nodes[name] = ImportedNode(name, PLACEHOLDER, options, inputs, {}, first)
        self.rows.append(Row(node.name, node.kind, name, f"Kept as a placeholder: {reason}"))
        self._use_constants(node, name)

    def _add_output(self, name: str) -> None:
        value = self.values.get(name)
        if value is None:
            raise FileError(f"Nothing in '{self.graph.file}' gives its output '{name}'. Export it again.")
        if value.node == "":
            self.rows.append(Row(name, "output", "", "What it tells follows from the other output."))
            return
        self._at = OnnxNode(name, "output", (), (), {})
        text, is_changed = "Output.", False
        shape, batch = value.shape, value.batch
        if shape is not None and len(shape) > 1 and value.lies == lies_first(len(shape)) and not value.flat:
            text = "Output; its values lie with channels last, where the file has them first."
        elif shape is not None:
            try:
                value = self.arranged(replace(value, batch=0))
            except NotExpressible as error:
                text, is_changed = f"Output; its values lie in another order. {error}", True
        if batch:
            text = f"{text} The file has its samples at axis {batch}, and here they are first."
        added = self._new_name(name)
        self.nodes[added] = ImportedNode(added, "output", {}, (value.node,), {}, value.shape)
        self.rows.append(Row(name, "output", added, text, is_changed))

    def _prune(self) -> None:
        """Take away what was put between layers and is not needed, such as a Flatten that was made anew."""
        needed = {source for node in self.nodes.values() for source in node.inputs}
        for name, node in reversed(list(self.nodes.items())):
            if name not in needed and node.kind in ("permute", "reshape", "flatten"):
                del self.nodes[name]
                needed = {source for other in self.nodes.values() for source in other.inputs}
        self.rows = [
            row if row.layer in self.nodes or not row.layer else replace(row, layer="") for row in self.rows
        ]

    def _new_name(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self.nodes:
            name, number = f"{wanted}_{number}", number + 1
        return name


MOVES = frozenset({"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze"})
