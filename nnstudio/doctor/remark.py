"""What is worth knowing of a run beside what the doctor sees: no fault, and so no finding."""

from __future__ import annotations

from collections.abc import Collection

from nnkernels.planning.optimizer_groups import takes_turns
from nnstudio.data.dataset import Split
from nnstudio.doctor.patient import FEWEST_EPOCHS, Patient
from nnstudio.model.quantity import in_digits

# Epochs whose losses are averaged, so that chance says less; how many times the loss of training the watched
# one is, and its least share of that of a constant answer: below, both are as good as nothing.
OVER, TIMES, SHARE = 3, 2.0, 0.05
# What says the same, and more.
SAID = frozenset({"overfitting", "nothing_learned"})


def gap_remark(patient: Patient, told: Collection[str] = ()) -> str:
    """A sentence on a watched loss far above that of training; "" where there is none, or where findings
    that are ``told``, by their identifiers, say so.
    """
    losses = patient.losses
    if patient.data.watched == Split.TRAINING or takes_turns(patient.layout) or not SAID.isdisjoint(told):
        return ""
    # Where groups are drawn equally often, training is judged by other samples.
    if len(losses) < FEWEST_EPOCHS or patient.settings.balance:
        return ""
    training, watched = (float(values[-OVER:].mean()) for values in (losses.loss, losses.watched))
    # Of losses that are no numbers nothing of this holds.
    if not 0 < TIMES * training <= watched or watched < SHARE * (patient.baseline or 0.0):
        return ""
    return (
        f"Worth knowing: the {patient.data.watched} loss is {watched / training:.1f} times that of training "
        f"({in_digits(watched, 3)} against {in_digits(training, 3)}, means of the last {OVER} epochs), so "
        "the network knows its own samples better than others. By itself that is no fault."
    )
