"""What the axes of trained arrays mean, and which old position each new one takes after."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum, auto

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.layers.conv import Convolution

# An index that takes after nothing.
NEW = -1


class AxisRole(StrEnum):
    """What a position along an axis of a trained array belongs to."""

    ENTERING = auto()  # a value or channel that comes in; sums over them are what a unit computes
    UNIT = auto()  # a value or channel that goes out
    GATES = auto()  # the units of a recurrent layer, once for each of its gates
    FED_BACK = auto()  # a unit's own output one step before
    CHANNEL = auto()  # a channel that goes through
    WINDOW = auto()  # a point that a window looks at
    ROW = auto()  # a number of a table, a position
    PROJECTION = auto()  # a value of a head of attention, once for queries, keys and values
    VALUE = auto()  # what the heads of attention give together, one after the other


# By the names that layers give to the axes of their arrays; one of another package may use the same.
_BY_NAME = {
    "Input": AxisRole.ENTERING, "Input channel": AxisRole.ENTERING,
    "Unit": AxisRole.UNIT, "Filter": AxisRole.UNIT, "Dimension": AxisRole.UNIT,
    "Unit of a gate": AxisRole.GATES, "Unit one step before": AxisRole.FED_BACK,
    "Channel": AxisRole.CHANNEL, "Feature": AxisRole.CHANNEL,
    "Row": AxisRole.WINDOW, "Column": AxisRole.WINDOW, "Step": AxisRole.WINDOW,
    "Number": AxisRole.ROW, "Position": AxisRole.ROW,
    "Projection": AxisRole.PROJECTION, "Value": AxisRole.VALUE, "Output": AxisRole.UNIT,
}  # fmt: skip


def roles(node: Resolved, array: str) -> tuple[AxisRole, ...] | None:
    """What the axes of one of its arrays mean; None where that is not known, or is more than that."""
    # Channels in parts of which no more is known, one number for all channels.
    is_parted = groups(node) != 1 and not isinstance(node.layer, Convolution)
    if is_parted or not node.options.get("per_channel", True):
        return None
    names = next((p.axes for p in node.parameters if p.name == array), ())
    known = [_BY_NAME.get(name) for name in names]
    return tuple(role for role in known if role is not None) if known and all(known) else None


def groups(node: Resolved) -> int:
    """Into how many parts the channels of a convolution are split, each with filters of its own."""
    return int(node.options.get("groups", 1))


def directions(node: Resolved) -> int:
    """How many readings of a sequence lie side by side in what a layer gives, each with as many units."""
    return 2 if node.options.get("bidirectional") else 1


def makes_units(node: Resolved) -> bool:
    """Whether the last axis of its output is made by trained weights, a unit or filter each."""
    known = [roles(node, p.name) or () for p in node.parameters]
    return any(AxisRole.UNIT in axes or AxisRole.GATES in axes for axes in known)


def repeated(old: int, new: int, picked: Sequence[int] = ()) -> np.ndarray:
    """Old units by new ones: the first ones of fewer, or those that were picked; more are copies in turn.

    Net2WiderNet (Chen, Goodfellow and Shlens 2015, section 2.2) draws the copied units at random; in turn,
    branches that are added together get copies of the same units, and still fit.
    """
    if picked and len(picked) == new:
        return np.array(picked, np.int64)
    return np.arange(new, dtype=np.int64) % old


def repeats(index: np.ndarray) -> np.ndarray:
    """Which positions of an index (n,) take after one that stands before them already, bool (n,)."""
    later = np.ones(len(index), bool)
    later[np.unique(index, return_index=True)[1]] = False
    return later


def aligned(old: int, new: int) -> np.ndarray:
    """The same index, int64 (new,), as far as there is one, `NEW` beyond."""
    index = np.arange(new, dtype=np.int64)
    return np.where(index < old, index, NEW)


def centred(old: int, new: int) -> np.ndarray:
    """The middle of one on the middle of the other, int64 (new,), `NEW` outside: for windows and pictures."""
    index = np.arange(new, dtype=np.int64) - (new - old) // 2
    return np.where((index >= 0) & (index < old), index, NEW)


def in_gates(units: np.ndarray, old_units: int, gates: int) -> np.ndarray:
    """An index of units (n,) for those of each gate, (gates n,), which lie side by side."""
    steps = np.arange(gates, dtype=np.int64)[:, None] * old_units
    return (units[None, :] + steps).ravel()


def beside(units: np.ndarray, old_units: int, old_parts: int, parts: int) -> np.ndarray:
    """The same index once more for each part that lies behind the first; -1 where there was none."""
    steps = [np.where(units == NEW, NEW, units + part * old_units) for part in range(min(parts, old_parts))]
    return np.concatenate([*steps, *[np.full(len(units), NEW)] * (parts - len(steps))])


def in_heads(old: tuple[int, int], new: tuple[int, int]) -> np.ndarray:
    """The same head and the same number in it, int64 (heads times numbers,), `NEW` where there was none.

    ``old`` and ``new``: how many heads, of how many numbers each.
    """
    heads, numbers = aligned(old[0], new[0]), aligned(old[1], new[1])
    index = heads[:, None] * old[1] + numbers[None, :]
    return np.where((heads[:, None] == NEW) | (numbers[None, :] == NEW), NEW, index).ravel()
