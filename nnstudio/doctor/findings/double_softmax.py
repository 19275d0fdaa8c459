"""Softmax where it does not belong: twice in a row, or between hidden layers."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import removal, replacement
from nnstudio.doctor.wiring import passes_on
from nnstudio.model.problems import Repair

SHARES = ("softmax", "log_softmax")


@findings.register
class DoubleSoftmax(Finding):
    """A Softmax behind which nothing but layers of weights, or another Softmax, follows."""

    id = "double_softmax"
    title = "Softmax in the middle of the network"
    order = 10
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        wiring = patient.wiring
        for node in patient.layout.nodes.values():
            if node.layer.id not in SHARES or wiring.is_of_layer(node) or node.shape[-1] < 2:
                continue
            follower = next((n for n in wiring.chain_behind(node.id) if not passes_on(n)), None)
            # What multiplies with shares attends to something, or gates it.
            if follower is None or not (follower.layer.id in SHARES or follower in wiring.learned):
                continue
            name, then = patient.name(node.id), patient.name(follower.id)
            yield Case(
                patient.node(node.id),
                f"{name} turns {node.shape[-1]} values into shares that sum to 1, so that where one is large "
                f"all others are near 0, and {then} gets nothing else. Differences between samples nearly "
                "vanish, so that what comes before hardly learns.",
                (("Shares", f"{node.shape[-1]}"), ("Mean share", f"{1 / node.shape[-1]:.3g}"),
                 ("Followed by", then)),
                remedies=() if wiring.is_part(node) else _remedies(name, patient.node(node.id)),
            )  # fmt: skip


def _remedies(name: str, node: str) -> tuple[Repair, ...]:
    """Where it is the only thing that bends values there, something has to do that in its place."""
    return removal(f"Delete {name}", node), replacement(f"Replace {name} with ReLU", (node,), "relu")
