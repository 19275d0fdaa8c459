"""The trained arrays of a node, to look at and to set by hand."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import INSIDE
from nnstudio.training.evaluation import Evaluation


def weights_of(session: Evaluation, node: str) -> dict[str, np.ndarray]:
    """Copies of the arrays that a node uses, or that the nodes inside of it do, float32, by name.

    Inside a composite or sub-network a name is "part.name"; shared arrays are those of their owner.
    """
    found, layout = {}, session.layout
    for name, owner in layout.owners.items():
        if name == node or name.startswith(node + INSIDE):
            part = name[len(node) + 1 :]
            for slot in layout.parameters:
                if slot.node == owner:
                    values = session.parameters[slot.offset : slot.offset + slot.size]
                    found[f"{part}.{slot.name}" if part else slot.name] = values.reshape(slot.shape).copy()
    return found


def set_weight(session: Evaluation, node: str, name: str, index: int, value: float) -> None:
    """Write one value, by its flat index, of the array that `weights_of` calls so.

    Raises KeyError where it is gone.
    """
    part, _, array = name.rpartition(".")
    owner = session.layout.owners[f"{node}{INSIDE}{part}" if part else node]
    for slot in session.layout.parameters:
        if slot.node == owner and slot.name == array and index < slot.size:
            session.parameters[slot.offset + index] = value
            return
    raise KeyError(name)
