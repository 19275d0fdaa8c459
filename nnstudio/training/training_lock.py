"""Tells whether another process of this person trains a project; the system lets go when a process ends."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path

from nnstudio.model.own_folder import own_data


class TrainingLock:
    """Held while a project is trained and saved to a file. As a context manager it lets go at the end."""

    def __init__(self, project: Path) -> None:
        name = hashlib.sha256(os.path.realpath(project).encode()).hexdigest()[:32]
        self._path = own_data() / "training" / f"{name}.lock"
        self._held: int | None = None

    def take(self) -> bool:
        """Whether nobody else has it. Where no lock can be kept, nobody is known to have it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            return not isinstance(error, BlockingIOError)
        self._held = descriptor
        return True

    def release(self) -> None:
        """Let another have it."""
        if self._held is not None:
            with suppress(OSError):
                self._path.unlink()
            os.close(self._held)
            self._held = None

    def __enter__(self) -> TrainingLock:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


def is_being_trained(project: Path) -> bool:
    """Whether a process trains it now."""
    with TrainingLock(project) as lock:
        return not lock.take()


def _lock(descriptor: int) -> None:
    """Raises BlockingIOError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
