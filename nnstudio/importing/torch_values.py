"""What names stand for while PyTorch source is followed: values with axes, modules, recurrent states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnkernels.spec import Shape, size_of
from nnstudio.importing.builder import NetworkBuilder, NotExpressible
from nnstudio.importing.importer import ImportedNode, Row

# The size of the batch, wherever a source asks for it.
BATCH = object()


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor.

    Attributes:
        node: the imported node that gives it.
        shape: of one sample, as PyTorch has it; None behind a placeholder.
        axes: which axis of the node each of these is.
        flattened: where the node is a Flatten that visits values in another order than PyTorch: the node's
            shape before it, and the axes then.
        is_index: whether numbers were made whole, to look up rows with them.
        turned: whether the steps of a sequence come last first, the node's first axis the other way round.
    """

    node: str
    shape: Shape | None
    axes: tuple[int, ...] = ()
    flattened: tuple[Shape, tuple[int, ...]] | None = None
    is_index: bool = False
    turned: bool = False


@dataclass(frozen=True, eq=False)
class Module:
    """A module of torch.nn: its class, its arguments, and its name in the state_dict."""

    kind: str
    values: Sequence[Any]
    named: Mapping[str, Any]
    path: str
    line: int

    def options(self, **defaults: Any) -> dict[str, Any]:
        """Arguments by the names of ``defaults``, in their order. Raises NotExpressible for others."""
        names = list(defaults)
        if len(self.values) > len(names):
            raise NotExpressible(f"{self.kind} has more arguments than are known.")
        given = {**dict(zip(names, self.values, strict=False)), **self.named}
        others = sorted(given.keys() - defaults.keys() - {"device", "dtype", "inplace"})
        if others:
            raise NotExpressible(f"The argument {others[0]!r} of {self.kind} is not known.")
        return {name: given.get(name, default) for name, default in defaults.items()}


@dataclass(frozen=True, eq=False)
class Group:
    """Modules in a row: a Sequential, which can be called, or a ModuleList."""

    kind: str
    modules: dict[str, Any]


@dataclass(eq=False)
class Instance:
    """A module of the file's own: its class, and what its __init__ sets."""

    kind: str
    attributes: dict[str, Any] = field(default_factory=dict)
    path: str = ""


@dataclass(eq=False)
class Recurrent:
    """A call of a recurrent module, which becomes layers as its outputs or its last state are used.

    Attributes:
        turned: whether the steps of what enters come last first.
        results: of its layers by their number, and what they give.
    """

    module: Module
    source: Value
    turned: bool = False
    results: dict[tuple[int, str], Value] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Outputs:
    """Of a recurrent call: the outputs of all steps, or its state or memory cell after the last."""

    call: Recurrent
    what: str


@dataclass(frozen=True, eq=False)
class StateOf:
    """Of a recurrent call: the last state or memory cell of one direction."""

    call: Recurrent
    number: int
    what: str


@dataclass(frozen=True, eq=False)
class Pooled:
    """What is left of a picture or a sequence with one value for each channel, and axes of length 1."""

    row: Value
    ones: int


@dataclass(frozen=True)
class OwnClass:
    """A class of the file, by its name."""

    name: str


@dataclass(frozen=True, eq=False)
class Unknown:
    """Something that is not followed; what uses it says so."""

    text: str
    line: int


@dataclass(frozen=True, eq=False)
class Hidden:
    """Which steps of a sequence attention leaves out: those where a value is 0."""

    value: Value


@dataclass(frozen=True, eq=False)
class Half:
    """One factor of all products of two values of a row: the first or the second of each pair."""

    value: Value
    is_first: bool


