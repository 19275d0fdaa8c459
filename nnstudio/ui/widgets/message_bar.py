"""A bar above the canvas: a sentence, and buttons for what can be done about it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel


class MessageBar(QWidget):
    """Hidden until there is something to say; ``text`` is its label."""

    def __init__(self, *buttons: QPushButton) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.text = PlainLabel()
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        for widget in (self.text, *buttons):
            row.addWidget(widget)
        self.hide()
