"""A learner's work in a lesson, as it is read before it is opened: how far they came, and whether the network
that they did it with is there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from nnstudio.lessons.actions import Answer, Select, Show
from nnstudio.lessons.draft import drafted_lesson
from nnstudio.lessons.lesson import LessonFolder
from nnstudio.lessons.own import lesson_called
from nnstudio.lessons.progress import MOST_PROJECT_BYTES, Progress, read_progress, work_file
from nnstudio.model.atomic_file import FileError, read_regular

# What leaves the network as it is.
WORDS = (Answer, Select, Show)


@dataclass(frozen=True)
class Begun:
    """A lesson and how far the learner came in it.

    Attributes:
        problem: a sentence on progress that cannot be read, or "".
        is_lost: steps are done, and the project is as the lesson begins.
        undone: titles of the lessons that it goes on from and that the learner has not done.
    """

    folder: LessonFolder
    progress: Progress = field(default_factory=Progress)
    problem: str = ""
    is_lost: bool = False
    undone: tuple[str, ...] = ()


def read_begun(name: str) -> Begun | None:
    """The lesson that is called so; None where there is none (any more). Raises LessonError."""
    folder = lesson_called(name) or drafted_lesson(name)
    if folder is None:
        return None
    try:
        progress = read_progress(name).within(len(folder.lesson.steps))
    except FileError as error:
        return Begun(folder, problem=str(error))
    return Begun(folder, progress, "", _is_lost(folder, progress), tuple(_undone(folder)))


def _undone(folder: LessonFolder) -> Iterator[str]:
    for name in folder.lesson.needs:
        before = lesson_called(name)
        if before is None:
            continue
        steps = len(before.lesson.steps)
        with contextlib.suppress(FileError):
            if len(read_progress(name).within(steps).done) < steps:
                yield before.lesson.title


def _is_lost(folder: LessonFolder, progress: Progress) -> bool:
    """Whether something was done to the network of which its file knows nothing."""
    done = [folder.lesson.steps[at] for at in progress.done]
    if not any(not isinstance(action, WORDS) for step in done for action in step.solution):
        return False
    start, now = (read_regular(path, MOST_PROJECT_BYTES) for path in (folder.project, work_file(folder.id)))
    return bytes(start) == bytes(now)
