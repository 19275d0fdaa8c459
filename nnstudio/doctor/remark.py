"""What is worth knowing of a run beside what the doctor sees: no fault, and so no finding."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from nnkernels.planning.optimizer_groups import takes_turns
from nnstudio.data.dataset import Split
from nnstudio.doctor.findings.overfitting import SMOOTH, best_of_rise, chance_of_rise, never_helped, smooth
from nnstudio.doctor.jumps import jumps_of
from nnstudio.doctor.patient import FEWEST_EPOCHS, Patient
from nnstudio.model.quantity import counted, in_digits, in_percent

# Epochs whose losses are averaged, so that chance says less; how many times the loss of training the watched
# one is, and its least share of that of a constant answer: below, both are as good as nothing.
OVER, TIMES, SHARE = 3, 2.0, 0.05
# More times than this are no figure that says more.
MANY = 1000
# A single sample that makes up this share of a rise is told.
ALONE = 1 / 3
# What says the same, and more.
SAID = frozenset({"overfitting", "nothing_learned"})
JUMPS_SAID = frozenset({
    "loss_spikes", "was_better", "not_a_number", "learning_rate_high", "rising_loss", "oscillating_loss",
})  # fmt: skip


def remark(patient: Patient, told: Collection[str] = ()) -> str:
    """All that is worth knowing, beside findings that are ``told``, by their identifiers; or ""."""
    jump, others = jump_remark(patient, told), rise_remark(patient, told) or gap_remark(patient, told)
    return f"{jump} Also w{others[1:]}" if jump and others else jump or others


def jump_remark(patient: Patient, told: Collection[str] = ()) -> str:
    """Sentences on the latest jump of the training loss; "" where there is none, or where it is told."""
    if takes_turns(patient.layout) or not JUMPS_SAID.isdisjoint(told):
        return ""
    seen = jumps_of(patient)
    if seen is None:
        return ""
    losses, jump = seen
    epoch = int(losses.epochs[jump.row])
    ends = "and has not come back so far"
    if jump.back is not None:
        ends = f"and was back after {counted(int(losses.epochs[jump.back]) - epoch, 'epoch')}"
    again = ""
    if jump.times > 1:
        again = f" It is one of {jump.times:,} such jumps since epoch {int(losses.epochs[jump.first]):,}."
    level, top = in_digits(jump.level, 2), in_digits(jump.top, 2)
    return (
        f"Worth knowing: at epoch {epoch:,} the training loss jumped from about {level} to {top}, {ends}."
        f"{again} {_why(patient, losses.steps[: jump.row])}"
    )


def _why(patient: Patient, steps_before: np.ndarray) -> str:
    """Where a jump comes from, most likely; ``steps_before``: of the rows before it."""
    if patient.began and int((steps_before > patient.began).sum()) <= FEWEST_EPOCHS:
        return f"The settings were changed at step {patient.began:,}, just before."
    return "Where that comes again, a smaller learning rate, or one that falls, calms it."


def rise_remark(patient: Patient, told: Collection[str] = ()) -> str:
    """Sentences on a watched loss that rose as in overfitting, by no more than chance may do; or ""."""
    if _is_beside_the_point(patient, told):
        return ""
    best = best_of_rise(patient)
    if best is None or never_helped(patient):
        return ""
    chance, watched = chance_of_rise(patient, best), smooth(patient.losses.watched)
    if chance is None or chance.is_beyond or watched[-1] < SHARE * (patient.baseline or 0.0):
        return ""
    low, now = (in_digits(float(v), 3) for v in (watched[best], watched[-1]))
    return (
        f"Worth knowing: since epoch {int(patient.losses.epochs[best]):,} the {patient.data.watched} loss, "
        f"averaged over {SMOOTH} epochs, has risen from {low} to {now} while the training loss still fell. "
        f"That is what overfitting looks like, but with {counted(chance.samples, 'sample')} it may be chance"
        f"{_of_one(chance.apart)}."
    )


def _of_one(apart: np.ndarray | None) -> str:
    """How much of a rise is of the one sample whose loss rose most, of some that all were judged twice."""
    whole = 0.0 if apart is None else float(apart.sum())
    if apart is None or whole <= 0:
        return ""
    most = float(apart.max())
    if most >= whole:
        return ": without the one whose loss rose most there is no rise"
    return f": {in_percent(round(most / whole, 2))} of it is of a single one" if most > ALONE * whole else ""


def gap_remark(patient: Patient, told: Collection[str] = ()) -> str:
    """A sentence on a watched loss far above that of training; "" where there is none, or where findings
    that are ``told``, by their identifiers, say so.
    """
    losses = patient.losses
    # Where groups are drawn equally often, training is judged by other samples.
    if _is_beside_the_point(patient, told) or len(losses) < FEWEST_EPOCHS or patient.settings.balance:
        return ""
    training, watched = (float(values[-OVER:].mean()) for values in (losses.loss, losses.watched))
    # Of losses that are no numbers nothing of this holds.
    if not 0 < TIMES * training <= watched or watched < SHARE * (patient.baseline or 0.0):
        return ""
    times = f"more than {MANY:,}" if watched > MANY * training else f"{watched / training:.1f}"
    return (
        f"Worth knowing: the {patient.data.watched} loss is {times} times that of training "
        f"({in_digits(watched, 3)} against {in_digits(training, 3)}, means of the last {OVER} epochs), so "
        "the network knows its own samples better than others. By itself that is no fault."
    )


def _is_beside_the_point(patient: Patient, told: Collection[str]) -> bool:
    """Whether nothing is watched apart from training, or what is told says the same, and more."""
    return patient.data.watched == Split.TRAINING or takes_turns(patient.layout) or not SAID.isdisjoint(told)
