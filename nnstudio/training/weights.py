"""The trained arrays of a node, to look at and to set by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnkernels.program import Layout, ParameterSlot
from nnkernels.spec import NAME_SEPARATOR
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.session import Session


def weights_of(session: Evaluation, node: str) -> dict[str, np.ndarray]:
    """Copies of the arrays that a node uses, or that the nodes inside of it do, float32, by name.

    Inside a composite or sub-network a name is "part.name"; shared arrays are those of their owner.
    """
    flat = session.parameters
    return {
        name: flat[slot.offset : slot.offset + slot.size].reshape(slot.shape).copy()
        for name, slot in slots_of(session, node).items()
    }


def slots_of(session: Evaluation, node: str) -> dict[str, ParameterSlot]:
    """Where the arrays of `weights_of` lie."""
    return slots_in(session.layout, node)


def slots_in(layout: Layout, node: str) -> dict[str, ParameterSlot]:
    """As `slots_of`, of a network that is not planned."""
    slots = {}
    for name, owner in layout.owners.items():
        if name == node or name.startswith(node + NAME_SEPARATOR):
            part = name[len(node) + 1 :]
            for slot in layout.parameters:
                if slot.node == owner:
                    slots[f"{part}.{slot.name}" if part else slot.name] = slot
    return slots


@dataclass
class Replaced:
    """What a value written by hand replaced; None until it is written, and where there was nothing.

    A view knows only what was there when its picture was made.
    """

    value: float | None = None


def set_weight(session: Session, node: str, name: str, index: int, value: float) -> float:
    """Write one value, by its flat index, of the array that `weights_of` calls so; returns what was there.

    Raises KeyError where it is gone.
    """
    part, _, array = name.rpartition(".")
    owner = session.layout.owners[f"{node}{NAME_SEPARATOR}{part}" if part else node]
    for slot in session.layout.parameters:
        if slot.node == owner and slot.name == array and index < slot.size:
            return session.alterations.write(session.parameters, slot.offset + index, value)
    raise KeyError(name)
