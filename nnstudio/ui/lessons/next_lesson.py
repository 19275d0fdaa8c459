"""The lesson to go on with, above all of them: what it is, how far the learner is, and one button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from nnstudio.lessons.lesson import LessonFolder
from nnstudio.lessons.library import Library
from nnstudio.lessons.progress import Progress
from nnstudio.model.quantity import counted
from nnstudio.ui.widgets.plain_text import PlainLabel

START, NEXT, GO_ON = "Start here", "Next", "Go on where you were"


class NextLesson(QFrame):
    """Hidden where nothing is left. Request: lesson_requested(LessonFolder)."""

    lesson_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("row")
        self.folder: LessonFolder | None = None
        self.why, self.title, self.note = PlainLabel(), PlainLabel(), PlainLabel()
        for label, name in ((self.why, "small"), (self.title, "cardtitle"), (self.note, "muted")):
            label.setObjectName(name)
            label.setWordWrap(True)
        self.button = QPushButton()
        self.button.setObjectName("primary")
        self.button.clicked.connect(lambda _on=False: self.lesson_requested.emit(self.folder))
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self.why, self.title, self.note):
            words.addWidget(label)
        across = QHBoxLayout(self)
        across.setContentsMargins(14, 10, 14, 10)
        across.setSpacing(16)
        across.addLayout(words, 1)
        across.addWidget(self.button)
        self.hide()

    def show_of(self, library: Library) -> None:
        """Show the one that these lessons go on with."""
        self.folder = folder = library.going_on
        if folder is None:
            self.hide()
            return
        lesson, progress = folder.lesson, library.progress_in(folder)
        is_begun = progress != Progress()
        self.why.setText(GO_ON if is_begun else NEXT if library.is_begun else START)
        self.title.setText(lesson.title)
        step = progress.within(len(lesson.steps)).step + 1
        how_far = f"step {step} of {len(lesson.steps)}" if is_begun else counted(len(lesson.steps), "step")
        self.note.setText(f"{lesson.chapter}  ·  {how_far}  ·  {counted(lesson.minutes, 'minute')}")
        self.button.setText("Continue" if is_begun else "Start")
        self.button.setAccessibleName(f"{self.button.text()}: {lesson.title}")
        self.show()
