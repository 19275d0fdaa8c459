"""Autosave: a copy after every change, offered at the next start if this one ends in a crash."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile

from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError, check_writable
from nnstudio.model.own_folder import own_data
from nnstudio.model.quantity import day_and_time
from nnstudio.project import Project

_numbers = itertools.count(1)
log = logging.getLogger(__name__)


def folder() -> Path:
    """Where recovery files lie."""
    return own_data() / "recovery"


def _lock_of(path: Path) -> QLockFile:
    """A lock that the writer of a recovery file holds; Qt notices when its process is gone."""
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    return lock


def left_behind() -> list[Path]:
    """Recovery files of programs that no longer run, newest first."""
    copies = []
    for path in folder().glob("*.nns"):
        lock = _lock_of(path)
        if lock.tryLock(0):
            lock.unlock()
            # Another window may have taken it over meanwhile.
            with contextlib.suppress(FileNotFoundError):
                copies.append((path.stat().st_mtime, path))
    return [path for _time, path in sorted(copies, reverse=True)]


def _origin_of(path: Path) -> Path:
    """Where a copy's writer notes which file it is a copy of."""
    return path.with_suffix(".origin")


def described(path: Path) -> str:
    """Which project a copy is of and when it was written, as part of a sentence."""
    origin = ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        origin = _origin_of(path).read_text(encoding="utf-8")
    what = (
        f"'{Path(origin).name}' from '{Path(origin).parent}'" if origin else "a project that was never saved"
    )
    try:
        when = datetime.fromtimestamp(path.stat().st_mtime)
    except FileNotFoundError:
        return what
    return f"{what}, as it was on {day_and_time(when)}"


def forget(path: Path) -> None:
    """Remove a copy and what was noted of it."""
    for file in (path, _origin_of(path)):
        file.unlink(missing_ok=True)


class Autosave:
    """Writes the open project beside nothing of the person's; one writer at a time, latest wins.

    Attributes:
        problem: why no copy can be kept, as a sentence; empty where it can.
    """

    def __init__(self) -> None:
        self.path = folder() / f"{os.getpid()}-{next(_numbers)}.nns"
        self.problem = ""
        self._owned = _lock_of(self.path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            check_writable(self.path)
            self._owned.tryLock(0)
        except (OSError, FileError) as error:
            self.problem = (
                f"No recovery copies can be kept in '{self.path.parent}' ({error}). After a crash, unsaved "
                "work would be lost."
            )
        self._may_write = not self.problem
        self._lock = threading.Lock()
        self._waiting: tuple[tuple[Any, ...], str, Callable[[], None]] | None = None
        self._discarded = self._is_held = False
        self._writer: threading.Thread | None = None

    def hold(self, on: bool) -> None:
        """Leave the copy as it is for a while: what is open is only tried, and what was before comes back."""
        self._is_held = on

    def save(self, project: Project, then: Callable[[], None] = lambda: None) -> None:
        """Write a copy in the background, of the project as it is now; ``then`` is called on that thread."""
        if not self._may_write or self._is_held:
            return
        content, origin = project.content(), str(project.path or "")
        with self._lock:
            self._waiting, self._discarded = (content, origin, then), False
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="nnstudio-autosave", daemon=True)
                self._writer.start()

    def _write(self) -> None:
        while True:
            with self._lock:
                task, self._waiting = self._waiting, None
                if task is None:
                    self._writer = None
                    if self._discarded:
                        forget(self.path)
                    return
            content, origin, then = task
            try:
                _origin_of(self.path).write_text(origin, encoding="utf-8")
                projectfile.write(self.path, *content)
                then()
            except Exception as error:  # whatever it is, the next copy must be tried
                self.problem = f"The recovery copy could not be written: {error}"
                log.warning(self.problem)
            else:
                self.problem = ""

    def wait(self, timeout: float = 10.0) -> None:
        """Until what was asked for is on disk; only where the program ends, and in tests."""
        writer = self._writer
        if writer is not None:
            writer.join(timeout)

    def discard(self) -> None:
        """The project is safe elsewhere, or was given up on purpose; a copy being written goes, too."""
        if not self._may_write or self._is_held:
            return
        with self._lock:
            self._waiting, self._discarded = None, True
            if self._writer is None:
                forget(self.path)

    def close(self) -> None:
        """Give up the lock; what lies there is for the next start."""
        self.wait()
        self._owned.unlock()
