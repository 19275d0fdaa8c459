"""The button on the data page that opens the list of what stands for missing values."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from nnstudio.data.tables.marks import Mark
from nnstudio.ui.data.mark_list import MarkList
from nnstudio.ui.widgets.plain_text import PlainLabel

LEAST_WIDTH = 260


class MarkButton(QPushButton):
    """Tells how many cells lack a value. Emits changed as `MarkList` does."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setToolTip("What stands for missing values in this table")
        self.marks = MarkList()
        self.marks.changed.connect(self.changed)
        self.popup = QFrame(self, Qt.WindowType.Popup)
        self.popup.setFrameShape(QFrame.Shape.StyledPanel)
        self.popup.setMinimumWidth(LEAST_WIDTH)
        head = PlainLabel("Missing values")
        head.setObjectName("heading")
        column = QVBoxLayout(self.popup)
        column.setContentsMargins(12, 10, 12, 12)
        for widget in (head, self.marks):
            column.addWidget(widget)
        self.clicked.connect(lambda _on=False: self.open())

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show what stands for missing values now; the list stays open where it is."""
        cells = sum(mark.cells for mark in marks if mark.is_missing)
        self.setText(f"Missing values: {cells:,} …" if cells else "Missing values …")
        self.marks.show_marks(marks)
        self.popup.adjustSize()

    def open(self) -> None:
        """Show the list below the button."""
        self.popup.adjustSize()
        screen = self.screen().availableGeometry()
        below = self.mapToGlobal(QPoint(0, self.height()))
        left = max(screen.left(), min(below.x(), screen.right() - self.popup.width()))
        self.popup.move(left, below.y())
        self.popup.show()
        first: QWidget = self.marks.list if self.marks.list.isVisible() else self.marks.own
        first.setFocus(Qt.FocusReason.PopupFocusReason)
