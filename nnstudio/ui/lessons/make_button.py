"""The button that leads to making a lesson: from the open project, a draft, or a copy of a lesson."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton

from nnstudio.lessons.lesson import LessonFolder
from nnstudio.ui.widgets.plain_text import on_button


class MakeButton(QPushButton):
    """Requests: begin_requested(), draft_requested(folder), copy_requested(LessonFolder)."""

    begin_requested = Signal()
    draft_requested = Signal(object)
    copy_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__("Make a lesson")
        menu = QMenu(self)
        begin = menu.addAction("From the project that is &open…")
        begin.triggered.connect(lambda _on=False: self.begin_requested.emit())
        self.drafts, self.copies = QMenu("Go on with a &draft", menu), QMenu("From a &copy of a lesson", menu)
        for sub in (self.drafts, self.copies):
            menu.addMenu(sub)
        self.setMenu(menu)
        self.show_lessons((), ())

    def show_lessons(self, drafts: Sequence[tuple[Path, str]], lessons: Sequence[LessonFolder]) -> None:
        """Offer these; drafts by their folders and titles."""
        self.drafts.clear()
        self.copies.clear()
        for path, title in drafts:
            action = self.drafts.addAction(on_button(title))
            action.triggered.connect(lambda _on=False, p=path: self.draft_requested.emit(p))
        for folder in lessons:
            action = self.copies.addAction(on_button(folder.lesson.title))
            action.triggered.connect(lambda _on=False, f=folder: self.copy_requested.emit(f))
        self.drafts.menuAction().setEnabled(bool(drafts))
        self.copies.menuAction().setEnabled(bool(lessons))