class ValueBuilder(NetworkBuilder):
    """Adds layers to values, and turns axes where a layer takes them in another order.

    Attributes:
        at: what is read just now, in words, and its line.
        lines: the same for each node that was added.
    """

    def __init__(self, draws: bool = False) -> None:
        super().__init__(draws)
        self.at: tuple[str, int] = ("", 0)
        self.lines: dict[str, tuple[str, int]] = {}
        # Of rows cut out of others: where from, the nodes that do it, and the numbers of the values.
        self.picks: dict[str, tuple[str, str, list[str], str, list[int]]] = {}

    def note_added(self, name: str) -> None:
        self.lines[name] = self.at

    def part_input(self, name: str) -> None:
        """Make an Input of each part that is cut out of the only one, where they lie in a row and are all."""
        picks = {node: pick for node, pick in self.picks.items() if pick[0] == name and node in self.nodes}
        chained = {pick[1] for pick in picks.values()}
        users = {node.name for node in self.nodes.values() if name in node.inputs}
        together = [n for pick in picks.values() for n in pick[4]]
        shape = self.nodes[name].shape
        if not picks or users != chained or shape is None or together != list(range(shape[0])):
            return
        removed = {name, *chained, *(p for pick in picks.values() for p in (*pick[2], pick[3]))}
        kept = {key: node for key, node in self.nodes.items() if key not in removed}
        for node, pick in picks.items():
            kept[node] = ImportedNode(node, "input", {}, (), {}, (len(pick[4]),))
        self.nodes = {**{node: kept[node] for node in picks}, **kept}
        self.rows = [row for row in self.rows if row.layer != name]

    def tell(self) -> None:
        """A row for each layer."""
        told = {row.layer for row in self.rows}
        for name, (kind, line) in self.lines.items():
            if name in self.nodes and name not in told:
                self.rows.append(Row(name, kind, name, f"Line {line}."))

    def say(self, name: str, text: str, is_assumed: bool = False) -> None:
        """A row for a layer that says more than its line."""
        kind, line = self.lines[name]
        self.rows.append(Row(name, kind, name, f"Line {line}. {text}", is_assumed=is_assumed))

    def arranged(self, value: Value, order: Sequence[int]) -> str:
        """A node whose axes are those of PyTorch in this order."""
        shape = self.torch_shape(value)
        if value.flattened is not None:
            value = self._unflattened(value)
        if [value.axes.index(axis) for axis in range(len(shape))] != list(order):
            turned = ", ".join(str(value.axes[axis] + 1) for axis in order)
            return self.add(f"{value.node} turned", "permute", {"axes": turned}, [value.node])
        return value.node

    def natural(self, value: Value) -> str:
        """A node with PyTorch's axes in PyTorch's order."""
        return self.arranged(value, range(len(self.torch_shape(value))))

    def last(self, value: Value) -> str:
        """A node with the first axis, the channels, last."""
        rank = len(self.torch_shape(value))
        return self.arranged(value, [*range(1, rank), 0])

    def torch_shape(self, value: Value) -> Shape:
        """Raises NotExpressible behind a placeholder, and for whole numbers that only a table takes."""
        if value.shape is None:
            raise NotExpressible("It takes the value of a placeholder, whose shape is not known.")
        if value.is_index:
            raise NotExpressible("Whole numbers are read where an Embedding takes them.")
        if value.turned:
            raise NotExpressible("Its steps come last first; only recurrent layers take them so.")
        return value.shape

    def _unflattened(self, value: Value) -> Value:
        """A row whose values lie as PyTorch flattens them."""
        assert value.flattened is not None
        shape, axes = value.flattened
        if not any(value.node in node.inputs for node in self.nodes.values()):
            # Nothing took it so far: its axes are turned before.
            (source,) = self.nodes.pop(value.node).inputs
            turned = {"axes": ", ".join(str(axis + 1) for axis in axes)}
            node = self.add(f"{source} turned", "permute", turned, [source])
            return Value(self.add(value.node, "flatten", {}, [node]), value.shape, (0,))
        target = {"target": ", ".join(map(str, shape))}
        picture = self.add(f"{value.node} back", "reshape", target, [value.node])
        turned = {"axes": ", ".join(str(axis + 1) for axis in axes)}
        node = self.add(f"{value.node} turned", "permute", turned, [picture])
        flat = self.add(f"{value.node} in order", "flatten", {}, [node])
        return Value(flat, value.shape, (0,))

    def in_order(self, node: str) -> Value:
        """A value whose axes are the node's."""
        shape = self.nodes[node].shape or ()
        return Value(node, shape, tuple(range(len(shape))))

    def channels_first(self, node: str) -> Value:
        """A value whose first axis is the node's last."""
        shape = self.nodes[node].shape or ()
        rank = len(shape)
        return Value(node, (shape[-1], *shape[:-1]), (rank - 1, *range(rank - 1)))

    def each(self, wanted: str, kind: str, options: Mapping[str, Any], value: Value) -> Value:
        """A layer that works value by value, in whatever order they lie."""
        shape = self.torch_shape(value)
        node = self.add(wanted, kind, options, [value.node])
        return Value(node, shape, value.axes, value.flattened)

    def flattened(self, wanted: str, value: Value) -> Value:
        """A row of all values."""
        shape = self.torch_shape(value)
        if len(shape) == 1:
            return value
        before = self.nodes[value.node].shape or ()
        node = self.add(wanted, "flatten", {}, [value.node])
        is_natural = value.axes == tuple(range(len(shape)))
        return Value(node, (size_of(shape),), (0,), None if is_natural else (before, value.axes))

    def reshaped(self, wanted: str, value: Value, shape: Shape) -> Value:
        """Another shape, values in PyTorch's order."""
        if size_of(shape) != size_of(self.torch_shape(value)):
            raise NotExpressible(f"{self.torch_shape(value)} cannot become {shape}.")
        if shape == value.shape:
            return value
        if len(shape) == 1:
            return self.flattened(wanted, value)
        target = {"target": ", ".join(map(str, shape))}
        return self.in_order(self.add(wanted, "reshape", target, [self.natural(value)]))


def row_order(flattened: tuple[Shape, tuple[int, ...]]) -> np.ndarray:
    """Our number of each value in the order in which PyTorch flattens them."""
    shape, axes = flattened
    return np.arange(size_of(shape)).reshape(shape).transpose(axes).ravel()
