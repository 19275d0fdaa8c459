"""Finds texts of a window that are cut where no tip holds them whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QRadioButton,
    QStyle,
    QTabBar,
    QTableView,
    QWidget,
)

from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.wrapping_button import WrappingButton

# Pixels by which styles and fonts round.
ROUNDING = 2
# The box of a check or radio button, and what lies between it and its text.
INDICATOR = 22
KINDS = (QLabel, QAbstractButton, QLineEdit, QComboBox, QGroupBox)


def text_of(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QGroupBox):
        return widget.title()
    if isinstance(widget, QLineEdit):
        # What a person writes may be longer than any field.
        is_of_spin = isinstance(widget.parent(), QAbstractSpinBox)
        return widget.text() if is_of_spin and not widget.isReadOnly() else widget.placeholderText()
    return widget.text()


def width_of(label: QLabel) -> int:
    """Of the text in one line, be it markup or not."""
    text = label.text().replace("&", "") if label.buddy() else label.text()
    if "<" in text and label.textFormat() != Qt.TextFormat.PlainText:
        document = QTextDocument()
        document.setHtml(text)
        text = document.toPlainText()
    return max(label.fontMetrics().horizontalAdvance(line) for line in text.split("\n"))


def is_cut(widget: QWidget) -> bool:
    room, metrics = widget.contentsRect().width() + ROUNDING, widget.fontMetrics()
    if isinstance(widget, QLabel):
        if widget.wordWrap():
            return widget.heightForWidth(widget.width()) > widget.height() + ROUNDING
        return "…" in widget.text() or width_of(widget) > room
    if isinstance(widget, QComboBox):
        # It tells by itself what it shortens.
        return not isinstance(widget, ChoiceBox) and widget.sizeHint().width() > widget.width() + ROUNDING
    if isinstance(widget, WrappingButton):
        return widget.heightForWidth(widget.width()) > widget.height() + ROUNDING
    beside = INDICATOR if isinstance(widget, QCheckBox | QRadioButton) else 0
    return metrics.horizontalAdvance(text_of(widget).replace("&", "")) + beside > room


def is_clipped(widget: QWidget) -> bool:
    """Whether a part of its breadth lies outside of what holds it, and nothing scrolls there."""
    seen = widget.visibleRegion().boundingRect()
    if seen.width() >= widget.width() - ROUNDING:
        return False
    holder = widget.parentWidget()
    while holder is not None:
        if isinstance(holder, QAbstractScrollArea) and holder.horizontalScrollBar().maximum() > 0:
            return holder.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        holder = holder.parentWidget()
    return True


def tip_of(widget: QWidget) -> str:
    if isinstance(widget, QLineEdit) and isinstance(widget.parent(), QAbstractSpinBox | QComboBox):
        return widget.parent().toolTip()
    return widget.toolTip()


def cut_texts(window: QWidget) -> list[str]:
    """Texts that are seen, are cut, and have no tip; and what lies in part outside of its panel."""
    cut = []
    for kind in KINDS:
        for widget in window.findChildren(kind):
            text = text_of(widget)
            if not text or not widget.isVisible() or widget.visibleRegion().isEmpty():
                continue
            where = f"{type(widget.parent()).__name__}: {type(widget).__name__}: {text}"
            if is_clipped(widget):
                cut.append(f"{where} (clipped)")
            elif not tip_of(widget) and is_cut(widget):
                cut.append(where)
    return cut + cut_cells(window) + cut_tabs(window)


def cut_cells(window: QWidget) -> list[str]:
    """Titles of columns, and cells of tables, that are cut and have no tip."""
    cut = []
    for table in window.findChildren(QTableView):
        model = table.model()
        if model is None or not table.isVisible() or table.visibleRegion().isEmpty():
            continue
        header = table.horizontalHeader()
        for column in range(min(model.columnCount(), 30)):
            if table.isColumnHidden(column) or not table.columnWidth(column):
                continue
            if header.isVisible() and is_title_cut(header, column):
                cut.append(f"column: {model.headerData(column, Qt.Orientation.Horizontal)}")
            for row in range(min(model.rowCount(), 30)):
                index = model.index(row, column)
                text, tip = index.data(), index.data(Qt.ItemDataRole.ToolTipRole)
                if isinstance(text, str) and not tip and is_cell_cut(table, index):
                    cut.append(f"cell: {text}")
    return cut


def is_title_cut(header: QHeaderView, column: int) -> bool:
    model, across = header.model(), Qt.Orientation.Horizontal
    if type(header) is not QHeaderView or model.headerData(column, across, Qt.ItemDataRole.ToolTipRole):
        # Others paint their titles themselves.
        return False
    text = str(model.headerData(column, across) or "")
    margin = 2 * header.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMargin, None, header)
    widest = max((header.fontMetrics().horizontalAdvance(line) for line in text.split("\n")), default=0)
    return widest + margin > header.sectionSize(column) + ROUNDING


def is_cell_cut(table: QTableView, index) -> bool:
    box, metrics = table.visualRect(index), table.fontMetrics()
    widest = max(metrics.horizontalAdvance(line) for line in index.data().split("\n"))
    takes_lines = table.wordWrap() and 2 * metrics.lineSpacing() <= box.height()
    return widest > box.width() and not takes_lines


def cut_tabs(window: QWidget) -> list[str]:
    """Titles of tabs of which only a part is seen, but for the one in front."""
    cut = []
    for bar in window.findChildren(QTabBar):
        lists = [b for b in bar.children() if isinstance(b, QAbstractButton) and b.accessibleName()]
        edge = min([b.x() for b in lists if b.isVisible()] or [bar.width()])
        tabs = [at for at in range(bar.count()) if bar.isTabVisible(at) and at != bar.currentIndex()]
        parts = [at for at in tabs if bar.tabRect(at).left() < edge <= bar.tabRect(at).right()]
        cut += [bar.tabText(at) for at in parts if bar.isVisible()]
    return cut
