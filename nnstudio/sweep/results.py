"""What a sweep gives back: trainings, settings, and what became of workers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from nnstudio.sweep.plan import Metric
from nnstudio.sweep.space import Repeat
from nnstudio.sweep.trial import Outcome, Status


@dataclass(frozen=True)
class Run:
    """One training of a setting, by its seed and fold, when it began (UTC), and where it stands."""

    repeat: Repeat
    outcome: Outcome
    began: str = ""


@dataclass(frozen=True)
class Rung:
    """A training got as far as it was told to; where its setting is through, that comes instead."""

    number: int
    run: Run


@dataclass(frozen=True)
class WorkerEnded:
    """A worker ended by itself; ``orders`` that it had, one at least, begin again with others."""

    orders: int

    @property
    def sentence(self) -> str:
        """What was lost, which is time."""
        begin = "1 training begins" if self.orders == 1 else f"{self.orders} trainings begin"
        return f"A worker ended; {begin} again where {'it' if self.orders == 1 else 'they'} last reported."


@dataclass(frozen=True)
class WorkersAwaited:
    """There is no worker at the moment; the sweep goes on when one comes."""

    sentence: ClassVar[str] = "No worker is there at the moment; the sweep waits for one."


@dataclass(frozen=True)
class TrialResult:
    """A setting that is through.

    Attributes:
        status: STOPPED where others were better at a rung.
        value: the mean of the metric over its runs; None where there is none.
        runs: one for each seed and fold, with the weights that each ended with.
        message: why it is of no use, or "".
    """

    number: int
    values: dict[str, Any]
    status: Status
    value: float | None
    runs: tuple[Run, ...] = field(repr=False)
    message: str = ""

    def by_repeat(self, metric: Metric) -> dict[Repeat, float]:
        """What each of its runs reached, where it reached something."""
        values = {run.repeat: run.outcome.metrics.get(metric) for run in self.runs}
        return {repeat: value for repeat, value in values.items() if value is not None}

    @property
    def epochs(self) -> int:
        """How far its runs were trained, at the most."""
        return max((run.outcome.epoch for run in self.runs), default=0)

    def without_weights(self) -> TrialResult:
        """The same numbers, which take little memory."""
        runs = (replace(run, outcome=replace(run.outcome, state=None)) for run in self.runs)
        return replace(self, runs=tuple(runs))


# None is a tick: nothing came.
News = TrialResult | Rung | WorkerEnded | WorkersAwaited | None
