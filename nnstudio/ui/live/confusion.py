"""The confusion matrix: true classes down, predicted ones across, whole in sight for a few classes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from nnstudio.explain.results import ClassResults
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import legible_on, mixed, theme

# A larger matrix is not legible; then only the classes' figures are told.
MOST_CLASSES = 30
# Up to so many classes are seen without scrolling, however small the panel is.
MOST_WHOLE = 12
# Pixels: of the names of classes at the most, of a column at the least where the shares have columns beside
# it, and of the smallest and the usual digits.
WIDEST_NAME, ROOMY, SMALLEST, USUAL = 110, 24, 7, 13
# How strong the colour of the most frequent cell is.
STRONGEST = 0.8
SHARES = ("precision", "recall")


class ConfusionMatrix(QWidget):
    """A table of counts with the words true and predicted at its sides."""

    def __init__(self) -> None:
        super().__init__()
        self.table = QTableWidget()
        self.table.setAccessibleName("Confusion matrix: true classes down, predicted classes across")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(False)
        self.table.setCornerButtonEnabled(False)
        self.table.verticalHeader().setMaximumWidth(WIDEST_NAME)
        for header in (self.table.horizontalHeader(), self.table.verticalHeader()):
            header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        across = QLabel("predicted")
        across.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        across.setObjectName("muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setSpacing(2)
        grid.addWidget(across, 0, 1)
        grid.addWidget(Upright("true"), 1, 0)
        grid.addWidget(self.table, 1, 1)
        self._heads: tuple[str, ...] = ()
        self._cells: dict[tuple[int, int], QTableWidgetItem] = {}

    def draw(self, results: ClassResults) -> None:
        """Show the counts and the classes' figures."""
        count = len(results.classes)
        shown = count if count <= MOST_CLASSES else 0
        if results.classes != self._heads:
            self._heads = results.classes
            self._build(results.classes, shown)
        most = max(int(results.matrix.max()), 1)
        for row in range(count):
            for column in range(shown):
                value = int(results.matrix[row, column])
                colour = self.colour(value / most, row == column)
                self._cells[row, column].setText(f"{value:,}" if value else "")
                self._cells[row, column].setBackground(colour)
                self._cells[row, column].setForeground(legible_on(colour))
            for column, share in ((shown, results.precision[row]), (shown + 1, results.recall[row])):
                self._cells[row, column].setText("-" if np.isnan(share) else f"{share:.1%}")
            self._tell(row, results)

    def colour(self, share: float, is_right: bool) -> QColor:
        """Of a cell, by its share of the most frequent one; roots, so that a single mistake is seen."""
        c = theme.colours
        strength = STRONGEST * min(share, 1.0) ** 0.5
        return mixed(QColor(c.base), QColor(c.good if is_right else c.error), strength)

    def _build(self, classes: tuple[str, ...], shown: int) -> None:
        table, heads = self.table, [*classes[:shown], *SHARES]
        self._cells.clear()
        table.setColumnCount(len(heads))
        table.setRowCount(len(classes))
        table.setHorizontalHeaderLabels(heads)
        table.setVerticalHeaderLabels(list(classes))
        for row in range(len(classes)):
            for column in range(len(heads)):
                item = self._cells[row, column] = QTableWidgetItem()
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                table.setItem(row, column, item)
        whole = len(classes) <= MOST_WHOLE
        mode = QHeaderView.ResizeMode.Stretch if whole else QHeaderView.ResizeMode.ResizeToContents
        for header in (table.horizontalHeader(), table.verticalHeader()):
            header.setMinimumSectionSize(4 if whole else 24)
            header.setSectionResizeMode(mode)
        for column in range(shown, len(heads)):
            # A share that is cut is another one.
            table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._fit()

    def _tell(self, row: int, results: ClassResults) -> None:
        """A row's figures as the tip of its head, for where there is no room for their columns."""
        precision, recall = results.precision[row], results.recall[row]
        told = " · ".join(
            f"{name} {'-' if np.isnan(share) else f'{share:.1%}'}"
            for name, share in zip(SHARES, (precision, recall), strict=True)
        )
        head = self.table.verticalHeaderItem(row)
        if head is not None:
            head.setToolTip(plain_tip(f"{results.classes[row]}: {told}"))

    def _fit(self) -> None:
        """Digits as large as the cells allow; the shares' columns go where the cells would be too narrow."""
        count = len(self._heads)
        if not count or count > MOST_WHOLE:
            for column in range(self.table.columnCount()):
                self.table.setColumnHidden(column, False)
            self.table.setFont(QFont())
            return
        across, down = self.table.width() - WIDEST_NAME / 2, self.table.height() / (count + 1)
        taken = sum(self.fontMetrics().horizontalAdvance(name) + 16 for name in SHARES)
        roomy = across - taken >= ROOMY * count
        for column in range(count, count + len(SHARES)):
            self.table.setColumnHidden(column, not roomy)
        font = QFont()
        font.setPixelSize(int(min(max(SMALLEST, min(down - 6, across / count / 2.2)), USUAL)))
        self.table.setFont(font)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class Upright(QWidget):
    """A word that is read from below."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height(), self.fontMetrics().horizontalAdvance(self.text))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(theme.colours.muted))
        painter.translate(0, self.height())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, self.height(), self.width()), Qt.AlignmentFlag.AlignCenter, self.text)
        painter.end()
