"""What runs had learned when they ended, paused or gave way to another, for whoever keeps it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Any

import numpy as np

from nnstudio.training.best_weights import BestWeights
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.learned import Learned
from nnstudio.training.session import Session


class Status(StrEnum):
    """How it stands with a run."""

    RUNNING = auto()
    STOPPED = auto()
    FINISHED = auto()
    REPLACED = auto()


@dataclass(frozen=True)
class LeftRun:
    """What a run had learned at its last step.

    Attributes:
        project: what its `Job` was given as that.
        best: parameters after the epoch with the lowest watched loss, float32 (values,); None where that came
            before the worker had the run.
        is_over: another run takes its place; else it may go on.
        reason: why it ended, as a sentence; "" where nothing is to be said.
    """

    learned: Learned
    project: Any
    status: Status
    best: np.ndarray | None
    is_over: bool
    reason: str = ""

    @property
    def run(self) -> str:
        """The run's identity."""
        return self.learned.state.run

    @property
    def moment(self) -> tuple[str, int]:
        """The run and its steps."""
        return self.run, self.learned.state.step


class LeftRuns:
    """One thread puts, another takes. Of a run that was put twice, the later stands for both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, LeftRun] = {}
        # Where a run ended by itself, and how.
        self._end: tuple[tuple[str, int], Status, str] = ("", 0), Status.STOPPED, ""
        self._best_of, self._best = "", BestWeights(Curve())

    def look(self, session: Session, row: Epoch) -> None:
        """An epoch of a run ended, and is in its curve."""
        if session.run != self._best_of:
            self._best_of = session.run
            self._best = BestWeights(session.history, len(session.history) - 1)
        self._best.look(row, session.parameters)

    def put(
        self, learned: Learned | None, project: Any, status: Status, is_over: bool, reason: str = ""
    ) -> None:
        """Add what a run learned; nothing where it made no step of its own."""
        if learned is None or learned.state.step <= learned.began:
            return
        best = self._best.params if learned.state.run == self._best_of else None
        left = LeftRun(learned.light(), project, status, best, is_over, reason)
        if status == Status.FINISHED or reason:
            self._end = left.moment, status, reason
        elif left.moment == self._end[0]:
            # It is left, or kept once more, where it had ended.
            _moment, ended, reason = self._end
            left = replace(left, status=ended if ended == Status.FINISHED else status, reason=reason)
        with self._lock:
            before = self._waiting.pop(left.run, None)
            is_over = is_over or (before is not None and before.is_over)
            self._waiting[left.run] = replace(left, is_over=is_over)

    def take(self) -> list[LeftRun]:
        """All that was put since the last time, the oldest first."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        return list(waiting.values())
