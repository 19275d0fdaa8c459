"""Where a run stands, frozen: what goes on from it equals a run that was never interrupted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nnstudio.model.saved import SavedOutputs
from nnstudio.model.settings import ScheduleMemory
from nnstudio.training.curve import Curve
from nnstudio.training.kept_steps import KeptSteps


class EndOfEpoch(NamedTuple):
    """An epoch that ended, and the run's step at its end."""

    epoch: int
    step: int

    @property
    def told_as_best(self) -> str:
        """Whose weights early stopping brought back, in a few words."""
        return f"step {self.step:,} (best, epoch {self.epoch:,})"


@dataclass(frozen=True)
class Best:
    """The epoch with the lowest loss so far, for early stopping: its loss, number and parameters.

    Attributes:
        step: of the run at that epoch's end; 0 where an older file does not say it.
        since: the epoch from which patience counts, where that is a later one: the weights came back there.
    """

    loss: float
    epoch: int
    params: np.ndarray
    step: int = 0
    since: int = 0

    @property
    def waits_from(self) -> int:
        """The epoch from which patience counts."""
        return max(self.epoch, self.since)


@dataclass(frozen=True)
class TrainingState:
    """Everything that makes a resumed run equal one that was never interrupted.

    Attributes:
        params: parameters and then the optimizer's slots, float32.
        epoch, cursor: finished epochs, and samples visited of the one that is running.
        partial: summed loss, correct predictions and samples of the running epoch.
        optimizer_began: the step at which the optimizer's slots were last zero; it counts from there.
        schedule: what the schedule keeps of all losses; None is read from the curve, exact while each epoch
            has its row.
        kept: steps that the timeline can go to; None where there are none. A run goes on without them, too.
        run: the run's identity, 32 hex digits; "" where it has none yet.
        returned_to: whose weights early stopping brought back; None where they are of the last step.
        is_altered: whether the last losses are of other weights, such as before one was set by hand.
        goal: the epochs at which the run was to end, where it was begun in the window; else 0.
        outputs: the loss of each Output along the run, where there are several.
        judged_from: the step from which on losses are of this network, this data and these settings.
    """

    params: np.ndarray
    optimizer: str
    step: int
    epoch: int
    cursor: int
    partial: tuple[float, float, float]
    history: Curve
    best: Best | None = None
    optimizer_began: int = 0
    schedule: ScheduleMemory | None = None
    kept: KeptSteps | None = field(default=None, compare=False)
    run: str = field(default="", compare=False)
    returned_to: EndOfEpoch | None = None
    is_altered: bool = False
    goal: int = field(default=0, compare=False)
    outputs: SavedOutputs | None = field(default=None, compare=False)
    judged_from: int = field(default=0, compare=False)
