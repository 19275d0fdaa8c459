"""A choice behind its label, above what it decides on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnstudio.ui.widgets.choice_box import StillBox, narrow


class LabelledChoice(QWidget):
    """Signal: chosen() when another was chosen, so that what is below is to be drawn.

    Attributes:
        box: to choose in; ``rows`` what lies below it is added to.
    """

    chosen = Signal()

    def __init__(self, label: str, name: str) -> None:
        """``name`` is what people are told who do not see it."""
        super().__init__()
        self.box = narrow(StillBox())
        self.box.setAccessibleName(name)
        self.box.currentIndexChanged.connect(lambda _at: self.chosen.emit())
        title = QLabel(label)
        title.setBuddy(self.box)
        choice = QHBoxLayout()
        choice.addWidget(title)
        choice.addWidget(self.box, 1)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 4, 0, 0)
        self.rows.setSpacing(4)
        self.rows.addLayout(choice)

    def fill(self, names: Sequence[str]) -> int:
        """Let a person choose among these; returns which is chosen, the one of before where it is there."""
        if list(names) != [self.box.itemText(i) for i in range(self.box.count())]:
            before = self.box.currentText()
            with QSignalBlocker(self.box):
                self.box.clear()
                self.box.addItems(list(names))
                self.box.setCurrentIndex(max(self.box.findText(before), 0))
        return self.box.currentIndex()
