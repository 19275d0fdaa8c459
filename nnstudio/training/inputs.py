"""Whether the samples, and the batches that they come in, can go through a network's layers.

Kernels cannot refuse anything: what a layer does not take is found here, before it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.graph.network import NodeError, read_columns
from nnkernels.program import Layout
from nnkernels.spec import Layer, Role, SpecError

if TYPE_CHECKING:
    from nnstudio.training.evaluation import Evaluation

# A usual batch, for a network that cannot learn from single samples.
USUAL = 16
# Samples whose numbers are looked at together.
AT_ONCE = 8192


class BatchError(NodeError):
    """A layer cannot learn from batches of this size; ``fitting`` is one that suits it, 0 for none."""

    def __init__(self, node: str, text: str, fitting: int) -> None:
        super().__init__(node, text)
        self.fitting = fitting


def check_numbers(session: Evaluation, x: np.ndarray) -> None:
    """Raise NodeError where a layer that takes certain numbers only is given others by samples x (n, ...).

    Numbers that other layers make are those that they make with the parameters as they are.
    """
    layout = session.layout
    for node in layout.nodes.values():
        if type(node.layer).check_numbers is Layer.check_numbers:
            continue
        for start in range(0, len(x), AT_ONCE):
            part = x[start : start + AT_ONCE]
            numbers = _numbers_of(layout, node.inputs[0], part)
            try:
                node.layer.check_numbers(
                    node.options, session.predict(part, node.inputs[0]) if numbers is None else numbers
                )
            except SpecError as error:
                raise NodeError(node.id, str(error)) from error


def _numbers_of(layout: Layout, name: str, x: np.ndarray) -> np.ndarray | None:
    """What a node hands on of samples (n, ...), as (n, values); None where it computes something."""
    node = layout.nodes[name]
    while node.inputs and node.layer.is_view(node.options, False):
        node = layout.nodes[node.inputs[0]]
    if node.layer.role != Role.INPUT:
        return None
    flat = x.reshape(len(x), -1)
    columns = read_columns(node.options["columns"], flat.shape[1], "values")
    return flat if columns is None else flat[:, columns]


def check_batches(layout: Layout, count: int, batch: int) -> None:
    """Raise BatchError where a layer cannot learn from one of the batches of ``count`` training samples."""
    last = count % batch or batch
    for node in layout.nodes.values():
        if layout.is_frozen(node):
            continue
        try:
            node.layer.check_batch(node.options, node.shape, min(batch, last))
        except SpecError as error:
            fitting = _fitting(count, batch)
            raise BatchError(node.id, f"{error} {_advice(count, batch, fitting)}", fitting) from error


def _fitting(count: int, batch: int) -> int:
    """The batch size nearest to this one, or to a usual one, that leaves no sample alone; 0 for none."""
    if count == 1:
        return 0
    near = USUAL if batch == 1 else batch
    sizes = (size for n in range(count + near) for size in (near + n, near - n))
    return next(size for size in sizes if size > 1 and count % size != 1)


def _advice(count: int, batch: int, fitting: int) -> str:
    """Which batches are too small, and what would mend it."""
    if not fitting:
        return "The data has only one training sample; more are needed."
    if batch == 1:
        why = "The batch size is 1. "
    else:
        why = f"Of {count} training samples in batches of {batch}, the last batch has only {count % batch}. "
    return f"{why}Choose a batch size of {fitting}."


__all__ = ["BatchError", "check_batches", "check_numbers"]
