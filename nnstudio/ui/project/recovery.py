"""What a session that ended in a crash left behind: which copies there are, what is in them, how they open.

A copy is several files of one name: `Autosave` writes them. `.nns` is the project as it was when its training
was looked at last, `.json` the note with the newest edits, `.HASH.table` its data, which hardly ever changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QLockFile

from nnstudio.lessons.progress import lesson_of
from nnstudio.model.atomic_file import FileError, read_regular, remove_leftovers
from nnstudio.model.document import DataReference, Document
from nnstudio.model.own_folder import own_data
from nnstudio.model.projectfile import LIMITS, PROJECT, SUFFIX, TABLE
from nnstudio.model.quantity import counted, day_and_time
from nnstudio.project import Project
from nnstudio.ui.project.recent import IN_LESSON, called

NOTE, LOCK = ".json", ".lock"


class Note(msgspec.Struct):
    """What is written after every edit, with nothing heavy in it.

    Attributes:
        origin: the file that the project was opened from or saved in; "" for none.
        content: what `projectfile.plain_content` says of the document.
        data_path: the file that its data is read from, for the note is this person's own; "" for none.
        is_edited: whether the document differs from the file.
        last: what the last edit was called.
        epoch: up to which the copy beside it was trained; 0 where it was not, or there is none.
    """

    origin: str
    content: dict[str, Any]
    data_path: str = ""
    is_edited: bool = False
    last: str = ""
    epoch: int = 0


def folder() -> Path:
    """Where recovery files lie."""
    return own_data() / "recovery"


def lock_of(path: Path) -> QLockFile:
    """A lock that the writer of a copy holds; Qt notices when its process is gone."""
    lock = QLockFile(str(path.with_suffix(LOCK)))
    lock.setStaleLockTime(0)
    return lock


def table_file(path: Path, digest: str) -> Path:
    """Where the data of a copy lies, by its SHA-256."""
    return path.with_suffix(f".{digest[:16]}.table")


def left_behind() -> list[Path]:
    """Copies of programs that no longer run, newest first; of some there is a note alone."""
    copies = []
    for path in {file.with_suffix(SUFFIX) for kind in (SUFFIX, NOTE) for file in folder().glob(f"*{kind}")}:
        lock = lock_of(path)
        if lock.tryLock(0):
            lock.unlock()
            # Another window may have taken it over meanwhile.
            if written := _written(path):
                copies.append((written, path))
    return [path for _time, path in sorted(copies, reverse=True)]


def _written(path: Path) -> float:
    """When a copy was written last, in seconds; 0 where it is gone."""
    times = [0.0]
    for file in (path, path.with_suffix(NOTE)):
        with contextlib.suppress(OSError):
            times.append(file.stat().st_mtime)
    return max(times)


def _note_of(path: Path) -> Note | None:
    """The note of a copy; None where there is none that can be read."""
    try:
        return msgspec.convert(json.loads(read_regular(path.with_suffix(NOTE), LIMITS[PROJECT])), Note)
    except (ValueError, RecursionError):
        return None


def has_file(path: Path) -> bool:
    """Whether the project of a copy was opened from a file or saved in one."""
    note = _note_of(path)
    return note is not None and bool(note.origin)


def lesson_work(path: Path) -> Path | None:
    """The learner's project that a copy is of, where it was not saved after that; None for any other copy."""
    note = _note_of(path)
    origin = Path(note.origin) if note is not None and note.origin else None
    if origin is None or not lesson_of(origin):
        return None
    with contextlib.suppress(FileNotFoundError):
        return origin if origin.stat().st_mtime <= _written(path) else None
    return origin


def described(path: Path) -> str:
    """Which project a copy is of, what is in it and from when, as part of a sentence."""
    note = _note_of(path)
    origin = Path(note.origin) if note is not None and note.origin else None
    what = f"'{origin.name}' from '{origin.parent}'" if origin else "a project that was never saved"
    if origin is not None and lesson_of(origin):
        what = f"your work in the lesson “{called(origin).removesuffix(IN_LESSON)}”"
    parts = []
    if note is not None and note.is_edited:
        parts.append("edits that were not saved" + f" (the last one: {note.last})" * bool(note.last))
    if note is not None and note.epoch:
        parts.append(f"{counted(note.epoch, 'whole epoch')} of training")
    if parts:
        what += f", with {' and '.join(parts)}"
    if not (written := _written(path)):
        return what
    return f"{what}, as it was on {day_and_time(datetime.fromtimestamp(written))}"


def forget(path: Path) -> None:
    """Remove a copy and all that belongs to it, but for the lock of one who writes it."""
    remove_leftovers(path)
    for file in path.parent.glob(f"{path.stem}.*"):
        if file.suffix != LOCK:
            file.unlink(missing_ok=True)


def recovered(path: Path) -> list[Project]:
    """What a copy holds, to be shown one after the other, so that undo goes back to the first.

    It is one project, unless the newest edits came after the last look at the training, and what was learned
    does not fit them: then the first one was trained, and the second one edited. Raises FileError.
    """
    note = _note_of(path)
    base = _base(path, note)
    if note is None:
        assert base is not None
        return [base]
    edited = Project.from_json(json.dumps(note.content).encode(), "The recovery copy")
    if base is None and note.epoch:
        edited.warnings += (f"What it learned in {counted(note.epoch, 'epoch')} cannot be read.",)
    if note.data_path:
        edited.link_data(Path(note.data_path))
    if base is None:
        return [edited]
    if not _same_data(edited.document.data, base.document.data):
        return [base, edited] if base.state is not None else [edited]
    edited.document.data = base.document.data
    if edited.document.to_dict() == base.document.to_dict():
        return [base]
    if base.state is None or _fits(base.document, edited.document):
        if base.state is not None and base.document.settings != edited.document.settings:
            # What was learned was learned with other settings.
            base.state = replace(base.state, judged_from=base.state.step)
        return [_with_document(base, edited.document)]
    other = _base(path, note)
    assert other is not None
    other.state = None
    return [base, _with_document(other, edited.document)]


def _base(path: Path, note: Note | None) -> Project | None:
    """The project as it was when its training was looked at last, or as it was opened; None where neither is
    there to be read, but a note is. Raises FileError.
    """
    try:
        if path.exists() or note is None:
            return Project.open(path, partial(_table, path))
        return Project.open(Path(note.origin)) if note.origin else None
    except FileError:
        if note is None:
            raise
        return None


def _table(path: Path, digest: str) -> bytes | None:
    """The data of a copy that has this SHA-256, where it is there and whole."""
    try:
        table = read_regular(table_file(path, digest), LIMITS[TABLE])
    except FileError:
        return None
    return table if hashlib.sha256(table).hexdigest() == digest else None


def _same_data(one: DataReference, other: DataReference) -> bool:
    """Whether both mean the same data, wherever it lies."""
    names = one.options.keys() | other.options.keys()
    same = all(one.options.get(name) == other.options.get(name) for name in names - {"path"})
    return one.kind == other.kind and same


def _fits(before: Document, after: Document) -> bool:
    """Whether what one document learned goes on with the other as it is."""
    same_loss = before.settings.loss == after.settings.loss
    return same_loss and before.to_network() == after.to_network()


def _with_document(project: Project, document: Document) -> Project:
    """A project whose document is another one."""
    project.document = document
    project.saved = project.moment()
    return project
