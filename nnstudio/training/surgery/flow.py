"""To which values of the old network those of each node of the new one correspond.

An edited network is gone through in its order. A node that stayed keeps its units; what only passes values
on, old or new, keeps the order in which they come. Of new nodes it follows which must change nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.program import Layout
from nnkernels.spec import Role, Shape
from nnkernels.spec.axes import read_axis
from nnstudio.training.surgery.axes import (
    NEW,
    aligned,
    beside,
    centred,
    directions,
    groups,
    makes_units,
    repeated,
)

# Layers that add up what comes in, so that a branch of zeros changes nothing.
SUMS = ("add", "subtract")


@dataclass(frozen=True)
class Pick:
    """Which units of an old layer those of a layer are, where a person chose.

    Attributes:
        source: the old layer, where it is not the one of the same name: a part of it goes on in a new node.
    """

    units: tuple[int, ...]
    source: str = ""


Picks = Mapping[str, Pick]


@dataclass(frozen=True)
class Flow:
    """Where the values of a node come from.

    Attributes:
        origin: the old node whose values they correspond to.
        shape: of those, of one sample.
        axes: for each axis, the old position of each new one, -1 for one that is new.
        is_fresh: whether a new layer with weights lies between.
    """

    origin: str
    shape: Shape
    axes: tuple[np.ndarray, ...]
    is_fresh: bool = False


class Flows:
    """The correspondence of all nodes.

    Attributes:
        of: by node of the new network; None where nothing corresponds.
        on_way: new nodes that lie between old ones, and must pass on what they get.
        ending: new nodes with weights that end a branch which is added to old values.
    """

    def __init__(self, before: Layout, now: Layout, picks: Picks, features: Sequence[Sequence[str]]) -> None:
        """``features``: names of the columns before and now, empty where they have none."""
        self.before, self.now, self._picks, self._features = before, now, picks, features
        self.of: dict[str, Flow | None] = {}
        for name, node in now.nodes.items():
            self.of[name] = self._flow(node)
        self.on_way: set[str] = set()
        self.ending: set[str] = set()
        self._mark()

    def source(self, name: str) -> str:
        """The old node that a node goes on from, by its name there."""
        return self._picks[name].source or name if name in self._picks else name

    def old(self, name: str) -> Resolved:
        """The old node that one goes on from which is not new."""
        return self.before.nodes[self.source(name)]

    def is_new(self, name: str) -> bool:
        """Whether the old network has no such layer."""
        old = self.before.nodes.get(self.source(name))
        return old is None or old.layer is not self.now.nodes[name].layer

    def entering(self, name: str, old_size: int, new_size: int) -> np.ndarray:
        """The old position of each value, or channel, that enters a node which was there before."""
        flow = self.of[self.now.nodes[name].inputs[0]]
        if flow is not None and flow.shape and flow.shape[-1] == old_size:
            return flow.axes[-1]
        return aligned(old_size, new_size)

    def units(self, name: str) -> np.ndarray:
        """The old unit of each unit of a layer that was there before, of one reading where there are two."""
        old, node = self.old(name), self.now.nodes[name]
        sizes = [each.shape[-1] // directions(each) for each in (old, node)]
        parts = groups(node)
        if parts == groups(old):
            # Filters stay in their part.
            picked = self._picks[name].units if parts == 1 and name in self._picks else ()
            own = repeated(sizes[0] // parts, sizes[1] // parts, picked)
            return beside(own, sizes[0] // parts, parts, parts)
        # Each channel has filters of its own, which go with it.
        before, now = (size // groups(n) for size, n in zip(sizes, (old, node), strict=True))
        channels = self.entering(name, groups(old), parts)[:, None]
        numbers = repeated(before, now)[None, :]
        return np.where(channels == NEW, NEW, channels * before + numbers).ravel()

    def outputs(self, name: str) -> np.ndarray:
        """The old position of each value, or channel, that a layer gives which was there before."""
        old, node = self.old(name), self.now.nodes[name]
        many = directions(old)
        return beside(self.units(name), old.shape[-1] // many, many, directions(node))

    # Following

    def _flow(self, node: Resolved) -> Flow | None:
        if node.layer.role == Role.INPUT:
            return self._of_input(node)
        is_new = self.is_new(node.id)
        if makes_units(node):
            return self._of_new_units(node) if is_new else self._of_units(node)
        passed = self._passed(node)
        if is_new:
            return passed
        old = self.old(node.id).shape
        if passed is not None and passed.shape == old:
            return replace(passed, origin=node.id)
        return _by_position(node.id, old, node.shape)

    def _of_input(self, node: Resolved) -> Flow | None:
        old = self.before.nodes.get(node.id)
        if old is None or old.layer is not node.layer:
            return None
        names = [list(columns) for columns in self._features]
        whole = all(n.options["columns"].strip().lower() in ("", "all") for n in (old, node))
        if whole and ((len(names[0]),), (len(names[1]),)) == (old.shape, node.shape):
            index = [names[0].index(name) if name in names[0] else NEW for name in names[1]]
            return Flow(node.id, old.shape, (np.array(index, np.int64),))
        return _by_position(node.id, old.shape, node.shape)

    def _of_units(self, node: Resolved) -> Flow | None:
        flow = _by_position(self.source(node.id), self.old(node.id).shape, node.shape)
        return None if flow is None else replace(flow, axes=(*flow.axes[:-1], self.outputs(node.id)))

    def _of_new_units(self, node: Resolved) -> Flow | None:
        """As many of the values that enter as it has units, where its other axes stay as they are."""
        entering = self.of[node.inputs[0]]
        if entering is None or node.shape[:-1] != node.input_shapes[0][:-1]:
            return None
        last = entering.axes[-1][: node.shape[-1]]
        last = np.concatenate([last, np.full(node.shape[-1] - len(last), NEW)])
        return replace(entering, axes=(*entering.axes[:-1], last), is_fresh=True)

    def _passed(self, node: Resolved) -> Flow | None:
        """Of a layer that makes no units of its own."""
        flow = self.of[node.inputs[self._main(node)]]
        if node.layer.id == "concatenate":
            return self._joined(node)
        if flow is None or node.layer.role == Role.OUTPUT:
            return flow
        if node.layer.id == "flatten":
            return _flattened(flow)
        if node.shape == node.input_shapes[self._main(node)]:
            return flow
        if node.layer.joins or len(node.shape) < 1 or node.shape[-1] != node.input_shapes[0][-1]:
            return None
        # Pools and the like: channels stay, positions are others.
        ahead = flow.shape[: len(node.shape) - 1]
        old = self.before.nodes.get(node.id)
        if old is not None and len(old.shape) == len(node.shape):
            ahead = old.shape[:-1]
        axes = [centred(a, b) for a, b in zip(ahead, node.shape[:-1], strict=False)]
        return Flow(flow.origin, (*ahead, flow.shape[-1]), (*axes, flow.axes[-1]), flow.is_fresh)

    def _main(self, node: Resolved) -> int:
        """The input whose values a join goes on with: one that was there, or with nothing new in it."""
        old = None if self.is_new(node.id) else self.before.nodes[node.id]
        known = [self.of[name] for name in node.inputs]
        for i, flow in enumerate(known):
            if old is not None and flow is not None and self._stands_for(flow, old):
                return i
        usable = [i for i, flow in enumerate(known) if flow is not None and not flow.is_fresh]
        return usable[0] if usable else 0

    def _stands_for(self, flow: Flow, old: Resolved) -> bool:
        """Whether these values entered an old node, be it through layers that are gone."""
        return any(flow.origin in _same_channels(self.before, name) for name in old.inputs)

    def _joined(self, node: Resolved) -> Flow | None:
        """Of a concatenation: each part after the old one that it stands for."""
        axis = read_axis(node.options["axis"], node.input_shapes[0])
        flows = [self.of[name] for name in node.inputs]
        if self.is_new(node.id):
            if (whole := _put_together(flows, axis)) is not None:
                return whole
            main = self._main(node)
            first = flows[main]
            if first is None or len(first.shape) != len(node.shape):
                return None
            parts = [
                first.axes[axis] if i == main else np.full(shape[axis], NEW)
                for i, shape in enumerate(node.input_shapes)
            ]
            axes = list(first.axes)
            axes[axis] = np.concatenate(parts)
            return replace(first, axes=tuple(axes))
        old = self.before.nodes[node.id]
        if len(old.shape) != len(node.shape):
            return None
        offsets = [0, *itertools.accumulate(shape[axis] for shape in old.input_shapes)]
        parts, taken = [], set[int]()
        for flow, shape in zip(flows, node.input_shapes, strict=True):
            port = self._port(flow, old, taken)
            if flow is None or port is None or flow.shape != old.input_shapes[port]:
                parts.append(np.full(shape[axis], NEW))
            else:
                taken.add(port)
                parts.append(np.where(flow.axes[axis] == NEW, NEW, flow.axes[axis] + offsets[port]))
        axes = [centred(a, b) for a, b in zip(old.shape, node.shape, strict=True)]
        axes[axis] = np.concatenate(parts)
        return Flow(node.id, old.shape, tuple(axes))

    def _port(self, flow: Flow | None, old: Resolved, taken: set[int]) -> int | None:
        """The old input of a join that these values were, where no other stands for it."""
        if flow is None:
            return None
        ports = range(len(old.inputs))
        hits = [p for p in ports if flow.origin in _same_channels(self.before, old.inputs[p])]
        return next((p for p in hits if p not in taken), None)

    # What new nodes are to do

    def _mark(self) -> None:
        readers = [n for n in self.now.nodes.values() if not self.is_new(n.id)]
        for node in readers:
            self._follow_back(node)
        for node in self.now.nodes.values():
            if node.layer.id in SUMS and (not self.is_new(node.id) or node.id in self.on_way):
                self._end_branches(node)

    def _follow_back(self, node: Resolved) -> None:
        """Mark the new nodes that lead from old ones to this one."""
        waiting = [node.inputs[i] for i in self._goes_on(node)]
        while waiting:
            name = waiting.pop()
            if self.is_new(name) and name not in self.on_way:
                self.on_way.add(name)
                new = self.now.nodes[name]
                waiting += [new.inputs[i] for i in self._goes_on(new)]

    def _goes_on(self, node: Resolved) -> list[int]:
        """The inputs whose values matter to what was learned behind a node."""
        if not node.inputs:
            return []
        if self.is_new(node.id):
            return [self._main(node)]
        old, flows = self.old(node.id), [self.of[name] for name in node.inputs]
        if len(flows) == 1:
            return [0]
        # A branch that comes from where another one does is a new one beside it.
        known, taken = [], set[int]()
        for plain in (True, False):
            for i, flow in enumerate(flows):
                if flow is None or flow.is_fresh == plain:
                    continue
                port = self._port(flow, old, taken)
                if port is not None:
                    taken.add(port)
                    known.append(i)
        return known

    def _end_branches(self, node: Resolved) -> None:
        """Of branches that are added to what goes on, the last new layer with weights starts at zero."""
        main = self._goes_on(node)
        for i, name in enumerate(node.inputs):
            if i not in main and not (node.layer.id == "subtract" and i == 0):
                while self.is_new(name) and name not in self.on_way:
                    here = self.now.nodes[name]
                    if here.parameters:
                        self.ending.add(name)
                        break
                    if len(here.inputs) != 1 or not _keeps_zero(here):
                        break
                    name = here.inputs[0]


def _put_together(flows: Sequence[Flow | None], axis: int) -> Flow | None:
    """Parts of what one old layer gave, side by side; None where they are something else."""
    parts = [flow for flow in flows if flow is not None and not flow.is_fresh]
    first = parts[0] if parts else None
    if first is None or len(parts) < len(flows) or axis >= len(first.shape):
        return None
    index = np.concatenate([flow.axes[axis] for flow in parts])
    known = index[index != NEW]
    are_of_one = all((flow.origin, flow.shape) == (first.origin, first.shape) for flow in parts)
    if not are_of_one or len(np.unique(known)) < len(known):
        return None
    return replace(first, axes=(*first.axes[:axis], index, *first.axes[axis + 1 :]))


def _same_channels(layout: Layout, name: str) -> set[str]:
    """A node and those before it that only differ from it in what is done value by value."""
    names = {name}
    while True:
        node = layout.nodes[name]
        if len(node.inputs) != 1 or makes_units(node) or node.shape != node.input_shapes[0]:
            return names
        name = node.inputs[0]
        names.add(name)


def _by_position(origin: str, old: Shape, new: Shape) -> Flow | None:
    """Pictures lie on each other's middle; features and channels keep their numbers."""
    if len(old) != len(new):
        return None
    axes = [centred(a, b) for a, b in zip(old[:-1], new[:-1], strict=True)]
    return Flow(origin, old, (*axes, aligned(old[-1], new[-1])))


def _flattened(flow: Flow) -> Flow:
    """The same values in a row, the last axis fastest."""
    index = np.zeros((), np.int64)
    for size, axis in zip(flow.shape, flow.axes, strict=True):
        index = np.where((index[..., None] == NEW) | (axis == NEW), NEW, index[..., None] * size + axis)
    return replace(flow, shape=(int(np.prod(flow.shape)),), axes=(index.ravel(),))


def _keeps_zero(node: Resolved) -> bool:
    """Whether a layer without weights gives zeros for zeros."""
    zeros = np.zeros((1, *node.input_shapes[0]))
    with np.errstate(all="ignore"):
        return not np.any(node.layer.reference(node.options, [zeros], {}))
