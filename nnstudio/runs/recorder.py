"""Keeps the record of a run while it is trained, off its path; no failure here stops a training."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from nnstudio.project import Project
from nnstudio.runs.keeping import Circumstances, RunSnapshot, snapshot_of
from nnstudio.runs.record import RunError, RunRecord, RunStatus, now
from nnstudio.runs.store import RunStore
from nnstudio.runs.weights_pace import WeightsPace
from nnstudio.training.best_weights import BestWeights
from nnstudio.training.curve import Epoch
from nnstudio.training.estimate import Speed
from nnstudio.training.priority import lower_priority
from nnstudio.training.progress import Progress
from nnstudio.training.session import Session

# A record is written this often; with large weights less often: see `WeightsPace`.
SECONDS = 10.0


class RunRecorder:
    """Follows a session: open it with ``with``, and `offer` what each slice gives.

    Attributes:
        say: is told in sentences, on the thread of the training, what cannot be kept and what went to make
            room.
        was_stopped: set it where the training ended before it was through.
    """

    def __init__(
        self,
        store: RunStore,
        project: Project,
        session: Session,
        path: Path,
        say: Callable[[str], None],
        parent: str = "",
        is_resumed: bool = False,
    ) -> None:
        """``path`` is where the project will be saved; ``parent`` the run that it had, where it starts over.

        What a run became stays as it is: a session that begins before that, as of an older copy of the
        project, becomes another run at once. ``is_resumed``: it was taken up from a checkpoint, which is a
        little older than the record of a run that was cut off.
        """
        self.say, self.was_stopped = say, False
        self._store, self._project, self._session = store, project, session
        known = self._known()
        if known is not None and (
            known.status == RunStatus.RUNNING or (known.steps > session.steps_done and not is_resumed)
        ):
            parent, session.run, known = session.run, uuid.uuid4().hex, None
        self._circumstances = Circumstances(
            path, session.data, now(), session.threads, parent=parent if parent != session.run else ""
        )
        self._best, self._pace = BestWeights(session.history), WeightsPace()
        # None once it is known how long all of it should take. A run that was estimated before keeps that.
        self._speed = None if known is not None and _is_estimated(known, session) else Speed(session)
        self._pool = ThreadPoolExecutor(1, "nnstudio-runs", lower_priority)
        self._writing: Future[tuple[str, ...]] | None = None
        self._due = 0.0
        self._problem = ""
        self._told: set[str] = set()

    def __enter__(self) -> RunRecorder:
        self._write(RunStatus.RUNNING, is_whole=True)
        if self._speed is not None:
            self._speed.go_on()
        return self

    def offer(self, done: Progress | Epoch) -> None:
        """A slice or an epoch was done; returns at once."""
        if isinstance(done, Epoch):
            self._best.look(done, self._session.parameters)
        if self._speed is not None:
            self._look_at_speed(self._speed, done)
        if self._writing is not None and self._writing.done():
            self._finish()
        if self._writing is None and time.monotonic() >= self._due:
            self._write(RunStatus.RUNNING, is_whole=False)

    def _look_at_speed(self, speed: Speed, done: Progress | Epoch) -> None:
        """Once some of the run is through, note how long all of it should take: no more is tried for that."""
        speed.look(done)
        if speed.tells_enough:
            self._speed = None
            self._circumstances = replace(self._circumstances, estimate_seconds=speed.whole)

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Record how it ended; returns when that is on the disk, or it was said why not."""
        self._circumstances = replace(
            self._circumstances, reason=str(error) if isinstance(error, Exception) else ""
        )
        is_through = error is None and not self.was_stopped
        self._finish()
        self._write(RunStatus.FINISHED if is_through else RunStatus.STOPPED, is_whole=True)
        self._finish()
        self._pool.shutdown()

    def _known(self) -> RunRecord | None:
        """What the store has of this very run; None, too, where it cannot be read: writing will tell why."""
        try:
            return self._store.known(self._session.run)
        except RunError:
            return None

    def _write(self, status: RunStatus, is_whole: bool) -> None:
        """Begin to write how it stands. A whole one has weights, however large they are."""
        self._due = time.monotonic() + SECONDS
        circumstances = replace(self._circumstances, best=self._best.params)
        try:
            snapshot = snapshot_of(self._project, self._session.state(), status, circumstances)
        except MemoryError:
            self._tell("there is not enough memory.")
            return
        self._writing = self._pool.submit(self._keep, snapshot, is_whole)

    def _keep(self, snapshot: RunSnapshot, is_whole: bool) -> tuple[str, ...]:
        """On the pool's thread."""
        if not is_whole and not self._pace.are_due(snapshot.bytes):
            return self._store.save(snapshot.record, snapshot.curve())
        with self._pace.writing():
            return self._store.save(snapshot.record, snapshot.content())

    def _finish(self) -> None:
        """Wait for what is being written, and say what there is to say."""
        if self._writing is None:
            return
        problem, told = "", tuple[str, ...]()
        try:
            told = self._writing.result()
        except Exception as error:  # whatever it is, the training must go on
            problem = str(error)
        self._writing = None
        # A note on what reading met says no more than what writing met.
        notes = [note for note in self._store.take_notes() if not problem or not note.startswith(problem)]
        for text in (*notes, *told):
            # That pinned runs alone are too large is so every ten seconds.
            if text not in self._told:
                self._told.add(text)
                self.say(text)
        self._tell(problem)

    def _tell(self, problem: str) -> None:
        """Say once that the run is not recorded, and once that it is again."""
        if problem and not self._problem:
            self.say(f"This run is not recorded: {problem} The training goes on.")
        elif self._problem and not problem:
            self.say("The run is recorded again.")
        self._problem = problem


def _is_estimated(known: RunRecord, session: Session) -> bool:
    """Whether it is known how long a run should take that goes on to the same number of epochs."""
    return known.estimate_seconds is not None and known.settings.get("epochs") == session.settings.epochs
