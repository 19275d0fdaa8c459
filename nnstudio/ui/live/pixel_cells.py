"""Pixels of a picture as they are drawn: in a picture with one of them marked, and as cells with numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nnstudio.model.quantity import in_digits
from nnstudio.ui.widgets.theme import theme

# Shares of red, green and blue in how bright a colour looks (ITU-R 601); on brighter ones text is black.
LUMA, BRIGHT = (0.299, 0.587, 0.114), 128
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


def told(value: float) -> str:
    """A value of a pixel; whole ones, which went through 32 bits, without decimals."""
    whole = round(value) if np.isfinite(value) else 0
    return f"{whole}" if abs(value - whole) < 1e-3 else in_digits(value, 3)


def draw_frame(painter: QPainter, box: QRectF) -> None:
    """Mark what is chosen; the black line is seen on bright colours, the other one on dark ones."""
    for colour, inner in (("black", -1.0), (theme.colours.accent, 0.0)):
        painter.setPen(QPen(QColor(colour), 1.5))
        painter.drawRect(box.adjusted(inner, inner, -inner, -inner))


class FramedCells(QStyledItemDelegate):
    """A cell that is chosen keeps its colour, and gets a frame."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        option.state &= ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus)
        super().paint(painter, option, index)
        if is_chosen:
            draw_frame(painter, QRectF(option.rect).adjusted(2, 2, -3, -3))


class CellModel(QAbstractTableModel):
    """Numbers in cells of their own colour."""

    def __init__(self) -> None:
        super().__init__()
        self.values = np.zeros((0, 0))
        self._colours = np.zeros((0, 0, 3), np.uint8)

    def show_numbers(self, values: np.ndarray, colours: np.ndarray) -> None:
        """Show values (rows, columns) on colours (rows, columns, 3), uint8."""
        is_other = values.shape != self.values.shape
        if is_other:
            self.beginResetModel()
        self.values, self._colours = values, colours
        if is_other:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(values.shape[0] - 1, values.shape[1] - 1))

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return self.values.shape[0]

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return self.values.shape[1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        at = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return told(float(self.values[at]))
        if role == Qt.ItemDataRole.BackgroundRole:
            return QColor(*map(int, self._colours[at]))
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor("black" if self._colours[at] @ np.array(LUMA) > BRIGHT else "white")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return f"{section + 1:,}" if role == Qt.ItemDataRole.DisplayRole else None


class MarkedPicture(QWidget):
    """A picture as large as fits, with a frame round one of its pixels.

    Signal: chosen(row, column) of a pixel that was clicked on.
    """

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Click on a pixel to see its number")
        self._image, self._at = QImage(), (0, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 80)

    def show_picture(self, image: QImage) -> None:
        """Show another picture."""
        self._image = image
        self.update()

    def mark(self, row: int, column: int) -> None:
        """Frame a pixel."""
        self._at = row, column
        self.update()

    def box(self) -> QRectF:
        """Where the picture stands."""
        width, height = max(self._image.width(), 1), max(self._image.height(), 1)
        scale = min(self.width() / width, self.height() / height)
        size = width * scale, height * scale
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._choose(event)

    def _choose(self, event: QMouseEvent) -> None:
        box = self.box()
        if self._image.isNull() or not box.contains(event.position()):
            return
        row = (event.position().y() - box.top()) / box.height() * self._image.height()
        column = (event.position().x() - box.left()) / box.width() * self._image.width()
        self.chosen.emit(min(int(row), self._image.height() - 1), min(int(column), self._image.width() - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter, box = QPainter(self), self.box()
        painter.drawImage(box, self._image)
        edge, (row, column) = box.width() / self._image.width(), self._at
        frame = QRectF(box.left() + column * edge, box.top() + row * edge, edge, edge)
        draw_frame(painter, frame.adjusted(-1, -1, 1, 1))
        painter.end()
