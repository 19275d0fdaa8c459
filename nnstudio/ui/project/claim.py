"""Which project this window has open, for other windows to notice: a lock in the program's own folder.

Not beside the project: its folder may be shared, synchronised, or not be written to.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QLockFile, QSysInfo

from nnstudio.model.atomic_file import FileError, make_folder
from nnstudio.model.own_folder import own_data
from nnstudio.ui.project.workspace import Workspace


def _lock_of(path: Path) -> QLockFile:
    """The lock of a project, wherever links lead to it; Qt notices when the process that held it is gone."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
    lock = QLockFile(str(own_data() / "open" / f"{name}.lock"))
    lock.setStaleLockTime(0)
    return lock


class Claim:
    """Holds the lock of the open project, where no other window was first."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._path: Path | None = None
        self._lock: QLockFile | None = None
        workspace.shown.connect(self._follow)
        workspace.saved.connect(self._follow)

    def _follow(self) -> None:
        path = self.workspace.project.path
        if path == self._path and (self._lock is None or self._lock.isLocked()):
            return
        self.close()
        self._path = path
        if path is not None:
            # Where it cannot be held, such as on a full disk, others are not warned; the file itself still is
            # looked at before it is written over.
            with contextlib.suppress(FileError):
                make_folder(own_data() / "open")
                self._lock = _lock_of(path)
                self._lock.tryLock(0)

    def told_of_holder(self, path: Path) -> str:
        """Who else has a project open, as the beginning of a sentence; "" for nobody."""
        if self._lock is not None and self._lock.isLocked() and _same(path, self._path):
            return ""
        lock = _lock_of(path)
        if lock.tryLock(0):
            lock.unlock()
            return ""
        if lock.error() != QLockFile.LockError.LockFailedError:
            return ""
        host = next((part for part in lock.getLockInfo() if isinstance(part, str) and part), "")
        where = f" on the computer '{host}'" if host not in ("", QSysInfo.machineHostName()) else ""
        return f"'{path.name}' is open in another window of nnstudio{where}."

    def close(self) -> None:
        """Give the project free."""
        if self._lock is not None:
            self._lock.unlock()
        self._lock = self._path = None


def _same(path: Path, other: Path | None) -> bool:
    return other is not None and os.path.realpath(path) == os.path.realpath(other)
