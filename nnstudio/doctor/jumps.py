"""Where the training loss jumped above what it had been: told at once, also of a single time.

One jump that comes back is no fault. What comes again and again is told as a loss that spikes, and what
stays, as one that was better before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnstudio.doctor.patient import FEWEST_EPOCHS, Losses, Patient

# A jump is so many times the level before it, which is the median of so many epochs, and above it by this
# share of the loss of a constant answer.
TIMES, BEFORE, ABOVE = 3.0, 20, 0.1
# From this share of the loss of a constant answer on, there was little to lose.
LEARNED = 0.5


class Jump(NamedTuple):
    """The latest of the jumps, as rows of the curve.

    Attributes:
        row: the first high one; level: the loss before it; top: the highest until it was back, or so far.
        back: the first row that is low again, None where there is none so far.
        times, first: how many jumps there are, and the row of the first.
    """

    row: int
    level: float
    top: float
    back: int | None
    times: int
    first: int


def latest_jump(losses: Losses, usual: float, since: int = 0) -> Jump | None:
    """The latest jump behind step ``since``; ``usual``: the loss of a constant answer. None of no jump."""
    if len(losses) <= FEWEST_EPOCHS or not np.isfinite(losses.highest).all():
        return None
    levels = _levels(losses.loss)
    bounds = np.maximum(TIMES * levels, levels + ABOVE * usual)
    is_high = (losses.highest > bounds) & (levels <= LEARNED * usual)
    starts = np.flatnonzero(is_high & ~np.concatenate([[False], is_high[:-1]]) & (losses.steps > since))
    if not len(starts):
        return None
    row = int(starts[-1])
    low = np.flatnonzero(losses.loss[row + 1 :] <= bounds[row])
    back = row + 1 + int(low[0]) if len(low) else None
    top = float(losses.highest[row:back].max())
    return Jump(row, float(levels[row]), top, back, len(starts), int(starts[0]))


def jumps_of(patient: Patient) -> tuple[Losses, Jump] | None:
    """The latest jump since the newest change, and the curve that its rows are of; None of no jump.

    Where that changed nothing but the learning rate and its like, the level before it is one to compare with.
    """
    if not patient.baseline or patient.baseline <= 0:
        return None
    losses = Losses.of(patient.curve, patient.comparable, patient.step) if patient.began else patient.losses
    jump = latest_jump(losses, patient.baseline, patient.began)
    return None if jump is None else (losses, jump)


def _levels(loss: np.ndarray) -> np.ndarray:
    """Median of the rows before each, of BEFORE at the most, float64 (rows,); infinite where too few are."""
    levels = np.full(len(loss), np.inf)
    for row in range(FEWEST_EPOCHS, min(BEFORE, len(loss))):
        levels[row] = np.median(loss[:row])
    if len(loss) > BEFORE:
        windows = np.lib.stride_tricks.sliding_window_view(loss[:-1], BEFORE)
        levels[BEFORE:] = np.median(windows, axis=1)
    return levels
