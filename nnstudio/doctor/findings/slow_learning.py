"""A run that leads to hardly more than a constant answer: at its end, or as soon as that is certain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.spec import Takes
from nnstudio.data.dataset import Split
from nnstudio.doctor.baseline import name_of_constant
from nnstudio.doctor.charts import loss_curve
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import larger
from nnstudio.doctor.remedies import other_rates
from nnstudio.doctor.scaling import scaled_target
from nnstudio.model.quantity import in_digits

# Above this share of the loss of a constant answer, hardly anything was learned; above the next, the network
# is worse than that.
HARDLY, WORSE = 0.9, 1.05
# A loss that fell by this share over the last quarter of the epochs still falls.
FALLS = 0.01
# Before the end it is told from this share of the epochs on, where even so many times the latest pace would
# not be enough.
LATE, FASTER = 0.75, 2.0
# Targets of such a size are far from what a network starts with.
LARGE = 10.0
WORSE_TITLE = "Worse than always the same number"


@findings.register
class SlowLearning(Finding):
    """The training loss is near that of a constant answer, and the epochs of the settings are over, or too
    few of them are left to change that.
    """

    id = "slow_learning"
    title = "Hardly anything was learned"
    order = 47
    sees = (Sees.CURVE,)
    may_see = (Sees.ANSWERS,)
    explains = ("nothing_learned",)

    def look(self, patient: Patient) -> Iterator[Case]:
        loss, relative = patient.losses.loss, patient.relative
        if relative is None or not relative > HARDLY or patient.rate == 0 or not np.isfinite(loss).all():
            return
        quarter = max(len(loss) // 4, 1)
        fell, epochs, left = float(loss[-1 - quarter] - loss[-1]), patient.losses.epochs, _left(patient)
        at_last = relative * (1 - FASTER * fell / float(epochs[-1] - epochs[-1 - quarter]) * left / loss[-1])
        if left > (1 - LATE) * patient.settings.epochs or not at_last > HARDLY:
            return
        still_falls = fell > FALLS * float(loss[-1 - quarter])
        is_worse = relative > WORSE
        is_number = patient.session.loss.takes == Takes.NUMBERS
        than = name_of_constant(patient.session)
        yield Case(
            "",
            f"After {int(epochs[-1]):,} {_of_all(patient)}epochs the predictions are "
            f"{'worse' if is_worse else 'hardly better'} than always giving {than}"
            f"{', and at this pace that will not change' if left else ''}. "
            + (
                "The loss still falls, so the network learns, but slowly: train for longer, or try a higher "
                "learning rate."
                if still_falls
                else "The loss hardly falls: try another learning rate, or a larger network."
            )
            + _of_target(patient, is_number),
            _numbers(patient),
            loss_curve(patient),
            (
                *scaled_target(patient),
                *other_rates(patient.rate, *((3, 10, 30) if still_falls else (100, 0.1))),
                *(() if still_falls else larger(patient)),
            ),
            title=WORSE_TITLE
            if is_worse and is_number
            else "The network learns slowly"
            if still_falls
            else "",
        )


def _left(patient: Patient) -> int:
    """Epochs of the settings that are still to come."""
    return max(patient.settings.epochs - int(patient.losses.epochs[-1]), 0)


def _of_all(patient: Patient) -> str:
    return f"of {patient.settings.epochs:,} " if _left(patient) else ""


def _of_target(patient: Patient, is_number: bool) -> str:
    """What is to be said of a target whose numbers a network can hardly reach; else nothing."""
    size = float(np.sqrt((patient.targets**2).mean())) if is_number else 0.0
    if size < LARGE:
        return ""
    return (
        f" The target has numbers of about {in_digits(size, 2)}, and a network starts with answers of about "
        "1; scale the target under Data."
    )


def _numbers(patient: Patient) -> tuple[tuple[str, str], ...]:
    told = [("Training loss", in_digits(float(patient.losses.loss[-1]), 3))]
    watched = float(patient.losses.watched[-1])
    if patient.data.watched != Split.TRAINING and np.isfinite(watched):
        told.append((f"{patient.data.watched} loss".capitalize(), in_digits(watched, 3)))
    if patient.baseline is not None:
        told.append(("Loss of a constant answer", in_digits(patient.baseline, 3)))
    return tuple(told)
