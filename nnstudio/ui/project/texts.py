"""Projects as text in the window: copied to the clipboard, and opened from what a person pastes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton, QWidget

from nnstudio.model.atomic_file import FileError
from nnstudio.project_text import OpenedText, is_text, project_of, text_of
from nnstudio.ui.project.files import Files
from nnstudio.ui.run.inquiries import Inquiries
from nnstudio.ui.widgets.dialog_rows import lay_out
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.plain_text import PlainLabel

INTRODUCTION = (
    "Paste a project that was copied as text (File > Copy as text), or an address of "
    "playground.tensorflow.org with all that stands behind its #."
)
NOTHING_OPEN = "There is no project to copy yet. Open one first."


class Texts:
    """What the File menu does with projects as text; the same functions read and write them as on the
    command line.
    """

    def __init__(self, parent: QWidget, files: Files) -> None:
        self.parent, self.files = parent, files

    def copy(self) -> None:
        """Put the open project on the clipboard, and say what is not in the text."""
        messages, workspace = self.files.messages, self.files.workspace
        project = workspace.project
        if not workspace.has_project:
            messages.say(NOTHING_OPEN)
            return
        try:
            written = text_of(project, project.state is not None or project.was_trained)
        except FileError as error:
            messages.fail(error)
            return
        QGuiApplication.clipboard().setText(written.text)
        messages.say("")
        copied = f"Copied the project as text ({len(written.text):,} characters)."
        messages.note(" ".join((copied, *written.left_out)))

    def ask(self) -> None:
        """A dialog takes a text, at first the one on the clipboard, and opens its project."""
        TextDialog(self.parent, self.files.runner.inquiries, self._open).open()

    def _open(self, opened: OpenedText) -> None:
        def show() -> None:
            self.files.show(opened.project, "Open a text")
            self.files.messages.tell("Opened the project of the text.")
            self.files.messages.note(" ".join(opened.notes))

        self.files.leave(show)


class TextDialog(QDialog):
    """``take`` gets the project of the text that a person pasted, once it can be read."""

    def __init__(self, parent: QWidget, inquiries: Inquiries, take: Callable[[OpenedText], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open from text")
        self._inquiries, self._take = inquiries, take
        self._is_over = False
        introduction = PlainLabel(INTRODUCTION)
        introduction.setWordWrap(True)
        self.field = QPlainTextEdit()
        self.field.setAccessibleName("Text")
        self.field.setTabChangesFocus(True)
        self.problem = PlainLabel()
        self.problem.setObjectName("error")
        self.problem.setWordWrap(True)
        self.open_button, cancel = QPushButton("&Open"), QPushButton("Cancel")
        self.open_button.clicked.connect(self._on_open)
        self.open_button.setDefault(True)
        cancel.clicked.connect(self.reject)
        self.field.textChanged.connect(self._on_edited)
        lay_out(self, (introduction, self.field, self.problem), (cancel, self.open_button))
        give_size(self, 620, 320)
        copied = QGuiApplication.clipboard().text()
        self.field.setPlainText(copied if is_text(copied) else "")
        self.field.selectAll()
        self._on_edited()

    def _on_edited(self) -> None:
        self.problem.hide()
        self.open_button.setEnabled(not self.field.document().isEmpty())

    def _on_open(self) -> None:
        """Read the text on another thread: one of a large network takes a while."""
        text = self.field.toPlainText()
        self.open_button.setEnabled(False)
        self.field.setReadOnly(True)

        def then(opened: OpenedText) -> None:
            if not self._is_over:
                self.accept()
                self._take(opened)

        def failed(error: Exception) -> None:
            if self._is_over:
                return
            self.field.setReadOnly(False)
            self.open_button.setEnabled(True)
            self.problem.setText(str(error))
            self.problem.show()
            self.field.setFocus()
            if not isinstance(error, FileError):
                raise error

        self._inquiries.look_up(lambda: project_of(text), then, failed)

    def done(self, result: int) -> None:
        self._is_over = True
        super().done(result)
