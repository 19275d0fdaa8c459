"""Projects that were opened or saved lately, kept with the person's settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

from nnstudio.lessons.progress import lesson_of
from nnstudio.lessons.suffix import DRAFT
from nnstudio.ui.widgets.file_dialogs import LastFolder

RECENT = 8
WORK = "Your work in this lesson."
# Behind the title of one.
IN_LESSON = " (lesson)"


def called(path: Path) -> str:
    """What a project is called in a list: the work in a lesson by its title, where that can still be read."""
    name = lesson_of(path)
    if not name:
        return path.stem
    from nnstudio.lessons.lesson import LessonError
    from nnstudio.lessons.own import lesson_called

    try:
        lesson = lesson_called(name)
    except LessonError:
        # The page of all lessons says what is wrong with it.
        lesson = None
    return lesson.lesson.title + IN_LESSON if lesson is not None else path.stem


def told(path: Path) -> str:
    """Where a project lies; nobody looks for the work in a lesson among their files."""
    return WORK if lesson_of(path) else str(path.parent)


def _is_trial(path: Path) -> bool:
    """Whether a teacher tried their own lesson there: the next trial takes its place."""
    return lesson_of(path).startswith(DRAFT)


class RecentProjects:
    """The newest first."""

    def __init__(self, settings: QSettings) -> None:
        self.settings = settings

    def paths(self) -> list[Path]:
        """Those that are still there."""
        stored = self.settings.value("recent") or []
        paths = [Path(p) for p in ([stored] if isinstance(stored, str) else stored)]
        return [p for p in paths if p.is_file() and not _is_trial(p)]

    def remember(self, path: Path) -> None:
        """This one was opened or saved now."""
        is_work = bool(lesson_of(path))
        if not is_work:
            # Nobody chose the folder that the work in a lesson lies in.
            LastFolder.follow(path)
        # A lesson is known by the path of its work, which may lead over links.
        kept = path if is_work else path.resolve()
        others = [p for p in self.paths() if p != kept]
        if not _is_trial(path):
            self.settings.setValue("recent", [str(p) for p in [kept, *others]][:RECENT])
