"""How far a learner came in each lesson, and where their work lies: in their own data folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError, make_folder, read_regular, write_atomically
from nnstudio.model.own_folder import own_data
from nnstudio.model.suffix import SUFFIX

if TYPE_CHECKING:
    from nnstudio.lessons.lesson import LessonFolder

MOST_BYTES, MOST_NAME = 2**20, 2**10
MOST_PROJECT_BYTES = 2**28


class Progress(Struct, frozen=True):
    """Steps are counted from zero.

    Attributes:
        step: the one that is shown.
        done: those whose checks all held once.
        answers: what was answered, by the step as text.
        tries: how many answers were given, by the step as text.
        hints: how many hints were told, by the step as text.
    """

    step: int = 0
    done: tuple[int, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    tries: Mapping[str, int] = field(default_factory=dict)
    hints: Mapping[str, int] = field(default_factory=dict)

    def within(self, steps: int) -> Progress:
        """The same for a lesson of so many steps: it may have become shorter."""
        done = tuple(sorted({at for at in self.done if 0 <= at < steps}))
        return replace(self, step=min(max(self.step, 0), steps - 1), done=done)

    def answered(self, text: str) -> Progress:
        """The same once an answer was given in the step that is shown."""
        key = str(self.step)
        answers, tries = {**self.answers, key: text}, {**self.tries, key: self.tries.get(key, 0) + 1}
        return replace(self, answers=answers, tries=tries)

    def told(self, hints: int) -> Progress:
        """The same once so many hints were told in the step that is shown."""
        key = str(self.step)
        return replace(self, hints={**self.hints, key: max(hints, self.hints.get(key, 0))})


def home(lesson: str) -> Path:
    """The folder of a learner's work in a lesson."""
    return own_data() / "lessons" / lesson


def work_file(lesson: str) -> Path:
    """The learner's project."""
    return home(lesson) / f"{lesson}{SUFFIX}"


def lesson_of(path: Path | None) -> str:
    """The lesson that a project is the work in; "" for any other."""
    if path is None:
        return ""
    name = path.stem
    return name if path == work_file(name) else ""


def learner() -> str:
    """The name that stood on the last work that was saved; "" where none is known."""
    try:
        return read_regular(_learner(), MOST_NAME).decode("utf-8").strip()
    except (FileError, UnicodeDecodeError):
        return ""


def note_learner(name: str) -> None:
    """Keep a name for the next time. Raises FileError."""
    if name != learner():
        write_atomically(_learner(), name.encode("utf-8")[:MOST_NAME])


def _learner() -> Path:
    return own_data() / "learner.txt"


def _file(lesson: str) -> Path:
    return home(lesson) / "progress.json"


def read_progress(lesson: str) -> Progress:
    """What is kept; nothing where the lesson was not begun. Raises FileError for a damaged file."""
    path = _file(lesson)
    if not path.exists():
        return Progress()
    try:
        return msgspec.json.decode(read_regular(path, MOST_BYTES), type=Progress)
    except msgspec.DecodeError as error:
        raise FileError(
            f"How far you came in this lesson cannot be read and begins anew: '{path}' is damaged ({error})."
        ) from error


def write_progress(lesson: str, progress: Progress) -> None:
    """Keep it. Raises FileError."""
    _make_home(lesson)
    write_atomically(_file(lesson), msgspec.json.encode(progress))


def prepare(folder: LessonFolder) -> Path:
    """The learner's project; a copy of the one that the lesson begins with where there is none yet.

    Raises FileError.
    """
    path = work_file(folder.id)
    if not path.exists():
        _make_home(folder.id)
        write_atomically(path, read_regular(folder.project, MOST_PROJECT_BYTES))
    return path


def put_aside(lesson: str) -> Path | None:
    """Give the learner's project another name beside it, and forget the progress; the new path, or None where
    there was no project. Raises FileError.
    """
    path, number = work_file(lesson), 1
    while (aside := path.with_stem(f"{lesson} ({number})")).exists():
        number += 1
    try:
        _file(lesson).unlink(missing_ok=True)
        if not path.exists():
            return None
        os.rename(path, aside)
    except OSError as error:
        raise FileError(f"'{path}' cannot be put aside: {disk_faults.reason(error)}.") from error
    return aside


def forget(lesson: str) -> None:
    """Take the learner's project and the progress away for good. Raises FileError."""
    folder = home(lesson)
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise FileError(f"'{folder}' cannot be taken away: {error.strerror or error}.") from error


def _make_home(lesson: str) -> None:
    try:
        make_folder(home(lesson))
    except FileError as error:
        raise FileError(f"Your work in this lesson cannot be kept. {error}") from error
