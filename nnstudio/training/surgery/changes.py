"""What an edit did to the trained arrays, layer by layer, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto

import numpy as np

from nnkernels.graph.network import outer_name
from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.surgery.axes import NEW, AxisRole, directions
from nnstudio.training.surgery.graft import ArrayPlan, Fate, Graft

# Predictions this close, relative to the largest, are the same: sums were made in another order.
SAME = 1e-5
# So many changes are told, and the others counted.
MOST_TOLD = 4


class What(StrEnum):
    """What became of a layer's weights."""

    GREW = auto()
    SHRANK = auto()
    SHARES = auto()
    TAKES_MORE = auto()
    TAKES_FEWER = auto()
    WINDOW = auto()
    ROWS = auto()
    HEADS = auto()
    TAKES_OVER = auto()
    PASSES_ON = auto()
    ZERO = auto()
    RANDOM = auto()
    LOST = auto()
    PARTLY_NEW = auto()
    PARTLY_GONE = auto()
    GONE = auto()


_TOLD = {
    What.GREW: "{} has {}, copies of those that it had",
    What.SHRANK: "{} has {}; what those had learned is dropped",
    What.SHARES: "{} shares its weights between a unit and its copies",
    What.TAKES_MORE: "{} takes in more, with weights that start at zero",
    What.TAKES_FEWER: "{} takes in less; its weights for the rest are dropped",
    What.WINDOW: "{} has windows of another size, with the old weights in their middle",
    What.ROWS: "{} has a table of another length",
    What.HEADS: "{} has heads of another size, with what the old ones learned in them",
    What.TAKES_OVER: "{} takes over {} of {}, with all that they learned",
    What.PASSES_ON: "{} is new and passes on what it gets",
    What.ZERO: "{} is new and starts at zero, so it adds nothing yet",
    What.RANDOM: "{} is new and starts from random weights",
    What.LOST: "{} starts from random weights again, for those that it had do not fit",
    What.PARTLY_NEW: "{} has {}, which start as its options say",
    What.PARTLY_GONE: "{} has {}",
    What.GONE: "{} is gone, with {}",
}
# What is counted.
_COUNTED = {
    What.GREW: "more unit",
    What.SHRANK: "fewer unit",
    What.TAKES_OVER: "unit",
    What.PARTLY_NEW: "more weight",
    What.PARTLY_GONE: "fewer weight",
}

# By these, something that was learned is gone.
LOSSES = frozenset({What.SHRANK, What.TAKES_FEWER, What.LOST, What.PARTLY_GONE, What.GONE})


@dataclass(frozen=True)
class Change:
    """One layer on the canvas, and what became of its weights; ``count`` of units, or of weights, which may
    be those of a ``source``.
    """

    node: str
    what: What
    count: int = 0
    source: str = ""

    def told(self, names: Mapping[str, str]) -> str:
        """A sentence without its full stop; ``names`` of nodes by identifier."""
        name, source = (f"'{names.get(node, node)}'" for node in (self.node, self.source))
        return _TOLD[self.what].format(name, counted(self.count, _COUNTED.get(self.what, "weight")), source)


@dataclass(frozen=True)
class Difference:
    """How far apart predictions before and after are: the largest difference, the largest size of a value,
    both as the network gives them, and on how many samples.

    Attributes:
        what: what the values are, for a person; ``unit``: so much of it is 1 of what the network gives.
        is_of_last: whether more was changed before, which this does not count.
    """

    largest: float
    size: float
    samples: int
    what: str = "output values of the network"
    unit: float = 1.0
    is_of_last: bool = False

    @property
    def is_none(self) -> bool:
        """Whether it is but rounding."""
        return self.largest <= SAME * max(1.0, self.size)

    @property
    def sentence(self) -> str:
        """For a person."""
        where = f"on {counted(self.samples, 'sample')}"
        far = in_digits(self.largest * self.unit, 2)
        if self.largest == 0:
            return f"The predictions are exactly the same {where}."
        if self.is_none:
            return f"The predictions are the same {where}: at most {far} apart."
        told = f"he predictions have changed {where}: {self.what} by up to {far}."
        return f"With the last change alone, t{told}" if self.is_of_last else f"T{told}"


def joined_changes(first: Sequence[Change], later: Sequence[Change]) -> tuple[Change, ...]:
    """What two edits of one network did together: units that came and went are counted as one number."""
    signs = {What.GREW: 1, What.SHRANK: -1}
    units: dict[str, int] = {}
    counts: dict[tuple[str, What, str], int] = {}
    for change in (*first, *later):
        if change.what in signs:
            units[change.node] = units.get(change.node, 0) + signs[change.what] * change.count
        key = (change.node, change.what, change.source)
        is_sum = change.what in (What.PARTLY_NEW, What.PARTLY_GONE)
        counts[key] = change.count + (counts.get(key, 0) if is_sum else 0)
    told = dict[Change, None]()
    for (node, what, source), count in counts.items():
        if what not in signs:
            told[Change(node, what, count, source)] = None
        elif net := units[node]:
            told[Change(node, What.GREW if net > 0 else What.SHRANK, abs(net))] = None
    return tuple(told)


