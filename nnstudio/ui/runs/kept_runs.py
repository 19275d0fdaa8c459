"""Keeps what the window trains: runs that end, pause or give way to another, and the one that goes on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.project import Project
from nnstudio.runs.keeping import Circumstances, snapshot_of
from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.runs.weights_pace import WeightsPace
from nnstudio.training.left_runs import LeftRun
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.messages import EXPECTED
from nnstudio.ui.run.forecast import Forecast
from nnstudio.ui.run.frozen_project import FrozenProject
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.runs.library import RunLibrary

# A run that goes on is kept this often: what a kill costs at the most.
RUNNING_MS = 10_000


@dataclass(frozen=True)
class KeptRun:
    """A run as it is in the store now, and sentences on what happened there.

    Attributes:
        branched_from: the run that it would have overwritten, "" for none.
    """

    record: RunRecord
    branched_from: str
    notes: Sequence[str]


class KeptRuns(QObject):
    """Signals: left(RunRecord) when a run of the open project was kept and gave way to another; said(why one
    could not be kept, "" once that is over); noted(sentence) on what happened to the store.
    """

    left = Signal(object)
    said = Signal(str)
    noted = Signal(str)

    def __init__(self, runner: Runner, forecast: Forecast, library: RunLibrary, parent: QObject) -> None:
        super().__init__(parent)
        self.runner, self.library = runner, library
        self._problem, self._pace = "", WeightsPace()
        # Steps of the runs that this window kept, and the last run of each project: the next one follows it.
        self._own: dict[str, int] = {}
        # Runs that were kept with weights or a loss that another step of the history may take back.
        self._altered: set[str] = set()
        self._last: WeakKeyDictionary[Project, str] = WeakKeyDictionary()
        self._kept = (0, 0)
        # Of the run that began last.
        self._estimate: float | None = None
        self._timer = QTimer(self, interval=RUNNING_MS)
        self._timer.timeout.connect(self._keep_running)
        self._timer.start()
        runner.ticked.connect(self.look)
        forecast.begun.connect(self._note_estimate)

    @property
    def keeps(self) -> bool:
        """Whether what is trained is kept, as far as is known."""
        return not self._problem

    def follow(self, project: Project, run: str) -> None:
        """What a project will learn comes from a run that was kept."""
        self._last[project] = run

    def _note_estimate(self, seconds: float) -> None:
        self._estimate = seconds

    def _keep_running(self) -> None:
        """Have the worker hand up what was learned since the last time."""
        snapshot = self.runner.snapshot
        learned = (snapshot.start, snapshot.steps)
        if learned != self._kept and snapshot.phase.has_network:
            self._kept = learned
            self.runner.worker.keep()

    def look(self) -> None:
        """Keep what the worker has handed up."""
        for left in self.runner.worker.take_left():
            if isinstance(left.project, FrozenProject):
                project = left.project.project
                before = self._last.get(project, "")
                self._last[project] = left.run
                # Of the run that was begun: others have theirs in the store.
                estimate, self._estimate = self._estimate, None
                work = partial(self._keep, left, before if before != left.run else "", estimate)
                self.library.change(work, partial(self._tell_kept, left), self._tell_failed)

    def _keep(self, left: LeftRun, before: str, estimate: float | None, store: RunStore) -> KeptRun | None:
        """On the library's thread. None where a person deleted what there is to keep."""
        state, branched_from = left.learned.state, ""
        known = store.known(state.run)
        if known is None and self._own.get(state.run) == state.step:
            return None
        if known is not None and self._is_taken(known, state):
            branched_from = before = state.run
            state, known = replace(state, run=uuid.uuid4().hex), None
        self._own[state.run] = state.step
        circumstances = Circumstances(
            data=left.learned.data, threads=self.runner.planner.threads, best=left.best,
            parent=before if known is None else "", estimate_seconds=estimate, reason=left.reason,
        )  # fmt: skip
        status = RunStatus(str(left.status))
        snapshot = snapshot_of(left.project.thaw(state), state, status, circumstances)
        is_told = known is not None and known.steps == state.step and known.status != RunStatus.RUNNING
        was_altered = state.run in self._altered
        (self._altered.add if state.is_altered else self._altered.discard)(state.run)
        if known is not None and is_told and not state.is_altered and not was_altered:
            # Settings that were changed since are not those that it learned with.
            ended = replace(known, status=status, reason=left.reason or known.reason)
            store.save(ended, snapshot.curve())
            return KeptRun(store.get(state.run), "", store.take_notes())
        if status != RunStatus.RUNNING or self._pace.are_due(snapshot.bytes):
            with self._pace.writing():
                notes = store.save(snapshot.record, snapshot.content())
        else:
            notes = store.save(snapshot.record, snapshot.curve())
        return KeptRun(store.get(state.run), branched_from, (*store.take_notes(), *notes))

    def _is_taken(self, known: RunRecord, state: TrainingState) -> bool:
        """Whether the store has something of this run that must not be written over: steps that were made
        from the same saved state before, or that another program makes now.
        """
        is_elsewhere = known.status == RunStatus.RUNNING and state.run not in self._own
        return known.steps > state.step or is_elsewhere

    def _tell_kept(self, left: LeftRun, kept: KeptRun | None) -> None:
        if kept is None:
            return
        self._tell("")
        if kept.notes:
            self.noted.emit(" ".join(kept.notes))
        if kept.branched_from:
            # What it learns from now on is the other run's.
            rename = partial(_rename, kept.branched_from, kept.record.id)
            self.runner.worker.compute(rename)
            self._last[left.project.project] = kept.record.id
        if left.is_over and left.project.project is self.runner.planner.project:
            # Who looks at another project by now did not ask what became of this one.
            self.left.emit(kept.record)

    def _tell_failed(self, error: Exception) -> None:
        self._tell(f"The run could not be kept. {error}")
        if not isinstance(error, EXPECTED):
            raise error

    def _tell(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self.said.emit(problem)

    def close(self) -> None:
        """The worker has ended: keep what it handed up last."""
        self._timer.stop()
        self.look()
        self.library.close()


def _rename(before: str, after: str, session: Session) -> None:
    """On the worker's thread."""
    if session.run == before:
        session.run = after
