"""Keeps the record of a run while it is trained, off its path; no failure here stops a training."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project
from nnstudio.runs.keeping import BestWeights, Circumstances, RunSnapshot, keep, snapshot_of
from nnstudio.runs.record import RunError, RunRecord, RunStatus, now
from nnstudio.runs.store import RunStore
from nnstudio.training.curve import Epoch
from nnstudio.training.progress import Progress
from nnstudio.training.session import Session

# A record is written this often, and less often where writing it takes more than a hundredth of the time.
SECONDS, LEAST_RATIO = 10.0, 100.0


class RunRecorder:
    """Follows a session: `begin`, `offer` after every slice, and `end`.

    ``say`` is told in sentences, on the thread of the training, what cannot be kept and what went to make
    room.
    """

    def __init__(
        self, store: RunStore, project: Project, session: Session, path: Path, say: Callable[[str], None]
    ) -> None:
        self._store, self._project, self._session, self._say = store, project, session, say
        self._best = BestWeights(session.history)
        self._circumstances = Circumstances(path, session.data, now(), session.threads)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="nnstudio-runs")
        self._writing: Future[tuple[str, ...]] | None = None
        self._due, self._took = 0.0, 0.0
        self._problem = ""

    def begin(self, parent: str = "") -> None:
        """Record that it runs. ``parent``: the run whose project it is, where it starts over.

        What a finished run became stays as it is: one that begins earlier than that ended, as from an older
        copy of the project, is another run.
        """
        session = self._session
        known = self._known()
        if known is not None and known.status != RunStatus.CUT_OFF:
            is_taken = known.status == RunStatus.RUNNING or known.steps > session.steps_done
            if is_taken:
                parent, session.run = session.run, uuid.uuid4().hex
        self._circumstances = replace(self._circumstances, parent=parent if parent != session.run else "")
        self._submit()

    def offer(self, done: Progress | Epoch) -> None:
        """A slice or an epoch was done; returns at once."""
        if isinstance(done, Epoch):
            self._best.look(done, self._session.parameters)
        if self._writing is not None and self._writing.done():
            self._finish()
        if self._writing is None and time.monotonic() >= self._due:
            self._submit()

    def end(self, status: RunStatus, reason: str = "") -> None:
        """Record how it ended, and why; returns when that is on the disk, or it was said why not."""
        self._circumstances = replace(self._circumstances, reason=reason)
        if self._writing is not None:
            self._finish()
        self._submit(status)
        self._finish()
        self._pool.shutdown()

    def _known(self) -> RunRecord | None:
        """What the store has of this very run, where that can be read: else the first writing tells."""
        try:
            return self._store.known(self._session.run)
        except RunError:
            return None

    def _submit(self, status: RunStatus = RunStatus.RUNNING) -> None:
        circumstances = replace(self._circumstances, best=self._best.params)
        began = time.monotonic()
        snapshot = snapshot_of(self._project, self._session.state(), status, circumstances)
        self._writing = self._pool.submit(self._keep, snapshot, began)

    def _keep(self, snapshot: RunSnapshot, began: float) -> tuple[str, ...]:
        """On the pool's thread."""
        try:
            return keep(self._store, snapshot)
        finally:
            self._took = time.monotonic() - began

    def _finish(self) -> None:
        """Wait for what is written, and say what there is to say."""
        assert self._writing is not None
        problem, told = "", tuple[str, ...]()
        try:
            told = self._writing.result()
        except FileError as error:
            problem = str(error)
        self._writing = None
        self._due = time.monotonic() + max(SECONDS, LEAST_RATIO * self._took)
        for text in (*self._store.take_notes(), *told):
            self._say(text)
        if problem and not self._problem:
            self._say(f"This run is not recorded: {problem} The training goes on.")
        elif self._problem and not problem:
            self._say("The run is recorded again.")
        self._problem = problem