def joined_differences(first: Difference | None, later: Difference | None) -> Difference | None:
    """How far apart predictions are after two edits: where one changed them, only the later one is known."""
    if first is None or later is None:
        return None
    if first.is_none and later.is_none:
        return max(first, later, key=lambda each: each.largest)
    is_part = first.is_of_last or not (first.is_none or later.is_none)
    return replace(first if later.is_none else later, is_of_last=is_part)


def changes(graft: Graft) -> tuple[Change, ...]:
    """What became of each layer whose weights are not all as they were, in the order of the network."""
    by_node: dict[str, list[ArrayPlan]] = {}
    for plan in graft.arrays:
        by_node.setdefault(plan.slot.node, []).append(plan)
    told = [change for node, plans in by_node.items() for change in _of_layer(graft, node, plans)]
    lost = {change.node for change in told if change.what == What.LOST}
    return tuple(dict.fromkeys([*told, *_gone(graft, lost)]))


def _of_layer(graft: Graft, node: str, plans: Sequence[ArrayPlan]) -> Iterator[Change]:
    name, fates = outer_name(node), {plan.fate for plan in plans}
    if graft.flows.is_new(node):
        what = {Fate.PASSES_ON: What.PASSES_ON, Fate.ZERO: What.ZERO, Fate.NEW: What.RANDOM}
        yield from (Change(name, what[fate]) for fate in sorted(fates))
        return
    owner = graft.before.owners.get(graft.flows.source(node))
    had = {slot.name for slot in graft.before.parameters if slot.node == owner}
    begun = [plan.slot for plan in plans if plan.fate == Fate.NEW]
    if any(slot.name in had for slot in begun):
        yield Change(name, What.LOST)
    if more := sum(slot.size for slot in begun if slot.name not in had):
        yield Change(name, What.PARTLY_NEW, more)
    fitted = [plan for plan in plans if plan.fate == Fate.FITTED]
    units = {_unit_change(graft, node, p) for p in fitted if set(p.axes) & {AxisRole.UNIT, AxisRole.GATES}}
    if graft.flows.source(node) != node:
        yield Change(name, What.TAKES_OVER, graft.now.nodes[node].shape[-1], graft.flows.source(node))
        return
    for count in units - {0}:
        if count > 0 or not all(graft.stayed(plan.source).all() for plan in fitted if plan.source):
            yield Change(name, What.GREW if count > 0 else What.SHRANK, abs(count))
    for plan in fitted:
        for role, index, old in plan.moves():
            if role == AxisRole.ENTERING:
                yield from (Change(name, what) for what in _of_entering(index, old))
            elif len(index) != old and role in (AxisRole.WINDOW, AxisRole.ROW):
                yield Change(name, What.WINDOW if role == AxisRole.WINDOW else What.ROWS)
            elif len(index) != old and role == AxisRole.PROJECTION:
                yield Change(name, What.HEADS)


def _of_entering(index: np.ndarray, old: int) -> Iterator[What]:
    """What became of the weights for what a layer takes in."""
    stayed = index[index != NEW]
    known = np.unique(stayed)
    if len(known) < len(stayed):
        yield What.SHARES
    if len(stayed) < len(index):
        yield What.TAKES_MORE
    if len(known) < old:
        yield What.TAKES_FEWER


def _unit_change(graft: Graft, node: str, plan: ArrayPlan) -> int:
    now, before = (n.shape[-1] // directions(n) for n in (graft.now.nodes[node], graft.flows.old(node)))
    return int(now - before) if plan.source is not None else 0


def _gone(graft: Graft, lost: set[str]) -> Iterator[Change]:
    """Layers that are gone, or lack an array that they had."""
    counts: dict[str, int] = {}
    for slot in graft.dropped:
        counts[outer_name(slot.node)] = counts.get(outer_name(slot.node), 0) + slot.size
    kept = {outer_name(name) for name in graft.now.nodes if not graft.flows.is_new(name)}
    for name, count in counts.items():
        if name in lost:
            continue
        yield Change(name, What.PARTLY_GONE if name in kept else What.GONE, count)


def drops_nothing(graft: Graft) -> bool:
    """Whether every value that was learned is still there, if only in parts."""
    fitted = [plan.source for plan in graft.arrays if plan.fate == Fate.FITTED]
    if any(source is not None and not graft.stayed(source).all() for source in fitted):
        return False
    return not graft.dropped


def sentence(told: Sequence[Change], difference: Difference | None, names: Mapping[str, str]) -> str:
    """What became of the weights, in a few sentences; "" where there is nothing to say."""
    if not told and difference is None:
        return ""
    parts = [change.told(names) for change in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        parts.append(f"{counted(len(told) - MOST_TOLD, 'more layer')} changed alike")
    others = "All other weights are" if told else "All weights are"
    sentences = [f"{'; '.join(parts)}."] if parts else []
    sentences.append(f"{others} kept.")
    sentences.append("The predictions cannot be compared." if difference is None else difference.sentence)
    return " ".join(sentences)
