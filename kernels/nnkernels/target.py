"""What an Output is compared with, and what learns from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnkernels.graph.network import NodeError, Resolved, read_columns
from nnkernels.ops.projection import PROJECTION
from nnkernels.spec import Loss, Role, SpecError, losses, read_groups, read_target

# The data's own number of target columns is checked when a run begins.
MAX_COLUMNS = 1 << 20


@dataclass(frozen=True)
class Target:
    """An Output and what it is compared with.

    Attributes:
        node: identifier of the Output.
        logits: node whose values the loss sees: behind it stands at most a folded activation.
        loss: identifier of the loss; empty where the values are only projected, see `compares`.
        weight: factor of this loss in the sum that is minimised.
        columns: target columns, or None for all.
        constant: the number that all values are compared with, in place of the data's targets, or None.
        trains: the optimizer groups that learn from it, or None for all.
    """

    node: str
    logits: str
    loss: str
    weight: float
    columns: tuple[int, ...] | None
    constant: float | None = None
    trains: tuple[str, ...] | None = None

    @property
    def compares(self) -> Loss:
        """The loss itself."""
        return losses[self.loss] if self.loss else PROJECTION

    def teaches(self, group: str) -> bool:
        """Whether an optimizer group learns from it."""
        return self.trains is None or group in self.trains


def target_of(nodes: Mapping[str, Resolved], output: str, run_loss: str) -> Target:
    """What an Output is compared with. Raises NodeError."""
    node = nodes[output]
    loss = run_loss if node.options["loss"] == "run" else node.options["loss"]
    last = nodes[node.inputs[0]]
    # A folded activation must serve nothing but outputs: the loss makes its gradient.
    alone = {n.layer.role for n in nodes.values() if last.id in n.inputs} == {Role.OUTPUT}
    folded = alone and losses[loss].computes(last.layer, last.options, last.shape)
    try:
        columns = read_columns(node.options["columns"], MAX_COLUMNS, "target values")
        constant, trains = read_target(node.options["target"]), read_groups(node.options["trains"])
    except SpecError as error:
        raise NodeError(output, str(error)) from error
    logits = last.inputs[0] if folded else last.id
    return Target(output, logits, loss, node.options["weight"], columns, constant, trains)


__all__ = ["Target", "target_of"]
