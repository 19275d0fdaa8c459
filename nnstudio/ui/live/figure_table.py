"""A table of names and of figures that belong to them, to read only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from nnstudio.ui.widgets.plain_text import plain_tip


class FigureTable(QTableWidget):
    """Names that are too long are cut in their middle, figures never."""

    def __init__(self, name: str, heads: Sequence[tuple[str, str]]) -> None:
        """``heads``: title and tool tip of each column, that of the names first."""
        super().__init__(0, len(heads))
        self.setAccessibleName(name)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self._fit()
        header = self.horizontalHeader()
        header.setMinimumSectionSize(20)
        for column, head in enumerate(heads):
            self.set_head(column, *head)
            mode = QHeaderView.ResizeMode
            header.setSectionResizeMode(column, mode.ResizeToContents if column else mode.Stretch)

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 4)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def set_head(self, column: int, title: str, tip: str) -> None:
        """Call a column so."""
        head = QTableWidgetItem(title)
        head.setToolTip(tip)
        self.setHorizontalHeaderItem(column, head)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these texts, a row for each name."""
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = self.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    item.setTextAlignment(right if column else Qt.AlignmentFlag.AlignVCenter)
                    self.setItem(row, column, item)
                if item.text() != text:
                    item.setText(text)
                    item.setToolTip(plain_tip(text) if not column else "")


def in_percent(value: float) -> str:
    """A share with a digit behind the point; "-" where it is no number."""
    return f"{value:.1%}" if value == value else "-"
