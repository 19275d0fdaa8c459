"""Parts of the dialog of exports: that one goes on, and how its result is used."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel


class Busy(QWidget):
    """Hidden until something goes on; ``cancel`` is called when a person asks for that."""

    def __init__(self) -> None:
        super().__init__()
        self.cancel: Callable[[], None] = lambda: None
        bar, self.button = QProgressBar(), QPushButton("Cancel")
        # How long the other program takes is not known.
        bar.setRange(0, 0)
        bar.setAccessibleName("Exporting")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(lambda _on=False: self.cancel())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(bar, 1)
        row.addWidget(self.button)
        self.hide()


class Usage(QWidget):
    """Hidden until there are lines to show."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.copy = QPlainTextEdit(), QPushButton("Copy")
        self.text.setReadOnly(True)
        self.text.setAccessibleName("How to use it")
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        # Tab goes on to the next field.
        self.text.setTabChangesFocus(True)
        self.copy.setAutoDefault(False)
        self.copy.setToolTip("Copy these lines to the clipboard")
        self.copy.clicked.connect(self._on_copy)
        title = PlainLabel("How to use it")
        title.setObjectName("heading")
        top = QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self.copy)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(top)
        rows.addWidget(self.text, 1)
        self.hide()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def say(self, text: str) -> None:
        """Show lines of a program; empty hides all."""
        self.text.setPlainText(text)
        self.setVisible(bool(text))
