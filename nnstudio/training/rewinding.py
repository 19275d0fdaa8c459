"""What a run had learned at an earlier step, for training to go on from there."""

from __future__ import annotations

import uuid
from dataclasses import replace

import numpy as np

from nnstudio.model.saved import SavedOutputs
from nnstudio.training.journal import StatisticsLog
from nnstudio.training.learned import Learned


def at_step(learned: Learned, step: int) -> Learned:
    """The same run as it stood at a step that is kept, as a run of its own.

    Curve and timeline end there. The epoch that the step lies in is begun anew, and so is what the optimizer
    remembers: neither is kept along the way. ValueError where the step is not kept.
    """
    journal, state = learned.journal, learned.state
    at = journal.steps.index(step) if journal is not None else -1
    if journal is None or learned.statistics is None:
        raise ValueError(f"Step {step} is not kept.")
    way, statistics = journal.copy(), StatisticsLog()
    way.steps, way.checkpoints = way.steps[: at + 1], way.checkpoints[: at + 1]
    way.next = step + (1 if at + 1 < way.early else way.stride)
    statistics.rows = [row for row in learned.statistics.rows if row.step <= step]
    curve = state.history.until(step)
    epoch = curve[-1].epoch if curve else 0
    then = replace(
        state, params=np.array(journal.checkpoints[at]), step=step, epoch=epoch, cursor=0,
        partial=(0.0, 0.0, 0.0), history=curve, optimizer_began=step, schedule=None, kept=None,
        best=state.best if state.best is not None and state.best.waits_from <= epoch else None,
        run=uuid.uuid4().hex, returned_to=None, is_altered=False, goal=0,
        outputs=None if state.outputs is None else _until(state.outputs, epoch),
        judged_from=min(state.judged_from, step),
    )  # fmt: skip
    began = min(learned.began, step)
    return replace(learned, state=then, journal=way, statistics=statistics, began=began)


def _until(outputs: SavedOutputs, epoch: int) -> SavedOutputs:
    """Losses of Outputs up to the end of an epoch."""
    some = outputs.epochs <= epoch
    return replace(
        outputs, epochs=outputs.epochs[some], rows=outputs.rows[some], sums=np.zeros_like(outputs.sums),
        counts=np.zeros_like(outputs.counts), right=0.0,
    )  # fmt: skip
