"""The layers of a network that weights can be loaded into: their names, shapes here and in PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnkernels.graph.network import Resolved, outer_name
from nnkernels.program import Layout
from nnkernels.spec import Shape, size_of
from nnstudio.export.channels_first import TURN, ChannelsFirst
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.layout import flattened_shapes, from_torch, module_names, to_torch
from nnstudio.importing.array_names import plain_name
from nnstudio.importing.stored_weights import Lying
from nnstudio.model.settings import TrainingSettings

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Target:
    """A layer with arrays of its own.

    Attributes:
        names: what it may be called, plain.
        sharers: the same of nodes that use its arrays.
        arrays: as they are now.
        flattened: what a Flatten before it takes, channels last, where PyTorch visits its values in another
            order; else ().
        lies_apart: whether its values come from such a Flatten by a way on which rows cannot follow.
    """

    node: Resolved
    names: frozenset[str]
    sharers: frozenset[str]
    arrays: Arrays
    flattened: Shape = ()
    lies_apart: bool = False

    @cached_property
    def expected(self) -> Mapping[Lying, Mapping[str, Shape]]:
        """The shapes that arrays of a file must have."""
        theirs = to_torch(self.node.layer.id, self.arrays)
        return {
            Lying.OURS: {name: v.shape for name, v in self.arrays.items()},
            Lying.PYTORCH: {name: v.shape for name, v in theirs.items()},
        }

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """Our arrays that each array of PyTorch's module becomes."""
        kind, options, shapes = self.node.layer.id, self.node.options, self.expected[Lying.PYTORCH]
        parts = {}
        for key in shapes:
            marked = {k: np.full(shape, k == key, np.float32) for k, shape in shapes.items()}
            parts[key] = tuple(k for k, v in from_torch(kind, marked, options).items() if v.any())
        return parts

    def ours(self, lying: Lying, given: Arrays, flattened: Shape) -> dict[str, np.ndarray]:
        """All our arrays, those that are not ``given`` as they are now."""
        if lying == Lying.OURS:
            return {**self.arrays, **given}
        whole = {**to_torch(self.node.layer.id, self.arrays, flattened), **given}
        return from_torch(self.node.layer.id, whole, self.node.options, flattened)


def targets_of(layout: Layout, params: np.ndarray, titles: Mapping[str, str], loss: str) -> list[Target]:
    """All layers with arrays of their own in order of computation, ``params`` being the network's own in a
    row, and ``titles`` what a person calls its nodes on the canvas.
    """
    network = ExportedNetwork(
        tuple(layout.nodes.values()), layout.output, {}, dict(layout.owners), loss, {}, layout.targets,
        TrainingSettings(),
    )  # fmt: skip
    modules, flattened = module_names(layout.nodes), flattened_shapes(network)
    apart = set(_apart(network))

    def names(node: str) -> frozenset[str]:
        outer = outer_name(node)
        title = titles.get(outer, outer) + node.removeprefix(outer)
        return frozenset(filter(None, map(plain_name, (node, modules[node], title))))

    targets = []
    for name, node in layout.nodes.items():
        slots = [slot for slot in layout.parameters if slot.node == name]
        if slots:
            arrays = {s.name: params[s.offset : s.offset + s.size].reshape(s.shape) for s in slots}
            users = [user for user, owner in layout.owners.items() if owner == name and user != name]
            shared = frozenset(called for user in users for called in names(user))
            targets.append(Target(node, names(name), shared, arrays, flattened.get(name, ()), name in apart))
    return targets


def _is_reordered(shape: Shape) -> bool:
    """Whether a Flatten visits values in another order where channels are first."""
    return 1 < shape[-1] < size_of(shape)


def _apart(network: ExportedNetwork) -> Iterator[str]:
    """Layers behind a Flatten that had to be given its values with channels last."""
    steps = {step.name: step for step in ChannelsFirst.of(network).steps}
    apart: set[str] = set()
    for node in network.nodes:
        step = steps[node.id]
        if (
            node.layer.id == "flatten"
            and _is_reordered(node.input_shapes[0])
            and steps[step.inputs[0]].kind == TURN
        ):
            apart.add(node.id)
        elif apart & set(node.inputs):
            if node.parameters:
                yield node.id
            if node.layer.id != "dense" and len(node.shape) == 1:
                apart.add(node.id)
