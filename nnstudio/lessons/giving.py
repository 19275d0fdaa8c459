"""Gives a lesson away under the name of the file that it goes into: in its draft's folder it has none yet."""

from __future__ import annotations

import re
from pathlib import Path

from nnstudio.lessons.lesson import LessonFolder
from nnstudio.lessons.package import pack
from nnstudio.lessons.progress import MOST_PROJECT_BYTES
from nnstudio.lessons.writing import write_lesson
from nnstudio.model.atomic_file import read_regular
from nnstudio.model.temporary import temporary_folder

# Letters of a name.
LONGEST = 50


def give_away(lesson: LessonFolder, out: Path) -> None:
    """Write a lesson into one file. Raises LessonError for a name that no lesson can have, or FileError."""
    with temporary_folder() as root:
        folder = root / out.stem
        write_lesson(lesson.lesson, read_regular(lesson.project, MOST_PROJECT_BYTES), folder)
        pack(folder, out)


def name_for(title: str) -> str:
    """What the file of a lesson with this title is called, without its suffix."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")[:LONGEST].strip("-") or "lesson"
