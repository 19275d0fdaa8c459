"""A schedule, or factors of layers, that leave no learning rate for most of a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.spec import schedules
from nnstudio.doctor.charts import line
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import options, setting
from nnstudio.doctor.schedule import factors_of
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import counted

# A rate of this share of the highest, or less, moves next to nothing.
GONE = 0.01
# It is gone early before this share of the run; up to the next, only what learned hardly anything is told.
EARLY, HALF, HIGH = 0.25, 0.5, 0.6
# So many epochs at the full rate are too few to tell that there was no more to be learned.
FEW = 5.0
# A loss that still fell by this share over the last half of the epochs that had a rate was not done learning.
FELL = 0.01


@findings.register
class LearningRateGone(Finding):
    """The learning rate is at a hundredth of what it was, or less, for most of the epochs of the settings.

    Of a run that learned, or whose loss had come to its level while there was a rate, nothing is told.
    """

    id = "learning_rate_gone"
    title = "No learning rate is left"
    order = 5
    may_see = (Sees.CURVE, Sees.ANSWERS)
    explains = (
        "plateau", "slow_learning", "constant_loss", "learning_rate_low", "underfitting", "nothing_learned",
        "class_never_predicted",
    )  # fmt: skip

    def look(self, patient: Patient) -> Iterator[Case]:
        if patient.is_fitted:
            return
        yield from _by_layers(patient)
        epochs, factors = factors_of(patient)
        left = np.flatnonzero(factors > GONE * factors.max(initial=0.0))
        if not len(left) or left[-1] == len(epochs) - 1:
            return
        since = int(epochs[left[-1] + 1])
        if not _matters(patient, since, float(factors.sum())):
            return
        title = schedules[patient.settings.schedule].title
        rates = patient.rate * factors
        run = patient.settings.epochs
        yield Case(
            "",
            f"From epoch {since:,} on, the schedule {title} leaves {GONE:.0%} of the learning rate or less, "
            f"and the run has {counted(run, 'epoch')}. Steps then hardly move the weights: what is not "
            "learned by then will not be learned, whatever rate it starts with.",
            (
                ("Learning rate at first", f"{rates[0]:.3g}"),
                (f"In epoch {since:,}", f"{rates[left[-1] + 1]:.3g}"),
                (f"In epoch {int(epochs[-1]):,}", f"{rates[-1]:.3g}"),
                ("Epochs with more", f"{since - 1:,} of {run:,}"),
            ),
            line(epochs, rates, "epoch", "learning rate", since),
            (
                setting("Leave the learning rate as it is (constant)", schedule="constant"),
                setting("Let the learning rate fall until the end of the run (cosine)", schedule="cosine"),
            ),
        )


def _matters(patient: Patient, since: int, full: float) -> bool:
    """Whether a rate that is gone since an epoch, from 1, keeps this run from learning; ``full``: how many
    epochs at the full rate all epochs come to.
    """
    share = (since - 1) / max(patient.settings.epochs, 1)
    losses, relative = patient.losses, patient.relative
    if not len(losses) or int(losses.epochs[-1]) < since:
        return share <= EARLY
    if relative is None or not (share <= EARLY or (share <= HALF and relative >= HIGH)):
        return False
    if full <= FEW and relative >= HIGH:
        return True
    middle, end = np.searchsorted(losses.epochs, (max(since // 2, 1), since))
    before, after = float(losses.loss[middle]), float(losses.loss[min(end, len(losses) - 1)])
    return before - after > FELL * abs(before)


def _by_layers(patient: Patient) -> Iterator[Case]:
    """All layers that learn have a factor that takes the rate away."""
    learned = [n for n in patient.wiring.learned if not n.options.get("frozen")]
    factors = [float(n.options.get("learning_rate_factor", 1.0)) for n in learned]
    if not factors or max(factors) > GONE:
        return
    own = tuple(n.id for n in learned if not patient.wiring.is_part(n))
    rate = patient.rate * max(factors)
    yield Case(
        "",
        f"Every layer that learns has a rate factor of {max(factors):g} or less, so the steps are at "
        f"{GONE:.0%} of the learning rate at most. None of them can learn at the rate that is set.",
        (("Learning rate", f"{patient.rate:g}"), ("Of the fastest layer", f"{rate:.3g}")),
        remedies=_full_rate(own),
    )


def _full_rate(nodes: tuple[str, ...]) -> tuple[Repair, ...]:
    if not nodes:
        return ()
    return (options("Let all layers learn at the full rate (factor 1)", nodes, "learning_rate_factor", 1.0),)
