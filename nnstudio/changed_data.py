"""Data that changed since a project learned from it: told, and taken only where a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.data_links import (
    FileState,
    fingerprint,
    known_state,
    last_known,
    remember_state,
    state_of,
)
from nnstudio.model.atomic_file import FileError

if TYPE_CHECKING:
    from nnstudio.data.dataset import Source
    from nnstudio.model.saved import SavedData
    from nnstudio.project import Project


@dataclass(frozen=True)
class Change:
    """A file or folder that holds something else by now.

    Attributes:
        has_copy: whether the project holds a copy of what it was.
        detail: what differs, in words, or "".
    """

    path: Path
    is_folder: bool
    has_copy: bool
    detail: str = ""


def change_of(data: SavedData, source: Source | None = None) -> Change | None:
    """What the file or folder that data came from holds by now, with the files that its source reads along,
    where that is something else; None where it is as it was, gone, or not known. Reads it where sizes and
    times do not tell.
    """
    where, has_copy = last_known(data.hash), data.table is not None
    path = Path(where)
    if not where or not path.exists() or (has_copy and not path.is_file()):
        return None
    try:
        beside = () if source is None else source.beside(path)
        known, now = known_state(data.hash, path, beside), state_of(path, beside)
        if known is not None and known.stamp == now.stamp:
            return None
        # One of another size is another, and may take long to read.
        has_size = data.table is None or len(data.table) == now.bytes
        fits = has_size and (known is None or known.bytes == now.bytes)
        if fits and _is_same(data.hash, known, path, beside):
            remember_state(data.hash, path, beside)
            return None
    except (FileError, OSError):
        return None
    return Change(path, now.is_folder, has_copy, "" if has_copy or known is None else _detail(known, now))


def _is_same(digest: str, known: FileState | None, path: Path, beside: Sequence[Path]) -> bool:
    """Whether it holds what it held; of several files, also where some were written anew as they were."""
    if fingerprint(path) != digest:
        return False
    is_one = path.is_file() and not beside and (known is None or known.files == 1)
    return is_one or known is None or known.has_content_of(path, beside)


def _detail(known: FileState, now: FileState) -> str:
    if (known.files, known.bytes) == (now.files, now.bytes):
        alone = "its content is another"
        beside = "its content, or that of a file that is read along with it, is another"
        return "files in it were written anew" if now.is_folder else beside if now.files > 1 else alone
    if not now.is_folder:
        others = ", with the files that are read along with it" * (max(known.files, now.files) > 1)
        return f"it had {known.bytes:,} bytes and has {now.bytes:,} now{others}"
    return (
        f"it held {known.files:,} files of {known.bytes:,} bytes and holds {now.files:,} of {now.bytes:,} now"
    )


def take_new(project: Project) -> None:
    """Let the project learn from what its data is by now; nothing where that is as it was."""
    if project.change is not None:
        project.link_data(project.change.path)


def told_of_change(project: Project, in_window: bool = False) -> str:
    """Sentences on data that changed since; "" where none did, or a person chose its data since.

    ``in_window``: whether there are buttons for what can be done.
    """
    change = project.change
    is_named = Path(str(project.document.data.options.get("path", ""))).is_absolute()
    if change is None or is_named:
        return ""
    goes_on = " Predicting and exporting go on as it was." if project.predicts_alone else ""
    since, ways = "learned from it", "--take-new"
    if change.has_copy:
        goes_on = " The project goes on with the table inside it."
        since, ways = "took its table from it", "--data, or --take-new where it is trained"
    detail = f": {change.detail}" if change.detail else ""
    text = f"'{change.path}' has changed since this project {since}{detail}.{goes_on}"
    if not in_window:
        text += f" To take it as it is now, choose it under Data, or on the command line with {ways}."
    return f"{text} Taken anew, it is divided and scaled anew: the test part may hold rows that were learned."


def told_of_loss(project: Project, name: str) -> str:
    """Sentences on what could not be kept of an opened file; "" where all was."""
    return " ".join((f"'{name}' could only be read in part.", *project.warnings)) if project.warnings else ""
