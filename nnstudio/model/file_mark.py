"""Notices that a file was changed by another program since it was read or written here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nnstudio.model.atomic_file import FileError, never, write_atomically


class ChangedOnDisk(FileError):
    """Another program changed the file that would be written over; nothing was written."""


@dataclass(frozen=True)
class FileMark:
    """What a file was like.

    Attributes:
        path: where it lies, links resolved.
        stamp: its size in bytes, time of change in nanoseconds, and inode.
        content: SHA-256 of what it held: drives that number files anew each time change the stamp alone.
    """

    path: Path
    stamp: tuple[int, int, int]
    content: str

    @staticmethod
    def of(path: Path) -> FileMark | None:
        """What a file is like now; None where it cannot be read."""
        try:
            # First, so that what changes meanwhile counts as changed.
            stamp = _stamp(path)
            return FileMark(_real(path), stamp, _content(path))
        except OSError:
            return None

    def check(self, path: Path) -> None:
        """Raise ChangedOnDisk where this is the file, and it holds something else by now."""
        if _real(path) != self.path:
            return
        try:
            if _stamp(path) == self.stamp or _content(path) == self.content:
                return
        except FileNotFoundError:
            # Nothing would be lost.
            return
        except OSError:
            # What cannot be read is told by who writes.
            return
        raise ChangedOnDisk(
            f"'{path}' was changed by another program, or another window, since it was opened or saved here. "
            "It is left as it is there. Save under another name."
        )


def write_marked(
    path: Path,
    content: bytes | memoryview,
    cancel_point: Callable[[], None] = never,
    mark: FileMark | None = None,
) -> FileMark:
    """Write as `write_atomically` does, but not over what was changed since the mark; returns the new mark.

    Raises ChangedOnDisk or FileError.
    """

    def look() -> None:
        # Also in the last moment before the file gets its name.
        cancel_point()
        if mark is not None:
            mark.check(path)

    write_atomically(path, content, look)
    try:
        stamp = _stamp(path)
    except OSError:
        # It is gone again; should it come back, its content tells.
        stamp = (-1, -1, -1)
    return FileMark(_real(path), stamp, hashlib.sha256(content).hexdigest())


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _stamp(path: Path) -> tuple[int, int, int]:
    state = os.stat(path)
    return state.st_size, state.st_mtime_ns, state.st_ino


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
