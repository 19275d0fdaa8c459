"""The confusion matrix: true classes down, predicted ones across, whole in sight for a few classes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from nnstudio.explain.label_results import LabelCounts
from nnstudio.explain.results import ClassResults
from nnstudio.ui.live.name_header import NameHeader, TightCells
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from nnstudio.ui.widgets.theme import legible_on, mixed, theme

# A larger matrix is not legible.
MOST_CLASSES = 30
# Up to so many classes are seen without scrolling, however small the panel is.
MOST_WHOLE = 12
# Pixels of the smallest and the usual digits, and of a cell at the least where not all are seen at once.
SMALLEST, USUAL, LEAST = 6, 13, 24
# Digits are larger in cells that are higher than so many pixels, up to so many times.
LARGE, MOST_GROWTH = 80, 2.0
# Of the panel, what the names at a side may take at the most, in pixels and as a share.
WIDEST_NAME, NAMES_SHARE = 110, 0.3
# And beside up to so many classes, whose cells have room enough, this share.
FEW, LARGE_SHARE = 5, 0.43
# How strong the colour of the most frequent cell is.
STRONGEST = 0.8
TOO_MANY = (
    "A matrix of {count} is not legible; up to {most} are shown. Classes, beside this, tells how well each "
    "one is predicted."
)


class ConfusionMatrix(QWidget):
    """A table of counts with the words true and predicted at its sides."""

    def __init__(self) -> None:
        super().__init__()
        self.table = QTableWidget()
        self.table.setAccessibleName("Confusion matrix: true classes down, predicted classes across")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(False)
        self.table.setCornerButtonEnabled(False)
        self.table.setItemDelegate(TightCells(self.table))
        for side in Qt.Orientation:
            header = NameHeader(side, self.table)
            if side == Qt.Orientation.Horizontal:
                self.table.setHorizontalHeader(header)
            else:
                self.table.setVerticalHeader(header)
        self.across = QLabel("predicted")
        self.across.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.across.setObjectName("muted")
        self.down, self.too_many = Upright("true"), PlainLabel()
        self.too_many.setObjectName("muted")
        self.too_many.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setSpacing(2)
        grid.addWidget(self.across, 0, 1)
        grid.addWidget(self.down, 1, 0)
        grid.addWidget(self.table, 1, 1)
        grid.addWidget(self.too_many, 2, 0, 1, 2, Qt.AlignmentFlag.AlignTop)
        self._heads: tuple[str, ...] = ()
        self._longest = 1

    def draw(self, results: ClassResults | LabelCounts) -> None:
        """Show the counts."""
        names, count = results.classes, len(results.classes)
        is_shown = count <= MOST_CLASSES
        for widget in (self.across, self.down, self.table):
            widget.setVisible(is_shown)
        self.too_many.setVisible(not is_shown)
        self.too_many.setText(TOO_MANY.format(count=f"{count:,} classes", most=MOST_CLASSES))
        if not is_shown:
            return
        if names != self._heads:
            self._heads = names
            self._build(names)
        most = max(int(results.matrix.max()), 1)
        for row, column in np.ndindex(count, count):
            value, item = int(results.matrix[row, column]), self.table.item(row, column)
            assert item is not None
            colour = self.colour(value / most, row == column)
            item.setText(f"{value:,}" if value else "")
            item.setBackground(colour)
            item.setForeground(legible_on(colour))
            item.setToolTip(plain_tip(f"true {names[row]}, predicted {names[column]}: {value:,}"))
        # Nothing would ever be counted there.
        self.table.setRowHidden(0, isinstance(results, ClassResults) and results.only_real)
        longest = len(f"{most:,}")
        if longest != self._longest:
            self._longest = longest
            self._fit()

    def colour(self, share: float, is_right: bool) -> QColor:
        """Of a cell, by its share of the most frequent one; roots, so that a single mistake is seen."""
        c = theme.colours
        strength = STRONGEST * min(share, 1.0) ** 0.5
        return mixed(QColor(c.base), QColor(c.good if is_right else c.error), strength)

    def _build(self, classes: tuple[str, ...]) -> None:
        table, count = self.table, len(classes)
        table.setColumnCount(count)
        table.setRowCount(count)
        for at, name in enumerate(classes):
            for put, word in (
                (table.setHorizontalHeaderItem, "predicted"), (table.setVerticalHeaderItem, "true"),
            ):  # fmt: skip
                head = QTableWidgetItem(name)
                head.setToolTip(plain_tip(f"{word} {name}"))
                put(at, head)
        for row, column in np.ndindex(count, count):
            item = QTableWidgetItem()
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            table.setItem(row, column, item)
        whole = count <= MOST_WHOLE
        mode = QHeaderView.ResizeMode.Stretch if whole else QHeaderView.ResizeMode.ResizeToContents
        for header in (table.horizontalHeader(), table.verticalHeader()):
            header.setMinimumSectionSize(4 if whole else LEAST)
            header.setSectionResizeMode(mode)
        self._fit()

    def _fit(self) -> None:
        """Names and digits as large as there is room for."""
        count = len(self._heads)
        if not count:
            return
        headers: list[NameHeader] = []
        for header in (self.table.verticalHeader(), self.table.horizontalHeader()):
            assert isinstance(header, NameHeader)
            headers.append(header)
        down, across = headers
        width, height = self.table.width(), self.table.height()
        share = LARGE_SHARE if count <= FEW else NAMES_SHARE
        whole = count <= MOST_WHOLE
        # Rows share what the heads of the columns leave, in one line or upright.
        down.give(min(theme.grown(WIDEST_NAME), width * share), height / (count + 2) if whole else LEAST)
        left = width - down.sizeHint().width()
        # Names at both sides have letters of one size.
        letters = max(down.font().pixelSize(), SMALLEST)
        across.give(min(theme.grown(WIDEST_NAME), height * share), left / count if whole else LEAST, letters)
        font = QFont()
        if whole:
            high = (height - across.sizeHint().height()) / count
            digit = QFontMetricsF(font).horizontalAdvance("0") / QFontMetricsF(font).height()
            fits = min(high - 2, (left / count - 2) / (digit * self._longest) * 0.8)
            # In a large cell usual digits look lost.
            most = theme.grown(USUAL) * min(max(high / LARGE, 1.0), MOST_GROWTH)
            font.setPixelSize(int(min(max(SMALLEST, fits), most)))
        self.table.setFont(font)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
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
