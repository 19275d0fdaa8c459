"""Writes checkpoints of a run while it trains, off its path; see `checkpoints` for what they are."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nnstudio.model import projectfile
from nnstudio.model.atomic_file import CHUNK, FileError, check_writable, write_atomically
from nnstudio.model.saved import SavedData, SavedRun
from nnstudio.training.checkpoints import RunCheckpoint, paths_beside
from nnstudio.training.curve import Epoch
from nnstudio.training.progress import Progress

# Seconds of training that a kill costs at the most.
SECONDS = 10.0
# Writing takes at most one part in so many of the time: a large network is written less often.
SHARE = 100
NOT_KEPT = "Training goes on; a kill would lose what it learns meanwhile."
Content = tuple[dict[str, Any], SavedRun | None, SavedData]


class Checkpointer:
    """Writes checkpoints while a run goes on, on a thread of its own; one at a time.

    Attributes:
        problem: why the last one could not be written, as a sentence; "" where it could.
        written: how many were.
    """

    def __init__(
        self,
        path: Path,
        content: Callable[[], Content],
        of: str,
        goes_on: bool,
        seconds: float = SECONDS,
        before: RunCheckpoint | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Beside the project ``path``, of a run that began with the project ``of`` (its `identity`).

        ``content`` gives the run as it stands, as a project that can be written on another thread. ``before``
        is the checkpoint that the run was taken up from: it stays until there is a newer one.
        """
        first, second = paths_beside(path)
        is_first = before is not None and before.path.name == first.name
        self._next = [second, first] if is_first else [first, second]
        self._number = before.number if before is not None else 0
        self._content, self._of, self._goes_on = content, of, goes_on
        self._seconds, self._clock = seconds, clock
        self._epoch_began = clock()
        self._due = self._epoch_began + 0.9 * seconds
        self._writer: threading.Thread | None = None
        self.problem, self.written = "", 0

    def offer(self, done: Progress | Epoch) -> None:
        """The run came so far: write a checkpoint if it is time, or at the end of a long epoch."""
        now = self._clock()
        ends_long = False
        if isinstance(done, Epoch):
            ends_long = now - self._epoch_began > self._seconds
            self._epoch_began = now
        if (now < self._due and not ends_long) or (self._writer is not None and self._writer.is_alive()):
            return
        # Until the writer knows how long it takes.
        self._due = now + self._seconds
        try:
            document, run, data = self._content()
        except MemoryError:
            self.problem = f"No checkpoint could be written: there is not enough memory. {NOT_KEPT}"
            return
        self._number += 1
        told = {
            "of": self._of, "number": self._number, "taken": datetime.now(UTC).isoformat(),
            "goes_on": self._goes_on,
        }  # fmt: skip
        content = {**document, "checkpoint": told}, run, data
        arguments = (content, now)
        self._writer = threading.Thread(target=self._write, args=arguments, name="nnstudio-checkpoints")
        self._writer.start()

    def _write(self, content: Content, began: float) -> None:
        # At the priority of the training: one that is passed over while it holds Python's lock would hold the
        # training up for longer than it takes.
        spent, path = time.thread_time(), self._next[0]
        try:
            _write_verified(path, content)
        except Exception as error:  # whatever it is, training must go on
            self.problem = f"No checkpoint could be written: {error} {NOT_KEPT}"
        else:
            self.problem = ""
            self.written += 1
            self._next.reverse()
        spent, took = time.thread_time() - spent, self._clock() - began
        # The next one is to be on the disk before this one is too old.
        wait = max(self._seconds - 2 * took, self._seconds / 2, SHARE * spent)
        self._due = began + wait

    def close(self) -> None:
        """Until what is being written is on the disk."""
        if self._writer is not None:
            self._writer.join()


def _write_verified(path: Path, content: Content) -> None:
    """Write a checkpoint and read it back. Raises FileError."""
    packed = projectfile.packed(*content, compression=zipfile.ZIP_STORED)
    # Room for the project itself must be left.
    check_writable(path, 2 * len(packed))
    write_atomically(path, packed)
    try:
        with open(path, "rb") as file:
            for start in range(0, len(packed), CHUNK):
                if file.read(CHUNK) != packed[start : start + CHUNK]:
                    raise FileError(f"'{path}' was written, but other bytes were read back. Check the disk.")
    except OSError as error:
        raise FileError(f"'{path}' was written, but cannot be read: {error.strerror or error}.") from error
