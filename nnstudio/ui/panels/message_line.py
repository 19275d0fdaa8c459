"""The line over the pages that says what could not be done, what is wrong, or how to begin."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from nnstudio.model.problems import Repair
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import restyle


class MessageLine(QWidget):
    """Hidden while there is nothing to say. Signals: dismissed() when a person has read it,
    repair_requested(Repair).

    Attributes:
        label: the text; its name in the style sheet is "error", or "note" where nothing is wrong.
    """

    dismissed = Signal()
    repair_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.label = PlainLabel()
        self.label.setObjectName("error")
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.dismiss = QPushButton("Dismiss")
        self.dismiss.setToolTip("Hide this message")
        self.dismiss.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        self.mend = QPushButton()
        self.mend.setObjectName("repair")
        self.mend.clicked.connect(lambda: self.repair_requested.emit(self._repair))
        self._repair: Repair | None = None
        row.addWidget(self.label)
        row.addWidget(self.mend)
        row.addWidget(self.dismiss)
        self.hide()

    def text(self) -> str:
        """What is said."""
        return self.label.text()

    def say(self, text: str, is_wrong: bool = True, repair: Repair | None = None) -> None:
        """Show a sentence, as one on a fault where something ``is_wrong``, with a button for what mends it;
        empty hides the line.
        """
        self._repair = repair
        self.mend.setText(repair.title if repair is not None else "")
        self.mend.setVisible(repair is not None)
        if text == self.text():
            return
        restyle(self.label, "error" if is_wrong else "note")
        self.label.setText(text)
        self.setVisible(bool(text))
