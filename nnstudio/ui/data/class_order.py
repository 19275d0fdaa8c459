"""Order and names of the classes: a person moves them up and down and writes names."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.data.columns import NAMED, name_of, value_of
from nnstudio.data.tables.settings import ColumnType
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.plain_text import PlainLabel

HINT = (
    "The least comes first. Of a target, this is the order of the outputs, and of two classes the last is "
    "the positive one."
)
# They have a meaning in the text that the order is saved as.
REFUSED = set('<,;"')


def can_be_ordered(classes: Sequence[str]) -> bool:
    """Whether an order of these can be written down."""
    return not any(REFUSED & set(name) or NAMED in name for name in classes)


class ClassOrder(QDialog):
    """Emits chosen(word) with a word that `settings.with_word` takes."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, order: Sequence[str]) -> None:
        """``order``: entries such as "0 = no", or values alone."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Order and names")
        self.table = QTableWidget(len(order), 2)
        self.table.setAccessibleName("Classes")
        self.table.setHorizontalHeaderLabels(["Value in the data", "Name"])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for row, entry in enumerate(order):
            value = QTableWidgetItem(value_of(entry))
            value.setFlags(value.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.table.setItem(row, 0, value)
            self.table.setItem(row, 1, QTableWidgetItem(name_of(entry)))
        self.up, self.down = QPushButton("Move up"), QPushButton("Move down")
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.hint = PlainLabel(HINT)
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        moves = QHBoxLayout()
        for button in (self.up, self.down):
            moves.addWidget(button)
        moves.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addLayout(moves)
        column.addWidget(self.hint)
        column.addWidget(buttons)
        self.table.setCurrentCell(0, 1)
        give_size(self, 420, 360)

    def _move(self, by: int) -> None:
        row = self.table.currentRow()
        other = row + by
        if row < 0 or not 0 <= other < self.table.rowCount():
            return
        for column in range(2):
            one, two = self.table.takeItem(row, column), self.table.takeItem(other, column)
            self.table.setItem(row, column, two)
            self.table.setItem(other, column, one)
        self.table.setCurrentCell(other, self.table.currentColumn())

    def entries(self) -> list[str]:
        """The classes in their order, with their names where these are others than their values."""
        entries = []
        for row in range(self.table.rowCount()):
            value, name = (str(self.table.model().index(row, at).data() or "").strip() for at in range(2))
            entries.append(f"{value}{NAMED}{name}" if name and name != value else value)
        return entries

    def _accept(self) -> None:
        entries = self.entries()
        wrong = next((entry for entry in entries if REFUSED & set(entry)), "")
        if wrong:
            self.hint.setText(f"'{wrong}' holds one of {' '.join(sorted(REFUSED))}, which no name can have.")
            return
        if len(set(map(name_of, entries))) < len(entries):
            self.hint.setText("Two classes have the same name. Give each its own.")
            return
        self.chosen.emit(f"{ColumnType.ORDERED} {' < '.join(entries)}")
        self.accept()
