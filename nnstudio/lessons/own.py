"""The lessons that a person added to those of the program; they lie in their own data folder.

The work in them lies elsewhere (`progress`), and outlives them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from nnstudio.lessons.lesson import (
    FILE,
    LessonError,
    LessonFolder,
    lessons_folder,
    read_lesson,
    readable_lessons,
    shipped_lesson,
)
from nnstudio.lessons.package import OWN, key, unpack
from nnstudio.model.atomic_file import FileError
from nnstudio.model.own_folder import own_data


def own_folder() -> Path:
    """Where they lie; need not exist."""
    return own_data() / "own-lessons"


@dataclass(frozen=True)
class Added:
    """A lesson that was added, and what a person should know about that, in a sentence, or ""."""

    folder: LessonFolder
    note: str = ""


def add(file: Path, is_replacing: bool = False) -> Added:
    """Add a lesson that was given away, never in the place of one of the program's. Raises as `unpack`."""
    folder = unpack(file, own_folder(), _shipped_names(), is_replacing)
    if not folder.id.endswith(OWN) or key(folder.id.removesuffix(OWN)) not in map(key, _shipped_names()):
        return Added(folder)
    return Added(
        folder,
        f"The program has a lesson '{folder.id.removesuffix(OWN)}' of its own, which stays. So this one is "
        f"called '{folder.id}' here.",
    )


def remove(lesson: LessonFolder) -> None:
    """Take an added lesson away; the work in it stays. Raises FileError."""
    try:
        shutil.rmtree(lesson.folder)
    except OSError as error:
        raise FileError(
            f"The lesson “{lesson.lesson.title}” cannot be removed: {error.strerror or error}. It lies in "
            f"'{lesson.folder}'."
        ) from error


def own_lessons() -> tuple[list[LessonFolder], list[LessonError]]:
    """Those that were added, in the order of the path, and sentences on those that cannot be used."""
    if not own_folder().is_dir():
        return [], []
    lessons, errors = readable_lessons(own_folder())
    taken = {key(name) for name in _shipped_names()}
    hidden = [one for one in lessons if key(one.id) in taken]
    # It was added before the program had its own of this name.
    errors += [
        LessonError(
            f"Your lesson “{one.lesson.title}” is not shown: the program has its own lesson '{one.id}' now. "
            f"Give the folder '{one.folder}' another name."
        )
        for one in hidden
    ]
    return [one for one in lessons if one not in hidden], errors


def lesson_called(name: str) -> LessonFolder | None:
    """The lesson of this name, of the program or added; None where there is none. Raises LessonError."""
    shipped = shipped_lesson(name)
    if shipped is not None:
        return shipped
    folder = own_folder() / name
    return read_lesson(folder) if (folder / FILE).is_file() else None


def _shipped_names() -> list[str]:
    return [path.name for path in lessons_folder().iterdir()]
