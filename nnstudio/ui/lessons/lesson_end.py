"""Where a lesson that is finished leads: to the next one, and to all of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.ui.widgets.plain_text import on_button, plain_tip


class LessonEnd(QWidget):
    """Hidden until the end. Requests: next_requested(), lessons_requested()."""

    next_requested = Signal()
    lessons_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.next, self.lessons = QPushButton(), QPushButton("All lessons")
        self.next.setObjectName("primary")
        self.next.clicked.connect(lambda _on=False: self.next_requested.emit())
        self.lessons.clicked.connect(lambda _on=False: self.lessons_requested.emit())
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        for button in (self.next, self.lessons):
            # The longest title must not widen the panel; its tip tells it all.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            rows.addWidget(button)
        self.hide()

    def show_next(self, title: str) -> None:
        """Offer the lesson that is called so, and all of them; only these for ""."""
        text = f"Next lesson: {title}"
        self.next.setText(on_button(text))
        self.next.setToolTip(plain_tip(text))
        self.next.setVisible(bool(title))
        self.show()
