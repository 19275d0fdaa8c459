"""Moves what a network learned into an edited one, array by array.

Where it can be, the edited network predicts as the old one did. Wider layers get copies of units, whose
outgoing weights share those of the unit (Net2WiderNet), and new layers pass on what they get
(Net2DeeperNet; both Chen, Goodfellow and Shlens 2015, "Net2Net: Accelerating Learning via Knowledge
Transfer"). What is added to old values starts at zero, as the last normalisation of a residual branch does
in Goyal et al. 2017, section 5.1. Knows no session and no Qt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.layers.conv import Convolution
from nnkernels.program import Layout, ParameterSlot
from nnkernels.spec import Shape
from nnstudio.training.surgery import axes
from nnstudio.training.surgery.axes import NEW, AxisRole, roles
from nnstudio.training.surgery.flow import Flows, Picks

# Copies of a unit share its outgoing weights, each weight in another proportion around even parts: units that
# are alike in everything would learn the same for ever.
UNEVEN = 0.2
# Axes along which what is new starts at zero, so that it adds nothing to what was learned.
ADDED = (AxisRole.ENTERING, AxisRole.FED_BACK, AxisRole.WINDOW, AxisRole.VALUE)
# The index of each axis.
Axes = tuple[np.ndarray, ...]


class Fate(StrEnum):
    """What becomes of an array of the edited network."""

    KEPT = auto()  # as it was, bit for bit
    FITTED = auto()  # what was learned, in another shape
    PASSES_ON = auto()  # begins so that its layer gives what it gets
    ZERO = auto()  # begins at zero, so that its layer adds nothing
    NEW = auto()  # begins as its layer's options say


@dataclass(frozen=True)
class ArrayPlan:
    """What becomes of one array.

    Attributes:
        slot: where it lies now; ``source``: where it lay before, None where it was not there.
        parts: what lies side by side along the last axis, each with the old position of each new one, -1 for
            none, for each axis: the groups of a convolution; of other arrays there is one. Empty unless it is
            fitted.
    """

    slot: ParameterSlot
    fate: Fate
    source: ParameterSlot | None = None
    axes: tuple[AxisRole, ...] = ()
    parts: tuple[tuple[np.ndarray, ...], ...] = field(default=(), compare=False)

    def moves(self) -> Iterator[tuple[AxisRole, np.ndarray, int]]:
        """Of each part and axis what it means, its index, and how long it was."""
        assert self.source is not None
        for part in self.parts:
            yield from zip(self.axes, part, self.source.shape, strict=True)

    def in_parts(self, values: np.ndarray) -> Iterator[tuple[tuple[np.ndarray, ...], np.ndarray]]:
        """Each part with what is its own of an array of the new shape."""
        at = 0
        for part in self.parts:
            yield part, values[..., at : at + len(part[-1])]
            at += len(part[-1])


class Graft:
    """The plan of all arrays from one layout to another; pure, and the same each time."""

    def __init__(
        self,
        before: Layout,
        now: Layout,
        picks: Picks | None = None,
        features: Sequence[Sequence[str]] = ((), ()),
        seed: int = 0,
    ) -> None:
        """``picks``: old units that the units of a layer are, where a person chose; ``features``: names of
        the data's columns before and now; ``seed`` decides in which parts copies share weights.
        """
        self.before, self.now, self.seed = before, now, seed
        self.flows = Flows(before, now, picks or {}, features)
        self._sources = {(slot.node, slot.name): slot for slot in before.parameters}
        self.arrays = tuple(self._plan(slot) for slot in now.parameters)
        used = {(a.source.node, a.source.name) for a in self.arrays if a.source is not None}
        self.dropped = tuple(s for s in before.parameters if (s.node, s.name) not in used)
        # Of each part of an array along an axis: all steps of a past are moved with the same ones.
        self._shares: dict[tuple[int, ...], np.ndarray] = {}

    @property
    def keeps_any(self) -> bool:
        """Whether anything that was learned is still there."""
        return any(plan.source is not None for plan in self.arrays)

    def stayed(self, source: ParameterSlot) -> np.ndarray:
        """Which values of an old array are still there, if only in parts, bool, in its shape."""
        here = np.zeros(source.shape, bool)
        for plan in self.arrays:
            if plan.source is source and plan.fate == Fate.KEPT:
                here[:] = True
            elif plan.source is source:
                for part in plan.parts:
                    here[np.ix_(*[np.unique(index[index != NEW]) for index in part])] = True
        return here

    def _plan(self, slot: ParameterSlot) -> ArrayPlan:
        node = self.now.nodes[slot.node]
        if self.flows.is_new(slot.node):
            return ArrayPlan(slot, self._beginning(node))
        name = self.flows.source(slot.node)
        source = self._sources.get((self.before.owners.get(name, name), slot.name))
        if source is None:
            return ArrayPlan(slot, Fate.NEW)
        if source.shape == slot.shape:
            return ArrayPlan(slot, Fate.KEPT, source)
        meaning, old = roles(node, slot.name), self.flows.old(slot.node)
        if meaning is None or roles(old, slot.name) != meaning or len(meaning) != len(slot.shape):
            return ArrayPlan(slot, Fate.NEW)
        if not _are_groups_alike(old, node):
            return ArrayPlan(slot, Fate.NEW)
        sizes = zip(meaning, source.shape, slot.shape, strict=True)
        index = tuple(self._index(node, role, a, b) for role, a, b in sizes)
        parts = self._in_groups(node, meaning, index, source.shape) or (index,)
        return ArrayPlan(slot, Fate.FITTED, source, meaning, parts)

    def _in_groups(
        self, node: Resolved, meaning: Sequence[AxisRole], index: Axes, old_shape: Shape
    ) -> tuple[Axes, ...]:
        """The index of each group of the weights of a convolution, whose filters take the channels of the
        same group; nothing for other arrays, and where each channel has filters of its own.
        """
        many, *others = axes.groups(node), axes.groups(self.flows.old(node.id))
        if many == 1 or [many] != others or AxisRole.ENTERING not in meaning:
            return ()
        old, new = old_shape[-2], len(index[-2])
        entering = self.flows.entering(node.id, many * old, many * new).reshape(many, new)
        parts = []
        for group, (channels, filters) in enumerate(zip(entering, np.split(index[-1], many), strict=True)):
            is_own = (channels != NEW) & (channels // old == group)
            parts.append((*index[:-2], np.where(is_own, channels - group * old, NEW), filters))
        return tuple(parts)

    def _index(self, node: Resolved, role: AxisRole, old: int, new: int) -> np.ndarray:
        """The old position of each new one along an axis."""
        match role:
            case AxisRole.ENTERING | AxisRole.CHANNEL:
                return self.flows.entering(node.id, old, new)
            case AxisRole.UNIT | AxisRole.FED_BACK:
                return self.flows.units(node.id)
            case AxisRole.GATES:
                before = self.flows.old(node.id)
                units = before.shape[-1] // axes.directions(before)
                return axes.in_gates(self.flows.units(node.id), units, old // units)
            case AxisRole.PROJECTION | AxisRole.VALUE:
                heads = [_heads(n) for n in (self.flows.old(node.id), node)]
                own, parts = axes.in_heads(heads[0], heads[1]), old // (heads[0][0] * heads[0][1])
                return axes.beside(own, old // parts, parts, parts)
            case AxisRole.WINDOW:
                return axes.centred(old, new)
            case AxisRole.ROW:
                return axes.aligned(old, new)

    def _beginning(self, node: Resolved) -> Fate:
        if node.id in self.flows.ending and _can_be_silent(node):
            return Fate.ZERO
        return Fate.PASSES_ON if node.id in self.flows.on_way and can_pass_on(node) else Fate.NEW

    # Carrying out

    def values(self, old: np.ndarray, fresh: np.ndarray) -> np.ndarray:
        """Flat parameters (values,) float32 of the new layout, from those of the old one; ``fresh`` are those
        that it would begin with.
        """
        result = np.array(fresh, np.float32)
        for plan in self.arrays:
            slot = plan.slot
            target = _at(result, slot)
            if plan.fate == Fate.KEPT and plan.source is not None:
                target[:] = _at(old, plan.source)
            elif plan.fate in (Fate.PASSES_ON, Fate.ZERO):
                begin(self.now.nodes[slot.node], slot.name, target, passes=plan.fate == Fate.PASSES_ON)
        self.fit(old, result)
        return result

    def fit(self, old: np.ndarray, flat: np.ndarray) -> None:
        """Write those arrays of flat parameters that are fitted, and no others."""
        for plan in self.arrays:
            if plan.fate == Fate.FITTED and plan.source is not None:
                target = _at(flat, plan.slot)
                target[:] = self._moved(plan, _at(old, plan.source), target, shares=True)

    def remembered(self, old: np.ndarray) -> np.ndarray:
        """A slot of an optimizer (values,) float32 in the new layout: the memory of each value that stayed,
        0 of what is new. A copy of a unit has none of how it came about, or both would go the same way: Adam
        goes by the gradient's sign where that keeps its size.
        """
        result = np.zeros(self.now.parameter_count, np.float32)
        for plan in self.arrays:
            if plan.source is not None:
                target = _at(result, plan.slot)
                target[:] = self._moved(plan, _at(old, plan.source), target, shares=False)
                for part, own in plan.in_parts(target):
                    for number, (role, index) in enumerate(zip(plan.axes, part, strict=True)):
                        if role in (AxisRole.UNIT, AxisRole.GATES):
                            np.moveaxis(own, number, 0)[axes.repeats(index)] = 0
        return result

    def _moved(self, plan: ArrayPlan, old: np.ndarray, fresh: np.ndarray, shares: bool) -> np.ndarray:
        """An array that was there before, in its new shape."""
        if plan.fate == Fate.KEPT:
            return old
        moved = [self._moved_part(plan, *part, old, shares) for part in enumerate(plan.in_parts(fresh))]
        return np.concatenate(moved, axis=-1).astype(np.float32)

    def _moved_part(
        self, plan: ArrayPlan, number: int, part: tuple[Axes, np.ndarray], old: np.ndarray, shares: bool
    ) -> np.ndarray:
        index_of, fresh = part
        values = old[np.ix_(*[np.maximum(index, 0) for index in index_of])].astype(np.float64)
        for axis, (role, index) in enumerate(zip(plan.axes, index_of, strict=True)):
            along = np.moveaxis(values, axis, 0)
            has_copies = axes.repeats(index[index != NEW]).any()
            if shares and has_copies and role in (AxisRole.ENTERING, AxisRole.FED_BACK):
                key = (self.seed, plan.slot.offset + number, axis)
                if key not in self._shares:
                    self._shares[key] = _shares(key, values.shape, axis, index)
                along *= np.moveaxis(self._shares[key], axis, 0)
            begun = np.moveaxis(fresh, axis, 0)[index == NEW]
            along[index == NEW] = 0 if role in ADDED else begun
            if role == AxisRole.PROJECTION and shares:
                self._scale_queries(plan.slot.node, along, index)
        return values

    def _scale_queries(self, node: str, along: np.ndarray, index: np.ndarray) -> None:
        """Heads of another size divide the products of queries and keys by the root of that: the queries make
        up for it. A new number of a query begins at zero, so that it adds nothing to a product.
        """
        (_, before), (_, now) = _heads(self.flows.old(node)), _heads(self.now.nodes[node])
        queries = len(index) // 3
        along[:queries] *= np.sqrt(now / before)
        along[:queries][index[:queries] == NEW] = 0


def _shares(key: Sequence[int], shape: Shape, axis: int, index: np.ndarray) -> np.ndarray:
    """The part of each weight among those of all copies of a value; 1 where there is no copy."""
    rng = np.random.default_rng(list(key))
    raw = np.moveaxis(rng.uniform(1 - UNEVEN, 1 + UNEVEN, shape), axis, 0)
    for value, count in zip(*np.unique(index, return_counts=True), strict=True):
        here = index == value
        raw[here] = 1.0 if count == 1 or value == NEW else raw[here] / raw[here].sum(0)
    return np.moveaxis(raw, 0, axis)


def _are_groups_alike(old: Resolved, new: Resolved) -> bool:
    """Whether the groups of a convolution correspond: as many as before, or one for each channel still."""
    if axes.groups(old) == axes.groups(new):
        return True
    return all(axes.groups(node) == node.input_shapes[0][-1] for node in (old, new))


def _heads(node: Resolved) -> tuple[int, int]:
    """How many heads an attention has, and how many numbers each of them works with."""
    heads = int(node.options["heads"])
    return heads, int(node.input_shapes[0][-1]) // heads


def _at(flat: np.ndarray, slot: ParameterSlot) -> np.ndarray:
    return flat[slot.offset : slot.offset + slot.size].reshape(slot.shape)


def can_pass_on(node: Resolved) -> bool:
    """Whether a layer can give what it gets, as far as it has units for it."""
    match node.layer.id:
        case "dense":
            return True
        case "prelu":
            return True
        case "batchnorm":
            return bool(node.options["affine"])
        case "conv1d" | "conv2d":
            return node.options["groups"] == 1 and _middle(node) is not None
    return False


def _can_be_silent(node: Resolved) -> bool:
    """Whether its weights at zero make its output zero."""
    return node.layer.id in (
        "dense", "conv1d", "conv2d", "convtranspose1d", "convtranspose2d", "batchnorm", "layernorm"
    ) and node.options.get("affine", True)  # fmt: skip


def _middle(node: Resolved) -> tuple[int, ...] | None:
    """The point of a window that lies on its own position; None where there is none for all positions."""
    assert isinstance(node.layer, Convolution)
    taps = []
    for axis, size in zip(
        node.layer.frame(node.options, node.input_shapes[0]), node.input_shapes[0][:-1], strict=True
    ):
        tap, rest = divmod(axis.before, axis.dilation)
        if axis.stride != 1 or rest or tap >= axis.taps or axis.positions != size:
            return None
        taps.append(tap)
    return tuple(taps)


def begin(node: Resolved, array: str, target: np.ndarray, passes: bool) -> None:
    """Write into ``target``, of the array's shape, where a new layer begins that passes on what it gets, or
    adds nothing.

    Units beyond the values that enter keep what ``target`` holds. A BatchNorm is begun with the data's
    statistics elsewhere, and passes on what it gets with those.
    """
    if not passes:
        if array in ("weight", "bias"):
            target[:] = 0
    elif node.layer.id == "prelu":
        target[:] = 1
    elif array == "bias" and node.layer.id != "batchnorm":
        target[: node.input_shapes[0][-1]] = 0
    elif array == "weight" and node.layer.id != "batchnorm":
        width, units = target.shape[-2:]
        target[..., : min(width, units)] = 0
        middle = _middle(node) if node.layer.id != "dense" else ()
        assert middle is not None
        np.fill_diagonal(target[middle], 1)
