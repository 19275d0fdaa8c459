"""What an Output is compared with, and what learns from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnkernels.graph.network import NodeError, Resolved, read_columns
from nnkernels.ops.projection import PROJECTION
from nnkernels.spec import IDENTITY, Loss, Role, SpecError, losses, read_groups, read_target

# The data's own number of target columns is checked when a run begins.
MAX_COLUMNS = 1 << 20


@dataclass(frozen=True)
class Target:
    """An Output and what it is compared with.

    Attributes:
        node: identifier of the Output.
        logits: node whose values the loss sees: behind it stand at most a folded activation and dots.
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
    while last.layer.id == IDENTITY:
        last = nodes[last.inputs[0]]
    folded = losses[loss].computes(last.layer, last.options, last.shape) and _serves_outputs(nodes, last.id)
    try:
        columns = read_columns(node.options["columns"], MAX_COLUMNS, "target values")
        constant, trains = read_target(node.options["target"]), read_groups(node.options["trains"])
    except SpecError as error:
        raise NodeError(output, str(error)) from error
    logits = last.inputs[0] if folded else node.inputs[0]
    return Target(output, logits, loss, node.options["weight"], columns, constant, trains)


def _serves_outputs(nodes: Mapping[str, Resolved], name: str) -> bool:
    """Whether a node serves nothing but Outputs, also by way of dots: its gradient is the loss's own."""
    behind = [node for node in nodes.values() if name in node.inputs]
    return all(
        node.layer.role == Role.OUTPUT or (node.layer.id == IDENTITY and _serves_outputs(nodes, node.id))
        for node in behind
    )


def behind_logits(nodes: Mapping[str, Resolved], target: Target) -> tuple[str, ...]:
    """The nodes between what a loss sees and its Output, from the Output on: dots and a folded activation."""
    names = []
    name = nodes[target.node].inputs[0]
    while name != target.logits:
        names.append(name)
        (name,) = nodes[name].inputs
    return tuple(names)


__all__ = ["Target", "behind_logits", "target_of"]
