"""The files below a folder, within limits: a whole disk is never searched."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection
from itertools import islice
from pathlib import Path

from nnstudio.model.atomic_file import FileError

# Files and folders that are looked at, and folders within folders.
MOST_ENTRIES, MOST_DEPTH = 200_000, 8


# Where macOS keeps what is no picture, or sound, under the names of some.
NOT_ENTERED = "__MACOSX"
# A quick look gives up after so many.
MOST_LOOKED_AT = 20_000


def holds(folder: Path, suffixes: Collection[str]) -> bool:
    """Whether a file with one of these suffixes lies in a folder within this one; a quick look.

    What cannot be read counts as empty; hidden folders and links to folders are not entered.
    """
    waiting, looked_at = deque([folder]), 0
    while waiting and looked_at < MOST_LOOKED_AT:
        inner = waiting.popleft()
        try:
            with os.scandir(inner) as entries:
                for entry in islice(entries, MOST_LOOKED_AT - looked_at):
                    looked_at += 1
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith("."):
                            waiting.append(Path(entry.path))
                    elif inner != folder and os.path.splitext(entry.name)[1].lower() in suffixes:
                        return True
        except OSError:
            continue
    return False


def files_called(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Files below a folder with one of these suffixes, sorted; no hidden ones. Raises FileError."""
    return [
        path
        for path in files_in(folder)
        if path.suffix.lower() in suffixes
        and not path.name.startswith(".")
        and NOT_ENTERED not in path.parts[len(folder.parts) :]
    ]


def files_in(folder: Path) -> list[Path]:
    """Regular files below a folder, sorted; hidden folders and links to folders are not entered.

    Raises FileError where there are too many, or the folder cannot be read.
    """
    files: list[Path] = []
    waiting, looked_at = [(folder, 0)], 0
    while waiting:
        inner, depth = waiting.pop()
        try:
            with os.scandir(inner) as entries:
                for entry in entries:
                    looked_at += 1
                    if looked_at > MOST_ENTRIES:
                        raise FileError(
                            f"'{folder}' holds more than {MOST_ENTRIES:,} files and folders, too many to be "
                            "searched. Choose a folder that holds nothing but the data."
                        )
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith("."):
                            waiting.append((Path(entry.path), depth + 1))
                    elif entry.is_file():
                        files.append(Path(entry.path))
        except OSError as error:
            raise FileError(f"'{inner}' cannot be read: {error.strerror or error}.") from error
        if waiting and waiting[-1][1] > MOST_DEPTH:
            raise FileError(
                f"'{folder}' holds folders within folders, more than {MOST_DEPTH} deep. Choose a folder that "
                "holds nothing but the data."
            )
    return sorted(files)
