"""Two networks side by side: their layers, and the samples on which they disagree."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.compare_command import Comparison
from nnstudio.ui.project.report import as_label
from nnstudio.ui.widgets.dialog_size import give_size


class ComparisonDialog(QDialog):
    """The report that `nnstudio compare` prints; ``other`` names the second network."""

    def __init__(self, parent: QWidget, other: str, comparison: Comparison) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"This network and {other}")
        told = comparison.agreement
        self.said = as_label(comparison.apart if told is None else told.sentence)
        self.layers = _table(
            "Layers", ("Here", other, "How they differ"),
            [(pair.first or "-", pair.second or "-", pair.sentence) for pair in comparison.pairs],
        )  # fmt: skip
        worst = () if told is None else told.worst
        self.samples = _table(
            "Samples seen most differently", ("Sample", "True", "Here", other),
            [(f"{s.index:,}", s.truth, s.first, s.second) for s in worst],
        )  # fmt: skip
        self.notes = as_label("\n".join(comparison.notes))
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        close.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setSpacing(10)
        rows.addWidget(self.said)
        rows.addWidget(self.layers, 2)
        heading = as_label("Samples that they see most differently:")
        for widget, stretch in ((heading, 0), (self.samples, 1)):
            rows.addWidget(widget, stretch)
            widget.setVisible(bool(worst))
        rows.addWidget(self.notes)
        self.notes.setVisible(bool(comparison.notes))
        rows.addLayout(buttons)
        give_size(self, 820, 560)


def _table(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> QTableWidget:
    table = QTableWidget(len(rows), len(header))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(header))
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.setItem(row, column, QTableWidgetItem(text))
    table.resizeColumnsToContents()
    table.horizontalHeader().setSectionResizeMode(len(header) - 1, QHeaderView.ResizeMode.Stretch)
    table.setWordWrap(True)
    # Whenever a column becomes wider or narrower, for texts that take several lines.
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return table
