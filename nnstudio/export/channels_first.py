"""A network as programs compute it whose pictures have channels first: PyTorch and ONNX.

nnstudio's values have channels last. Here each node is told how its values lie, turns of axes stand where two
nodes differ, and the rows of a Dense behind a Flatten follow the order in which Flatten then visits values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.spec import Role, Shape, size_of
from nnkernels.spec.axes import LAST, read_axis
from nnstudio.export.network import ExportedNetwork

# The kind of step that turns axes; all others are identifiers of layers.
TURN = "turn"
# Layers of pictures and sequences that PyTorch and ONNX compute with channels first.
CHANNELS_FIRST = frozenset({
    "conv1d", "conv2d", "convtranspose1d", "convtranspose2d", "maxpool1d", "maxpool2d", "averagepool1d",
    "averagepool2d", "globalaveragepool1d", "globalaveragepool", "globalmaxpool1d", "globalmaxpool",
    "upsampling2d", "pad1d", "pad2d", "crop1d", "crop2d",
})  # fmt: skip
# Layers whose arrays hold one number for each channel, the second axis there.
BY_CHANNEL = frozenset({"batchnorm", "prelu"})
# Layers that work value by value, so that it does not matter how values lie.
ANY_ORDER = frozenset({
    "relu", "sigmoid", "tanh", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "step", "square",
    "sine", "function", "clamp", "dropout", "gaussiannoise", "identity", "output",
})  # fmt: skip
# What does nothing when predicting.
IDLE = frozenset({
    "dropout", "gaussiannoise", "identity", "output", "randomflip", "randomshift", "randomrotation",
    "randomzoom", "randomerasing",
})  # fmt: skip
# Joins of values that may lie in any order, if all lie alike; those but Concatenate repeat axes of length 1.
JOINS = frozenset({
    "add", "multiply", "subtract", "average", "divide", "maximum", "minimum", "concatenate",
})  # fmt: skip


@dataclass(frozen=True, eq=False)
class Step:
    """A node, or a turn of axes.

    Attributes:
        kind: identifier of the layer, or `TURN`.
        inputs: names of the steps whose values it takes.
        shape, input_shapes: of one sample, as values lie there.
        is_first: whether its values have channels first; those of one axis lie as they always do.
        owner: the node whose arrays it uses, or "".
        order: for a Dense, which of its rows comes at each place there; None for all as they are.
        axes: of a turn: the old axis at each place, the batch being axis 0.
    """

    name: str
    kind: str
    options: Mapping[str, Any]
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    is_first: bool = False
    owner: str = ""
    order: np.ndarray | None = None
    axes: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class ChannelsFirst:
    """A network as steps in order of computation; ``outputs`` are names of the steps of its Outputs, the
    prediction's first.
    """

    steps: tuple[Step, ...]
    outputs: tuple[str, ...]

    @property
    def inputs(self) -> tuple[Step, ...]:
        """The steps of its Input nodes."""
        return tuple(step for step in self.steps if step.kind == "input")

    def step(self, name: str) -> Step:
        """The step of a name."""
        return next(step for step in self.steps if step.name == name)

    @staticmethod
    def of(network: ExportedNetwork) -> ChannelsFirst:
        """The steps that compute a network."""
        return _Builder(network).build()


def first_axes(rank: int) -> tuple[int, ...]:
    """Turns channels last into channels first, the batch included: (0, 3, 1, 2) for pictures."""
    return (0, rank, *range(1, rank))


def last_axes(rank: int) -> tuple[int, ...]:
    """Turns channels first into channels last, the batch included: (0, 2, 3, 1) for pictures."""
    return (0, *range(2, rank + 1), 1)


def shape_first(shape: Shape) -> Shape:
    """The shape of one sample with its channels first."""
    return (shape[-1], *shape[:-1])


def shape_last(shape: Shape) -> Shape:
    """The shape of one sample with its channels last, for one that has them first."""
    return (*shape[1:], shape[0])


class _Builder:
    def __init__(self, network: ExportedNetwork) -> None:
        self.network = network
        self.nodes = {node.id: node for node in network.nodes}
        self.readers: dict[str, list[Resolved]] = {name: [] for name in self.nodes}
        for node in network.nodes:
            for source in node.inputs:
                self.readers[source].append(node)
        self.steps: dict[str, Step] = {}
        # Of values whose order differs from ours: which of ours comes at each place.
        self.orders: dict[str, np.ndarray] = {}

    def build(self) -> ChannelsFirst:
        for node in self.network.nodes:
            self._add(node)
        others = [n.id for n in self.nodes.values() if n.layer.role == Role.OUTPUT]
        prediction = self.network.output
        outputs = (prediction, *[name for name in others if name != prediction])
        return ChannelsFirst(tuple(self.steps.values()), outputs)

    def _add(self, node: Resolved) -> None:
        first, kind = self._is_first(node), node.layer.id
        order = None
        if kind == "flatten" and self.steps[node.inputs[0]].is_first and self._can_reorder(node.id):
            self.orders[node.id] = order_of_flatten(node.input_shapes[0])
            inputs: tuple[str, ...] = node.inputs
        elif kind in ANY_ORDER and node.inputs and node.inputs[0] in self.orders:
            self.orders[node.id], inputs = self.orders[node.inputs[0]], node.inputs
        else:
            if kind == "dense":
                order = self.orders.get(node.inputs[0])
            inputs = tuple(self._lying(source, first) for source in node.inputs)
            if kind in JOINS:
                inputs = tuple(self._aligned(name, len(node.shape)) for name in inputs)
        turned = first and len(node.shape) > 1
        self.steps[node.id] = Step(
            node.id, kind, node.options, inputs, tuple(self.steps[name].shape for name in inputs),
            shape_first(node.shape) if turned else node.shape, turned,
            self.network.owners.get(node.id, ""), order,
        )  # fmt: skip

    def _is_first(self, node: Resolved) -> bool:
        """Whether a node takes values with channels first, and gives such."""
        kind, rank = node.layer.id, len(node.shape)
        if node.layer.role == Role.INPUT:
            return rank == 3
        if kind in CHANNELS_FIRST:
            return True
        if kind in BY_CHANNEL:
            return rank > 1 and any(p.shape == node.shape[-1:] for p in node.parameters)
        ranks = {len(shape) for shape in node.input_shapes}
        if kind in ANY_ORDER | IDLE or (kind in JOINS and ranks == {rank} and not _other_axis(node)):
            return any(self.steps[source].is_first for source in node.inputs)
        return False

    def _lying(self, source: str, first: bool) -> str:
        """The step that gives a value with channels first or last: itself, or a turn of it."""
        step = self.steps[source]
        rank = len(step.shape)
        if rank == 1 or step.is_first == first:
            return source
        name = f"{source}.{'first' if first else 'last'}"
        if name not in self.steps:
            axes = first_axes(rank) if first else last_axes(rank)
            shape = tuple(step.shape[axis - 1] for axis in axes[1:])
            self.steps[name] = Step(name, TURN, {}, (source,), (step.shape,), shape, first, axes=axes)
        return name

    def _aligned(self, name: str, rank: int) -> str:
        """The step that gives a value with so many axes, those of length 1 before its own.

        Each sample repeats its own values; where the batch is an axis like others, it would be aligned with
        an axis of a longer shape.
        """
        step = self.steps[name]
        before = (1,) * (rank - len(step.shape))
        if not before:
            return name
        aligned = f"{name}.rank{rank}"
        shape = (*before, *step.shape)
        options = {"target": ", ".join(map(str, shape))}
        self.steps[aligned] = Step(aligned, "reshape", options, (name,), (step.shape,), shape)
        return aligned

    def _can_reorder(self, name: str) -> bool:
        """Whether only Dense layers with arrays of their own see the order of a node's values."""
        readers = self.readers[name]
        return bool(readers) and all(self._takes_any_order(reader) for reader in readers)

    def _takes_any_order(self, node: Resolved) -> bool:
        if node.layer.id == "dense":
            return self._has_own_arrays(node)
        is_any = node.layer.id in ANY_ORDER and node.layer.role == Role.LAYER
        return is_any and self._can_reorder(node.id)

    def _has_own_arrays(self, node: Resolved) -> bool:
        owners = list(self.network.owners.values())
        return owners.count(self.network.owners[node.id]) == 1


def _other_axis(node: Resolved) -> bool:
    """Whether a Concatenate joins along another axis than the last."""
    return read_axis(node.options.get("axis", LAST), node.shape) != len(node.shape) - 1


def order_of_flatten(shape: Shape) -> np.ndarray:
    """Our number of each value in the order in which a Flatten visits them with channels first."""
    numbers = np.arange(size_of(shape)).reshape(shape)
    return np.moveaxis(numbers, -1, 0).ravel()


def arrays_of(network: ExportedNetwork, step: Step) -> dict[str, np.ndarray]:
    """The arrays of a step as nnstudio has them, the rows of a Dense in the order that it needs."""
    node = next((n for n in network.nodes if n.id == step.name), None)
    arrays = {} if node is None else network.parameters(node)
    if step.order is not None:
        arrays["weight"] = arrays["weight"][step.order]
    return arrays


__all__ = [
    "CHANNELS_FIRST", "IDLE", "TURN", "ChannelsFirst", "Step", "arrays_of", "first_axes", "last_axes",
    "order_of_flatten", "shape_last",
]  # fmt: skip
