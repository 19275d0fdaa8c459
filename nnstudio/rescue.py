"""Saves what was trained elsewhere, where the file that it belongs into refuses it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from nnstudio.model.atomic_file import FileError, make_folder
from nnstudio.model.file_mark import ChangedOnDisk
from nnstudio.model.own_folder import own_data
from nnstudio.project import Project


def save_or_rescue(project: Project, target: Path) -> None:
    """Save; where that fails, save elsewhere and say where. Raises FileError."""
    try:
        project.save(target)
    except FileError as error:
        saved = _saved_elsewhere(project, _elsewhere(target, isinstance(error, ChangedOnDisk)))
        end = f"What was trained is saved in '{saved}'." if saved else "Nor could it be saved anywhere else."
        raise FileError(f"{error} {end}") from error


def _saved_elsewhere(project: Project, files: Iterable[Path]) -> Path | None:
    """The first file that it can be saved in."""
    for file in files:
        with contextlib.suppress(FileError):
            make_folder(file.parent)
            project.save(file)
            return file
    return None


def _elsewhere(target: Path, is_beside: bool) -> Iterator[Path]:
    """Names that are free, the best first."""
    if is_beside:
        yield _free(target)
    yield _free(own_data() / "rescued" / target.name)
    yield _free(Path(tempfile.gettempdir()) / target.name)


def _free(path: Path) -> Path:
    number = 2
    free = path
    while free.exists():
        free, number = path.with_stem(f"{path.stem} ({number})"), number + 1
    return free
