"""A network that learns its samples by heart: better and better on them, worse on others.

A gap between the parts alone is none: any network knows best what it learned from. Overfitting is told once
the loss of the others rises beyond chance, since the epoch that was the best.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.answers import rows_of
from nnstudio.doctor.baseline import losses_of_constant
from nnstudio.doctor.charts import loss_curve
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import Losses, Patient
from nnstudio.doctor.proposals import held_back
from nnstudio.model.quantity import in_digits, in_percent

# The watched loss over its least, and how much the training loss fell meanwhile.
WORSE, FELL = 1.1, 0.8
# The watched loss over that of a constant answer from which on the network is no clear help.
NO_BETTER = 0.9
# Epochs that the watched loss must have risen for, and over how many it is smoothed.
EPOCHS, SMOOTH = 5, 3
# So many standard errors are no chance: of the difference, sample by sample, between now and the best epoch;
# or of the watched loss, where nothing was kept of that epoch.
SURE, SURE_ALONE = 2.0, 1.5
# The right answers are this much fewer, or the wrong ones so many times as many.
CLEARLY, TWICE = 0.03, 2.0
# Weights that were kept within so many epochs of the best one are as good as its own.
NEAR = 2


@findings.register
class Overfitting(Finding):
    """The watched loss has risen for epochs, beyond chance, while the training loss fell."""

    id = "overfitting"
    title = "Overfitting"
    order = 44
    sees = (Sees.CURVE,)
    may_see = (Sees.ANSWERS,)
    explains = ("nothing_learned",)
    judged = Judged.WATCHED

    def look(self, patient: Patient) -> Iterator[Case]:
        if patient.data.watched == Split.TRAINING:
            return
        best = best_of_rise(patient)
        # What never helped on other samples does not get worse on them.
        if best is None or never_helped(patient):
            return
        watched = smooth(patient.losses.watched)
        if not _is_beyond_chance(patient, best):
            return
        if not _knows_its_samples(patient):
            return
        losses, part = patient.losses, str(patient.data.watched)
        since, least = int(losses.epochs[best]), int(losses.watched.argmin())
        low, now = (in_digits(float(v), 3) for v in (watched[best], watched[-1]))
        yield Case(
            "",
            f"Since epoch {since:,} the {part} loss, averaged over {SMOOTH} epochs, has risen from {low} to "
            f"{now}, while the training loss still fell. The network learns its samples by heart, and gets "
            f"worse on all others; the best weights are those of epoch {losses.epochs[least]:,.0f}.",
            (
                (f"Least {part} loss", _of_epoch(losses, least)),
                ("Now", _of_epoch(losses, len(losses) - 1)),
                ("Average rises since", f"epoch {since:,}"),
                *_accuracies(patient),
            ),
            loss_curve(patient, since, watched=True),
            held_back(patient),
        )


def _of_epoch(losses: Losses, row: int) -> str:
    """The watched loss of a single epoch, in the digits that it has everywhere else in the window."""
    return f"{in_digits(float(losses.watched[row]))} (epoch {losses.epochs[row]:,.0f})"


def best_of_rise(patient: Patient) -> int | None:
    """The row of the curve from which on the watched loss has risen while the training loss fell; or None."""
    watched, loss = smooth(patient.losses.watched), smooth(patient.losses.loss)
    if len(watched) < EPOCHS or not np.isfinite(watched).all():
        return None
    best = int(watched.argmin())
    rises = (
        len(watched) - 1 - best >= EPOCHS
        and watched[-1] > WORSE * watched[best]
        and loss[-1] < FELL * loss[best]
    )
    return best if rises else None


def never_helped(patient: Patient) -> bool:
    """Whether the watched loss, averaged over epochs, was never clearly below that of a constant answer."""
    watched = smooth(patient.losses.watched)
    usual = watched_baseline(patient)
    if usual is None or not len(watched) or not np.isfinite(watched).all():
        return False
    return bool(watched.min() > NO_BETTER * usual)


def watched_baseline(patient: Patient) -> float | None:
    """Mean loss over the watched part of the constant answer that is best for the training part, as the curve
    has it; None where that is not known.
    """
    if patient.session.loss_options.get("class_weights"):
        # The plain loss of a constant answer is not what was aimed at.
        return None
    return patient.kept("watched constant", lambda: _watched_constant(patient))


def _watched_constant(patient: Patient) -> float | None:
    y = patient.data.part(patient.data.watched)[1]
    losses = losses_of_constant(patient.session, y[rows_of(len(y))])
    if losses is None or not np.isfinite(losses).all():
        return None
    return float(losses.mean()) * patient.layout.targets[0].weight


def _knows_its_samples(patient: Patient) -> bool:
    """Whether more of the training samples are right than of the others; True where there are no classes.

    Where both are alike, nothing was learned by heart: a few answers that are wrong are far too sure.
    """
    answers = [patient.answers.get(part) for part in (Split.TRAINING, patient.data.watched)]
    right = [a.accuracy if a is not None else float("nan") for a in answers]
    if not np.isfinite(right).all():
        right = [float(patient.losses.accuracy[-1]), float(patient.losses.watched_accuracy[-1])]
    if not np.isfinite(right).all():
        return True
    training, watched = right
    return training - watched > CLEARLY or (training > watched and 1 - watched > TWICE * (1 - training))


def smooth(values: np.ndarray) -> np.ndarray:
    """Means over the latest epochs, so that chance does not choose the best one."""
    if len(values) < SMOOTH:
        return values
    sums = np.convolve(values, np.ones(SMOOTH) / SMOOTH, "valid")
    return np.concatenate([np.full(SMOOTH - 1, sums[0]), sums])


class Chance(NamedTuple):
    """What chance says of a rise of the watched loss.

    Attributes:
        is_beyond: whether it rose by more than other samples of the same kind might have shown.
        samples: how many the watched part has.
        apart: what the loss of each of some of them rose by since the best epoch, float64 (n,); None where
            no weights were kept near that.
    """

    is_beyond: bool
    samples: int
    apart: np.ndarray | None = None


def chance_of_rise(patient: Patient, best: int) -> Chance | None:
    """Judge a rise of the watched loss since a row of the curve; None where there is nothing to judge it by.

    The same samples are judged now and at the best epoch, so that the differences of each of them tell: those
    that are hard are so both times.
    """
    losses, watched = patient.losses, smooth(patient.losses.watched)
    rise = float(watched[-1] - watched[best])
    answers = patient.answers.get(patient.data.watched)
    if answers is None or len(answers.losses) < 2 or not np.isfinite(answers.losses).all():
        return None
    # The curve is of all samples, and some tell how much each one may stray.
    now, count = answers.losses, len(patient.data.part(patient.data.watched)[0])
    step = int(losses.steps[best])
    then = patient.losses_at(step, patient.data.watched, round(NEAR * step / losses.epochs[best]))
    if then is None or not np.isfinite(then).all():
        return Chance(rise > SURE_ALONE * float(now.std()) / sqrt(count), count)
    apart = now - then
    # Where classes count differently in the curve, all samples alike may tell another thing.
    is_weighted = bool(patient.session.loss_options.get("class_weights"))
    least = rise if is_weighted and float(apart.mean()) > 0 else min(rise, float(apart.mean()))
    is_beyond = least > SURE * float(apart.std()) / sqrt(count)
    return Chance(is_beyond, count, apart)


def _is_beyond_chance(patient: Patient, best: int) -> bool:
    """Whether the watched loss rose by more than chance may do."""
    if patient.baseline is not None and patient.losses.watched[-1] > patient.baseline:
        # Worse than always the same answer is no chance either.
        return True
    chance = chance_of_rise(patient, best)
    return chance is None or chance.is_beyond


def _accuracies(patient: Patient) -> tuple[tuple[str, str], ...]:
    """The shares of right answers in both parts; nothing where there are no classes."""
    shares = (
        ("training", patient.losses.accuracy[-1]),
        (str(patient.data.watched), patient.losses.watched_accuracy[-1]),
    )
    if not all(np.isfinite(share) for _part, share in shares):
        return ()
    right = patient.right
    return tuple((f"{right} in {part}", in_percent(round(float(share), 3))) for part, share in shares)
