"""What stands for missing values in a table: a list to check, and a field for marks of one's own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnstudio.data.tables.marks import Mark
from nnstudio.ui.widgets.plain_text import plain_tip

# So many are seen without scrolling.
MOST_SEEN = 6
EMPTY = "empty"


class MarkList(QWidget):
    """Emits changed({"missing_marks": .., "kept_marks": ..}), two texts for the options of these names."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.marks: tuple[Mark, ...] = ()
        self.list, self.own = QListWidget(), QLineEdit()
        self.list.setAccessibleName("Marks of missing values")
        self.list.setToolTip("What is checked counts as missing")
        self.list.itemChanged.connect(lambda _item: self._tell())
        self.own.setAccessibleName("Another mark")
        self.own.setPlaceholderText("Another mark, such as -1")
        self.own.setToolTip("Return adds it to the list")
        self.own.setAcceptDrops(False)
        self.own.returnPressed.connect(self._add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.list, self.own):
            column.addWidget(widget)

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show what stands for missing values, or might."""
        at = self.list.currentRow()
        self.marks = tuple(marks)
        with QSignalBlocker(self.list):
            self.list.clear()
            for mark in marks:
                self.list.addItem(self._item(mark))
            self.list.setCurrentRow(min(at, len(marks) - 1))
        rows = min(len(marks), MOST_SEEN)
        frame = 2 * self.list.frameWidth() + 2
        self.list.setVisible(bool(marks))
        self.list.setFixedHeight(max(self.list.sizeHintForRow(0), 1) * max(rows, 1) + frame)

    def _item(self, mark: Mark) -> QListWidgetItem:
        cells = f"{mark.cells:,} cell{'s' * (mark.cells != 1)}" if mark.cells else "in no cell"
        item = QListWidgetItem(f"{mark.text or EMPTY}   ·   {cells}")
        item.setToolTip(plain_tip(self._told(mark)))
        item.setCheckState(Qt.CheckState.Checked if mark.is_missing else Qt.CheckState.Unchecked)
        if not self._may_change(mark):
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
        return item

    def _may_change(self, mark: Mark) -> bool:
        return bool(mark.text)

    def _told(self, mark: Mark) -> str:
        if not self._may_change(mark):
            return "Cells in which nothing stands are missing values."
        if mark.is_missing:
            return f"'{mark.text}' counts as missing. Uncheck it to take it for a value."
        return f"'{mark.text}' counts as a value. Check it to take it for a missing one."

    def _add(self) -> None:
        text = self.own.text().strip()
        if not text:
            return
        self.own.clear()
        for at, mark in enumerate(self.marks):
            if mark.text == text:
                self.list.item(at).setCheckState(Qt.CheckState.Checked)
                return
        self._tell([part.strip() for part in text.split(",") if part.strip()])

    def _tell(self, added: Sequence[str] = ()) -> None:
        checked = [self.list.item(at).checkState() == Qt.CheckState.Checked for at in range(len(self.marks))]
        pairs = list(zip(self.marks, checked, strict=True))
        missing = [mark.text for mark, on in pairs if on and not mark.is_usual]
        kept = [mark.text for mark, on in pairs if not on and mark.is_usual]
        self.changed.emit({"missing_marks": ", ".join([*missing, *added]), "kept_marks": ", ".join(kept)})
