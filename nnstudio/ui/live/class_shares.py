"""How well each class is predicted: a row for each, with its precision and its recall."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from nnstudio.explain.results import ClassResults
from nnstudio.ui.widgets.plain_text import plain_tip

HEADS = (
    ("Class", "The true class, or the predicted one"),
    ("Precision", "Of the samples that are predicted as this class, how many are of it"),
    ("Recall", "Of the samples of this class, how many are predicted as it"),
)


class ClassShares(QTableWidget):
    """Names that are too long are cut in their middle, numbers never."""

    def __init__(self) -> None:
        super().__init__(0, len(HEADS))
        self.setAccessibleName("Precision and recall of each class")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 4)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(20)
        for column, (title, tip) in enumerate(HEADS):
            head = QTableWidgetItem(title)
            head.setToolTip(tip)
            self.setHorizontalHeaderItem(column, head)
            mode = QHeaderView.ResizeMode
            header.setSectionResizeMode(column, mode.ResizeToContents if column else mode.Stretch)

    def draw(self, results: ClassResults) -> None:
        """Show the figures of each class."""
        self.setRowCount(len(results.classes))
        rows = zip(results.classes, results.precision, results.recall, strict=True)
        for row, (name, precision, recall) in enumerate(rows):
            for column, text in enumerate((name, _share(precision), _share(recall))):
                item = self.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    item.setTextAlignment(right if column else Qt.AlignmentFlag.AlignVCenter)
                    self.setItem(row, column, item)
                if item.text() != text:
                    item.setText(text)
                    item.setToolTip(plain_tip(text) if not column else "")


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.1%}"
