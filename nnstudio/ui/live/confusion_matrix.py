"""A confusion matrix that is seen whole: what is true down its side, what was predicted across."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnstudio.explain.results import ClassResults
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import theme

# Pixels of the letters: as large as there is room for, and no smaller than can be read.
LARGEST, SMALLEST = 12, 8
# Share of the width and of the height that names may take; more where cells stay so many pixels large.
NAMES_SHARE, COMFORTABLE = 0.3, 20
# Opacity of the largest count: with more, the number on it has less than 4.5:1 in the dark.
DEEPEST = 0.5
PRECISION, RECALL = "precision %", "recall %"
MIDDLE = Qt.AlignmentFlag.AlignCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Grid(NamedTuple):
    """Where the cells lie, in pixels, the letters' font, and whether the names above stand upright."""

    cells: QRectF
    across: float
    down: float
    line: float
    font: QFont
    upright: bool

    def cell(self, row: int, column: int) -> QRectF:
        """That of a class, or of the recall and the precision, which come after the last."""
        left, top = self.cells.left() + column * self.across, self.cells.top() + row * self.down
        return QRectF(left, top, self.across, self.down)

    def at(self, point: QPointF) -> tuple[int, int] | None:
        """Row and column of the cell below a point; None outside of all."""
        if not self.cells.contains(point):
            return None
        row = (point.y() - self.cells.top()) / self.down
        return int(row), int((point.x() - self.cells.left()) / self.across)


def grid_of(size: QSize, font: QFont, names: tuple[str, ...], largest: int) -> Grid:
    """The grid in a widget of a size, with letters in which ``largest`` and 100 % fit into a cell."""
    widest = str(max(largest, 100))
    for pixels in range(LARGEST, SMALLEST - 1, -1):
        grid = _grid(size, font, names, pixels)
        if grid.down > pixels and grid.across > QFontMetricsF(grid.font).horizontalAdvance(widest) + 2:
            break
    return grid


def _grid(size: QSize, font: QFont, names: tuple[str, ...], pixels: int) -> Grid:
    font = QFont(font)
    font.setPixelSize(pixels)
    metrics, count = QFontMetricsF(font), len(names)
    line, longest = metrics.height(), max(metrics.horizontalAdvance(name) for name in names) + 6
    right = metrics.horizontalAdvance(RECALL) + 6
    left = line + _room(longest, size.width() - line - right, count)
    left = max(left, metrics.horizontalAdvance(PRECISION) + 6)
    across = max(size.width() - left - right, 1.0) / count
    upright = longest > across
    top = line + (_room(longest, size.height() - 2 * line, count) if upright else line)
    down = max(size.height() - top - line, 1.0) / count
    return Grid(QRectF(left, top, across * count, down * count), across, down, line, font, upright)


def _room(longest: float, pixels: float, count: int) -> float:
    """What names get of the pixels that they share with cells."""
    return min(longest, max(pixels * NAMES_SHARE, pixels - COMFORTABLE * count))


def percent(share: float) -> str:
    """Whole per cent; only what is all or nothing is 100 or 0."""
    if np.isnan(share):
        return "-"
    return str(round(share * 100) if share in (0, 1) else min(max(round(share * 100), 1), 99))


class ConfusionMatrix(QWidget):
    """Counts by true and predicted class, the recall beside them and the precision below."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Confusion matrix")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._results: ClassResults | None = None

    def draw(self, results: ClassResults) -> None:
        """Show the counts of these results."""
        self._results = results
        self.setAccessibleDescription(
            "\n".join(self.told(row, column) for row, column in np.argwhere(results.matrix))
        )
        self.update()

    def grid(self) -> Grid | None:
        """Where the cells lie now; None where nothing is shown."""
        if self._results is None:
            return None
        largest = int(self._results.matrix.max())
        return grid_of(self.size(), self.font(), self._results.classes, largest)

    def told(self, row: int, column: int) -> str:
        """A cell in words."""
        results = self._results
        if results is None:
            return ""
        true, predicted = results.classes[row], results.classes[column]
        return (
            f"True {true}, predicted {predicted}: {results.matrix[row, column]:,} of "
            f"{results.matrix[row].sum():,} samples that are {true}"
        )

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return super().event(event)
        grid = self.grid()
        cell = grid.at(QPointF(event.pos())) if grid is not None else None
        QToolTip.showText(event.globalPos(), plain_tip(self.told(*cell)) if cell else "", self)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        results, grid = self._results, self.grid()
        if results is None or grid is None:
            return
        painter = QPainter(self)
        painter.setFont(grid.font)
        self._paint_cells(painter, grid, results.matrix)
        self._paint_sides(painter, grid, results)
        painter.end()

    def _paint_cells(self, painter: QPainter, grid: Grid, matrix: np.ndarray) -> None:
        c, most, metrics = theme.colours, max(int(matrix.max()), 1), QFontMetricsF(grid.font)
        painter.fillRect(grid.cells, QColor(c.base))
        for (row, column), count in np.ndenumerate(matrix):
            cell = grid.cell(row, column)
            colour = QColor(c.good if row == column else c.error)
            colour.setAlphaF((count / most) ** 0.5 * DEEPEST)
            painter.fillRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), colour)
            text = str(count) if count else ""
            if metrics.horizontalAdvance(text) <= cell.width():
                painter.setPen(QColor(c.text))
                painter.drawText(cell, MIDDLE, text)
        painter.setPen(QColor(c.border))
        painter.drawRect(grid.cells)

    def _paint_sides(self, painter: QPainter, grid: Grid, results: ClassResults) -> None:
        cells, line, count = grid.cells, grid.line, len(results.classes)
        painter.setPen(QColor(theme.colours.muted))
        painter.drawText(QRectF(cells.left(), 0, cells.width(), line), MIDDLE, "predicted")
        _upright(painter, QRectF(0, cells.top(), line, cells.height()), MIDDLE, "true")
        beside = QRectF(cells.right(), cells.top() - line, self.width() - cells.right(), line)
        painter.drawText(beside, MIDDLE, RECALL)
        below = QRectF(0, cells.bottom(), cells.left() - 3, line)
        painter.drawText(below, RIGHT, PRECISION)
        painter.setPen(QColor(theme.colours.text))
        for i, name in enumerate(results.classes):
            row, column = grid.cell(i, count), grid.cell(count, i)
            side = QRectF(line, row.top(), cells.left() - line - 3, row.height())
            painter.drawText(side, RIGHT, _short(painter, name, side.width()))
            above = QRectF(column.left(), line, column.width(), cells.top() - line)
            if grid.upright:
                left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
                _upright(painter, above.adjusted(0, 0, 0, -3), left, name)
            else:
                painter.drawText(above, MIDDLE, name)
            painter.drawText(QRectF(row.left(), row.top(), beside.width(), row.height()), MIDDLE,
                             percent(results.recall[i]))  # fmt: skip
            painter.drawText(QRectF(column.left(), cells.bottom(), column.width(), line), MIDDLE,
                             percent(results.precision[i]))  # fmt: skip


def _short(painter: QPainter, text: str, width: float) -> str:
    metrics = QFontMetricsF(painter.font())
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def _upright(painter: QPainter, box: QRectF, align: Qt.AlignmentFlag, text: str) -> None:
    """Write a text from below upwards."""
    painter.save()
    painter.translate(box.left(), box.bottom())
    painter.rotate(-90)
    painter.drawText(QRectF(0, 0, box.height(), box.width()), align, _short(painter, text, box.height()))
    painter.restore()
