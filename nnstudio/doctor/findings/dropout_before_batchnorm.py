"""Dropout right before BatchNorm: what is normalised in training is not what comes when predicting."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnstudio.doctor.finding import Case, Finding, Judged, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import moved_behind, removal
from nnstudio.doctor.wiring import ACTIVATIONS, passes_on
from nnstudio.model.problems import Repair


def _remedies(patient: Patient, node: Resolved, norm: Resolved) -> tuple[Repair, ...]:
    if patient.wiring.is_part(node):
        return ()
    name = patient.name(node.id)
    gone = removal(f"Delete {name}", node.id)
    if patient.wiring.is_part(norm) or patient.wiring.feeds_outputs_only(norm.id):
        return (gone,)
    return moved_behind(f"Put {name} behind {patient.name(norm.id)}", node.id, norm.id), gone


@findings.register
class DropoutBeforeBatchNorm(Finding):
    """The shift of variance of Li et al. (2018), where no layer of weights stands between the two."""

    id = "dropout_before_batchnorm"
    title = "Dropout before BatchNorm"
    order = 24
    # The harm is done when predicting: no loss of training shows it.
    judged = Judged.WATCHED

    def look(self, patient: Patient) -> Iterator[Case]:
        for node in patient.layout.nodes.values():
            drops = passes_on(node) and node.layer.differs_in_training(node.options)
            if not drops or patient.wiring.is_of_layer(node):
                continue
            for follower in patient.wiring.chain_behind(node.id):
                if follower.layer.across_samples:
                    name, norm = patient.name(node.id), patient.name(follower.id)
                    yield Case(
                        patient.node(node.id),
                        f"{name} makes values differ more while training than when predicting, and {norm} "
                        "remembers how much they differ in training. When predicting it then scales all "
                        f"values wrongly; put {name} behind {norm}, or leave it out.",
                        tuple(
                            (o.capitalize(), f"{v:g}")
                            for o, v in node.options.items()
                            if isinstance(v, float)
                        ),
                        remedies=_remedies(patient, node, follower),
                    )
                elif passes_on(follower) or follower.layer.category == ACTIVATIONS:
                    continue
                break
