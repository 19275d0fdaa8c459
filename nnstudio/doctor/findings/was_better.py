"""What was learned is lost again: both losses were low, and have been far higher for epochs.

Overfitting is another thing: there the training loss still falls. A loss that jumps up and comes back is told
as one that spikes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.charts import loss_curve
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Losses, Patient
from nnstudio.doctor.proposals import falling
from nnstudio.doctor.remedies import other_rates, setting
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits

# So many epochs are no moment, of which this share, and the last one, are far worse; the level at the best is
# a mean over so many.
STAYS, MOST, SMOOTH = 20, 0.75, 3
# Far worse is so many times the best level, and above it by this share of the loss of a constant
# answer: what is lost of nearly nothing is no quality.
TIMES, LOST = 3.0, 0.1
# At its best the network had learned: its loss was at most this share of that of a constant answer.
LEARNED = 0.5
# Weights that were kept are near the best epoch within this share of its steps.
NEAR = 0.05
PATIENCE = 50


@findings.register
class WasBetter(Finding):
    """Losses of training and of the watched part that were low, and have stayed far higher."""

    id = "was_better"
    title = "It was better before"
    order = 45
    sees = (Sees.CURVE,)
    explains = ("rising_loss", "oscillating_loss")
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        losses, usual = patient.losses, patient.baseline
        if not usual or usual <= 0 or len(losses) < STAYS + SMOOTH:
            return
        is_watched = patient.data.watched != Split.TRAINING and bool(np.isfinite(losses.watched).all())
        judged = losses.watched if is_watched else losses.loss
        best = best_row(judged)
        if best is None or not (_is_lost(judged, best, usual) and _is_lost(losses.loss, best, usual)):
            return
        part = str(patient.data.watched) if is_watched else "training"
        low, now = in_digits(_level(judged, best), 3), in_digits(float(np.median(judged[-STAYS:])), 3)
        epoch = int(losses.epochs[best])
        too = ", and the training loss has risen with it" if is_watched else ""
        yield Case(
            "",
            f"At epoch {epoch:,} the {part} loss, averaged over {SMOOTH} epochs, was {low}; over the last "
            f"{STAYS} epochs it has been about {now}{too}. What was learned was thrown away again, most "
            f"often by steps that are too large.{_way_back(patient, best)}",
            (
                (f"Best {part} loss", f"{low} (epoch {epoch:,})"),
                (f"Over the last {STAYS} epochs", now),
                ("Loss of a constant answer", in_digits(usual, 3)),
                ("Learning rate", f"{patient.rate:g}"),
            ),
            loss_curve(patient, epoch, watched=is_watched),
            corrections=(*_waiting(patient), *falling(patient), *other_rates(patient.rate, 0.3, 0.1)),
        )


def best_row(judged: np.ndarray) -> int | None:
    """The row whose loss, a mean over a few epochs up to it, was the least; None where one is no number."""
    if not np.isfinite(judged).all():
        return None
    means = np.convolve(judged, np.ones(SMOOTH) / SMOOTH, "valid")
    return int(means.argmin()) + SMOOTH - 1


def _level(losses: np.ndarray, row: int) -> float:
    return float(losses[row - SMOOTH + 1 : row + 1].mean())


def _is_lost(losses: np.ndarray, best: int, usual: float) -> bool:
    """Whether the last epoch and most of those before are far above the best level, at which much was
    learned.
    """
    level = _level(losses, best)
    least = min(float(np.quantile(losses[-STAYS:], 1 - MOST)), float(losses[-1]))
    return level <= LEARNED * usual and least > max(TIMES * level, level + LOST * usual)


def _way_back(patient: Patient, best: int) -> str:
    """A sentence on the kept step that is nearest to the best epoch; nothing where none is near."""
    losses: Losses = patient.losses
    step = int(losses.steps[best])
    near = min(patient.session.checkpoint_steps, key=lambda kept: abs(kept - step), default=None)
    if near is None or not near or abs(near - step) > NEAR * step:
        return ""
    return f" The timeline has the weights of step {near:,}, near the best epoch, to continue from."


def _waiting(patient: Patient) -> tuple[Repair, ...]:
    """Early stopping, which takes the best weights, where there is none."""
    if patient.settings.extra("patience"):
        return ()
    title = f"Stop after {PATIENCE} epochs without a better loss, and take the best weights"
    return (setting(title, patience=PATIENCE),)
