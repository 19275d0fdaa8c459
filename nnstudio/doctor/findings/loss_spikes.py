"""A loss that is low, and shoots up again and again: steps too large for what is left to be learned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.charts import POINTS, line
from nnstudio.doctor.finding import Case, Chart, Finding, Sees, findings
from nnstudio.doctor.patient import Losses, Patient
from nnstudio.doctor.proposals import falling
from nnstudio.doctor.remedies import other_rates
from nnstudio.model.quantity import in_digits

# A spike is so many times the level before it, which is the median of so many epochs, and this share of the
# loss of a constant answer; fewer of them are usual where the rate does not fall, unless the latest ones come
# so close together: so many within so many epochs.
TIMES, BEFORE, HIGH, FEWEST = 10.0, 20, 0.25, 12
CLOSE, WITHIN = 4, 100
# From this share of the loss of a constant answer on, little was learned, and other findings tell why.
LEARNED = 0.2


@findings.register
class LossSpikes(Finding):
    """The training loss of epochs that stand out from those around them, in a network that had learned."""

    id = "loss_spikes"
    title = "The loss spikes"
    order = 48
    sees = (Sees.CURVE,)

    def look(self, patient: Patient) -> Iterator[Case]:
        losses, usual = patient.losses, patient.baseline
        if not usual or not np.isfinite(losses.highest).all():
            return
        spikes = spikes_of(losses, usual)
        if len(spikes) < FEWEST and not _come_close(losses.epochs, spikes):
            return
        first, last = int(spikes[0]), int(spikes[-1])
        level, top = float(np.median(losses.loss[first:])), float(losses.highest[spikes].max())
        if level > LEARNED * usual:
            return
        epoch, step = int(losses.epochs[first]), int(losses.steps[first])
        yield Case(
            "",
            f"Since epoch {epoch:,}, the training loss has shot up {len(spikes)} times, from about "
            f"{in_digits(level, 2)} to as much as {in_digits(top, 2)}. Steps that were right at first are "
            "too large for what is left to be learned: a smaller learning rate, or one that falls, calms it.",
            (
                ("Spikes", f"{len(spikes)}"),
                ("The first", f"epoch {epoch:,}, step {step:,}"),
                ("The last", f"epoch {int(losses.epochs[last]):,}"),
                ("Learning rate", f"{patient.rate:g}"),
            ),
            _chart(losses, epoch),
            corrections=(*falling(patient), *other_rates(patient.rate, 0.3, 0.1)),
        )


def spikes_of(losses: Losses, usual: float) -> np.ndarray:
    """Rows of the curve at which the loss stands out from the calm ones before, int64 (spikes,); of several
    high ones in a row the first. ``usual``: the loss of a constant answer.
    """
    is_high = losses.highest > HIGH * usual
    calm = np.flatnonzero(~is_high)
    starts = np.flatnonzero(is_high & ~np.concatenate([[True], is_high[:-1]]))
    # The calm rows before each of them.
    ends = np.searchsorted(calm, starts)
    starts, ends = starts[ends >= BEFORE], ends[ends >= BEFORE]
    levels = np.median(losses.loss[calm[ends[:, None] - np.arange(1, BEFORE + 1)]], axis=1)
    chosen: np.ndarray = starts[losses.highest[starts] > TIMES * levels]
    return chosen


def _come_close(epochs: np.ndarray, spikes: np.ndarray) -> bool:
    """Whether the latest epochs had several spikes."""
    return len(spikes) >= CLOSE and bool(epochs[-1] - epochs[spikes[-CLOSE]] <= WITHIN)


def _chart(losses: Losses, since: float) -> Chart:
    """The highest loss of each stretch of the curve: single epochs here and there would miss spikes."""
    stretches = np.array_split(np.arange(len(losses)), min(len(losses), POINTS))
    rows = [int(rows[losses.highest[rows].argmax()]) for rows in stretches]
    return line(losses.epochs[rows], losses.highest[rows], "epoch", "training loss", since)
