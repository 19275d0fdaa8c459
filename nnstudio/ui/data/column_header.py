"""The heads of columns: name, type, role, a small histogram and how much is missing; a click opens a menu."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from nnstudio.data.option_titles import AUTOMATIC, WITHOUT_UNIT
from nnstudio.data.tables.description import Column
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.fitting import in_order
from nnstudio.data.tables.look import Spread, TableLook
from nnstudio.data.tables.scales import words_in_order
from nnstudio.data.tables.settings import Coding, ColumnRole, ColumnType, Gaps, Scaling, Units
from nnstudio.ui.data.class_order import ClassOrder, can_be_ordered
from nnstudio.ui.data.column_name import ColumnName
from nnstudio.ui.widgets.plain_text import on_button
from nnstudio.ui.widgets.theme import theme

# Pixels: around the text, of the histogram, and the least width of a column.
MARGIN, HISTOGRAM, NARROWEST = 8, 26, 112
# Of more values of an input, no order is asked.
MOST_ORDERED = 50
# What each kind of word says, as the menu names it.
MENUS: tuple[tuple[str, str, Iterable[StrEnum]], ...] = (
    ("&Type", "type", ColumnType), ("&Coding", "coding", Coding), ("&Role", "role", ColumnRole),
    ("&Scaling", "scaling", Scaling), ("&Missing values", "gaps", Gaps),
)  # fmt: skip


TARGET_SCALINGS = (Scaling.STANDARDISE, Scaling.MIN_MAX, Scaling.AS_IT_IS)


class ColumnHeader(QHeaderView):
    """Requests: said(column, word), see `settings.with_word`, and renamed(column, new name)."""

    said = Signal(str, str)
    renamed = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.look: TableLook | None = None
        self.setSectionsClickable(True)
        self.setDefaultSectionSize(NARROWEST)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setAccessibleName("Columns")
        self.setObjectName("columns")

    def show_look(self, look: TableLook | None) -> None:
        """Show these columns; None for plain names."""
        self.look = look
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.updateGeometries()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        if self.look is not None:
            size.setHeight(4 * self.fontMetrics().height() + HISTOGRAM + 2 * MARGIN + 4)
        return size

    def least_width(self, section: int) -> int:
        """Pixels that a head takes."""
        metrics = self.fontMetrics()
        if self.look is None:
            return metrics.horizontalAdvance(str(self.model().headerData(section, self.orientation()))) + 24
        column = self.look.columns[section]
        below = self._bottom(column, self.look.spreads[section])
        bold = self.font()
        bold.setBold(True)
        name = QFontMetrics(bold).horizontalAdvance(column.name) + 34
        texts = (column_kind(column), str(column.role), below)
        return max(NARROWEST, name, *(metrics.horizontalAdvance(text) + 20 for text in texts))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if self.look is None or logicalIndex >= len(self.look.columns):
            super().paintSection(painter, rect, logicalIndex)
            return
        painter.save()
        self._paint(painter, rect, self.look.columns[logicalIndex], self.look.spreads[logicalIndex])
        painter.restore()

    def _paint(self, painter: QPainter, rect: QRect, column: Column, spread: Spread) -> None:
        colours = theme.colours
        painter.fillRect(rect, QColor(colours.raised))
        painter.setPen(QPen(QColor(colours.border)))
        painter.drawLine(rect.topRight(), rect.bottomRight())
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if column.role == ColumnRole.TARGET:
            painter.fillRect(QRect(rect.left(), rect.top(), rect.width() - 1, 3), QColor(colours.accent))
        inner = rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        line = self.fontMetrics().height()
        is_out = column.role == ColumnRole.LEFT_OUT
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted if is_out else colours.text))
        self._write(painter, QRect(inner.left(), inner.top(), inner.width() - 14, line), column.name)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRect(inner.right() - 10, inner.top(), 12, line), Qt.AlignmentFlag.AlignRight, "▾")
        colour = colours.accent if column.role == ColumnRole.TARGET else colours.muted
        painter.setPen(QColor(colour))
        for at, text in ((1, column_kind(column)), (2, str(column.role))):
            self._write(painter, QRect(inner.left(), inner.top() + at * line, inner.width(), line), text)
        bars = QRectF(inner.left(), inner.top() + 3 * line + 3, inner.width(), HISTOGRAM)
        _paint_bars(painter, bars, spread, QColor(colours.border if is_out else colour))
        painter.setPen(QColor(colours.warning if column.missing else colours.muted))
        below = QRect(inner.left(), inner.bottom() - line + 1, inner.width(), line)
        self._write(painter, below, self._bottom(column, spread))

    def _bottom(self, column: Column, spread: Spread) -> str:
        if column.missing:
            return f"{column.missing / max(column.rows, 1):.1%} missing"
        return f"{spread.low} … {spread.high}" if spread.high else spread.low

    def _write(self, painter: QPainter, rect: QRect, text: str) -> None:
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

    # The menu

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        section = self.logicalIndexAt(at)
        # At the edges a person drags the width.
        left = self.sectionViewportPosition(section)
        if self.look is not None and section >= 0 and 4 < at.x() - left < self.sectionSize(section) - 4:
            self.open_menu(section)

    def open_menu(self, section: int) -> None:
        """Offer what can be said of a column."""
        if self.look is None:
            return
        menu = self.menu(section, self.look)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(QPoint(self.sectionViewportPosition(section), self.height())))

    def menu(self, section: int, look: TableLook) -> QMenu:
        """What can be said of a column, what holds now checked."""
        column = look.columns[section]
        menu = QMenu(self)
        title = menu.addAction(on_button(f"{column.name}: {column.values:,} different values"))
        title.setEnabled(False)
        for text, field, words in _offered(column, look):
            part = menu.addMenu(text)
            now = getattr(column, field)
            for word in words:
                self._add(part, column, str(word), word == now)
            if field == "type" and not column.is_guessed:
                part.addSeparator()
                guess = part.addAction(AUTOMATIC)
                guess.triggered.connect(lambda _on=False: self.said.emit(column.name, "guess type"))
        if unit := look.units.get(column.name):
            without = menu.addAction(on_button(without_unit(unit)))
            without.setCheckable(True)
            without.setChecked(column.units == Units.WITHOUT)
            says = "guess units" if without.isChecked() else str(Units.WITHOUT)
            without.triggered.connect(lambda _on=False: self.said.emit(column.name, says))
        menu.addSeparator()
        rename = menu.addAction("Re&name…")
        rename.triggered.connect(lambda _on=False: self._ask_name(column, look))
        if values := _values(column, look):
            is_target = column.role == ColumnRole.TARGET
            order = menu.addAction(
                "&Order and names of the classes…" if is_target else "&Order of the values…"
            )
            order.setEnabled(bool(column.order) or can_be_ordered(values))
            order.triggered.connect(lambda _on=False: self._ask_order(column, values))
        return menu

    def _ask_name(self, column: Column, look: TableLook) -> None:
        others = {other.name for other in look.columns} - {column.name}
        dialog = ColumnName(self.window(), column.name, others)
        dialog.chosen.connect(lambda name: self.renamed.emit(column.name, name))
        dialog.open()

    def _ask_order(self, column: Column, values: Sequence[str]) -> None:
        dialog = ClassOrder(self.window(), column.order or words_in_order(values) or values)
        dialog.chosen.connect(lambda word: self.said.emit(column.name, word))
        dialog.open()

    def _add(self, menu: QMenu, column: Column, word: str, is_now: bool) -> QAction:
        action = menu.addAction(word.capitalize())
        action.setCheckable(True)
        action.setChecked(is_now)
        action.triggered.connect(lambda _on=False: self.said.emit(column.name, word))
        return action


def without_unit(unit: str) -> str:
    """What a menu offers where only some numbers have a unit."""
    return f"{WITHOUT_UNIT} ({unit})"


def _values(column: Column, look: TableLook) -> tuple[str, ...]:
    """What an order can be asked of: the classes of a target, or the words of an input where they are few."""
    if column.role == ColumnRole.TARGET:
        return look.classes
    is_text = column.type in (ColumnType.CATEGORY, ColumnType.ORDERED)
    if column.role != ColumnRole.INPUT or not is_text or not 1 < column.values <= MOST_ORDERED:
        return ()
    return in_order(texts_of(look.frame[column.name]).dropna().unique())


def _offered(column: Column, look: TableLook) -> list[tuple[str, str, Iterable[StrEnum]]]:
    """What makes sense to say of a column: a target is not coded, and as classes not scaled."""
    if column.role != ColumnRole.TARGET:
        return list(MENUS)
    scalings = [] if look.classes else [("&Scaling", "scaling", TARGET_SCALINGS)]
    return [part for part in MENUS if part[1] not in ("coding", "scaling")] + scalings


def column_kind(column: Column) -> str:
    """What is understood of a column, and of one that enters, how it does."""
    guessed = " (guessed)" if column.is_guessed else ""
    is_in = column.role == ColumnRole.INPUT
    coding = f", {column.coding}" if is_in and column.coding == Coding.EMBEDDING else ""
    return f"{column.type}{coding}{guessed}"


def _paint_bars(painter: QPainter, rect: QRectF, spread: Spread, colour: QColor) -> None:
    if not len(spread.bars):
        return
    width = rect.width() / max(len(spread.bars), 6)
    for i, height in enumerate(spread.bars):
        tall = max(float(height) * rect.height(), 1.0 if height > 0 else 0.0)
        bar = QRectF(rect.left() + i * width, rect.bottom() - tall, max(width - 1, 1), tall)
        painter.fillRect(bar, colour)
