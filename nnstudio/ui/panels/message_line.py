"""The line over the pages that says what could not be done, what is wrong, or how to begin."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from nnstudio.model.problems import Repair
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import restyle


class MessageLine(QWidget):
    """Hidden while there is nothing to say. Signals: dismissed() when a person has read it, and when they do
    what is offered repair_requested(Repair), or taken() where that is no repair.

    Attributes:
        label: the text; its name in the style sheet is "error", or "note" where nothing is wrong.
    """

    dismissed, taken = Signal(), Signal()
    repair_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.label = PlainLabel()
        self.label.setObjectName("error")
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.offered, self.dismiss = QPushButton(), QPushButton("Dismiss")
        self.offered.hide()
        self.offered.clicked.connect(self._on_offered)
        self.dismiss.setToolTip("Hide this message")
        self.dismiss.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        self._repair: Repair | None = None
        for widget in (self.label, self.offered, self.dismiss):
            row.addWidget(widget)
        self.hide()

    def text(self) -> str:
        """What is said."""
        return self.label.text()

    def offer(self, what: Repair | str) -> None:
        """Offer what would mend it on a button, a repair or something else by its title; "" for nothing."""
        self._repair = what if isinstance(what, Repair) else None
        title = what.title if isinstance(what, Repair) else what
        self.offered.setText(title)
        self.offered.setVisible(bool(title))

    def say(self, text: str, is_wrong: bool = True) -> None:
        """Show a sentence, as one on a fault where something ``is_wrong``; empty hides the line."""
        if text == self.text():
            return
        restyle(self.label, "error" if is_wrong else "note")
        self.label.setText(text)
        self.setVisible(bool(text))

    def _on_offered(self) -> None:
        if self._repair is not None:
            self.repair_requested.emit(self._repair)
        else:
            self.taken.emit()
