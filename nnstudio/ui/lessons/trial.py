"""A teacher tries a lesson as a learner would, in the studio; their own project is held meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from nnstudio.lessons.lesson import LessonFolder
from nnstudio.lessons.progress import forget, prepare
from nnstudio.project import Project
from nnstudio.ui.lessons.lesson_run import LessonRun
from nnstudio.ui.project.keeper import Keeper
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.planner import Origin


@dataclass(frozen=True)
class _Held:
    """What was open before: a project, or none, and what the worker put aside of it."""

    project: Project
    is_any: bool
    left: Origin


class Trial(QObject):
    """A trial run is the editor's own: it has a history of its own, is never asked about, and another one
    takes its place. Signals: began() once the lesson can be seen; ended(whether there was one), the
    project from before is back.
    """

    began = Signal()
    ended = Signal(bool)

    def __init__(self, workspace: Workspace, keeper: Keeper, lessons: LessonRun) -> None:
        super().__init__(workspace)
        self.workspace, self.keeper, self.lessons = workspace, keeper, lessons
        self._held: _Held | None = None
        self._lesson: LessonFolder | None = None
        self._is_told = True
        lessons.changed.connect(self._on_lesson)
        lessons.anew = self._restart
        # Whatever is opened next is opened from the project that was there before.
        lessons.files.leaving.before = self.end

    @property
    def is_on(self) -> bool:
        """Whether a lesson is being tried."""
        return self._held is not None

    @property
    def title(self) -> str:
        """What the lesson is called that is tried."""
        return self._lesson.lesson.title if self._lesson is not None else ""

    def begin(self, lesson: LessonFolder, failed: Callable[[Exception], None]) -> None:
        """Open a lesson from its beginning, in the place of an earlier trial."""

        def open_() -> None:
            self.workspace.runner.inquiries.in_background(lambda: _fresh(lesson), show, failed)

        def show(project: Project) -> None:
            self._show(lesson, project)

        if self.is_on:
            open_()
        else:
            # After a crash, the copy of what was open is offered: no trial is written over it.
            self.keeper.keep_copy(open_, wait=False)

    def _show(self, lesson: LessonFolder, project: Project) -> None:
        workspace, before = self.workspace, (self.workspace.project, self.workspace.has_project)
        self._lesson, self._is_told = lesson, False
        self.keeper.autosave.hold(True)
        # None while it is shown: who hears of that may ask.
        held, self._held = self._held, None
        left = workspace.show(project)
        self._held = held if held is not None else _Held(*before, left)

    def _on_lesson(self) -> None:
        run = self.lessons.open
        if self._lesson is None or run is None or self._is_told:
            return
        if self.is_on and run.folder.id == self._lesson.id:
            self._is_told = True
            self.began.emit()

    def _restart(self, folder: LessonFolder) -> bool:
        """Whether a lesson that is to begin anew is the one that is tried."""
        if not self.is_on or self._lesson is None or folder.id != self._lesson.id:
            return False
        self.begin(folder, self.lessons.messages.fail)
        return True

    def end(self) -> None:
        """Bring back what was open before, as it was left."""
        held, self._held = self._held, None
        if held is None:
            return
        self.lessons.leave()
        self.workspace.show(held.project, held.left)
        self.workspace.has_project = held.is_any
        self.keeper.autosave.hold(False)
        self.ended.emit(held.is_any)


def _fresh(lesson: LessonFolder) -> Project:
    """The project of a learner who just began. Raises FileError."""
    forget(lesson.id)
    return Project.open(prepare(lesson))
