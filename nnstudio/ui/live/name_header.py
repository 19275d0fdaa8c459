"""Names at the sides of a small table, none of which may take much room: upright where they do not fit beside
each other, and cut in their middle where that is too long, too. The whole name is the section's tool tip.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nnstudio.ui.widgets.theme import theme

# Room around a name, and the smallest letters, in pixels.
ROOM, SMALLEST, USUAL = 3.0, 8, 13


class NameHeader(QHeaderView):
    """Takes as much room as its names need, up to what `give` says."""

    def __init__(self, side: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(side, parent)
        self._most, self._section = 100.0, 100.0
        self.setSectionsClickable(False)

    def give(self, most: float, section: float, letters: float | None = None) -> None:
        """Room for the names, in pixels: away from the table, and along its side for each of them; letters
        are so high at the most.
        """
        self._most, self._section = most, section
        font = QFont()
        # Beside a row, or upright, letters must be no higher than that.
        font.setPixelSize(int(min(max(section - 1, SMALLEST), letters or theme.grown(USUAL))))
        self.setFont(font)
        while font.pixelSize() > SMALLEST and self._cuts:
            # Small letters can be read, letters that are left out cannot.
            font.setPixelSize(font.pixelSize() - 1)
            self.setFont(font)
        self.updateGeometry()
        self.viewport().update()

    @property
    def is_upright(self) -> bool:
        """Whether names of columns are read from below, because they do not fit beside each other."""
        return self.orientation() == Qt.Orientation.Horizontal and self._widest() > self._section

    def sizeHint(self) -> QSize:
        if self.orientation() == Qt.Orientation.Vertical or self.is_upright:
            across = round(min(self._widest(), self._most))
        else:
            across = round(QFontMetricsF(self.font()).height() + 2 * ROOM)
        return QSize(across, 10) if self.orientation() == Qt.Orientation.Vertical else QSize(10, across)

    def shown(self, section: int) -> str:
        """A name as it is painted."""
        room = (
            self._most if self.orientation() == Qt.Orientation.Vertical or self.is_upright else self._section
        )
        metrics = QFontMetricsF(self.font())
        return metrics.elidedText(self._name(section), Qt.TextElideMode.ElideMiddle, room - 2 * ROOM + 0.5)

    @property
    def _cuts(self) -> bool:
        along = self.orientation() == Qt.Orientation.Vertical or self.is_upright
        return self._widest() > (self._most if along else self._section)

    def _name(self, section: int) -> str:
        return str(self.model().headerData(section, self.orientation()) or "")

    def _widest(self) -> float:
        metrics = QFontMetricsF(self.font())
        widths = (metrics.horizontalAdvance(self._name(i)) for i in range(self.count()))
        return max(widths, default=0.0) + 2 * ROOM

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        c = theme.colours
        painter.save()
        painter.fillRect(rect, QColor(c.raised))
        painter.setPen(QPen(QColor(c.border), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomRight())
        painter.setPen(QColor(c.text))
        painter.setFont(self.font())
        name, centre = self.shown(logicalIndex), Qt.AlignmentFlag.AlignCenter
        if self.is_upright:
            painter.translate(rect.left(), rect.bottom())
            painter.rotate(-90)
            painter.drawText(QRectF(0, 0, rect.height(), rect.width()), centre, name)
        else:
            painter.drawText(QRectF(rect), centre, name)
        painter.restore()


class TightCells(QStyledItemDelegate):
    """Texts without room around them, so that numbers of narrow cells are not cut."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        role = Qt.ItemDataRole
        self.initStyleOption(option, index)
        # The bindings do not name what an option holds.
        rect, state, font = option.rect, option.state, option.font
        painter.save()
        painter.fillRect(rect, index.data(role.BackgroundRole) or QColor(theme.colours.base))
        brush = index.data(role.ForegroundRole)
        painter.setPen(brush.color() if brush is not None else QColor(theme.colours.text))
        painter.setFont(font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, index.data() or "")
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(theme.colours.accent), 2))
            painter.drawRect(QRectF(rect).adjusted(1, 1, -1, -1))
        painter.restore()
