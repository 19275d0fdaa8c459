"""The arithmetic of one position of a filter: pixels times kernel, and the sum of the products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QScrollArea,
    QSizePolicy,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.explain.filtering import Filtering, Window
from nnstudio.model.quantity import counted, in_digits
from nnstudio.ui.live.weight_table import WeightTable
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

DIGITS = 3
# Rows and columns of a grid that are seen at once; a larger kernel scrolls.
MOST_SEEN = 5
# Pixels of the grids that are seen at the least.
LEAST_STRIP = 120
# Pixels beside a number.
ROOM = 9
# The sums of so many channels are told one by one.
MOST_TOLD = 4


class NumberGrid(QTableWidget):
    """Numbers to read, in rows and columns."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)

    def show_numbers(self, values: np.ndarray, is_muted: np.ndarray) -> None:
        """Show numbers (rows, columns); those that are muted, bool of the same shape, count for nothing."""
        self.setRowCount(values.shape[0])
        self.setColumnCount(values.shape[1])
        for (row, column), value in np.ndenumerate(values):
            item = self.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)
            # No minus before a zero.
            item.setText(in_digits(float(value) + 0.0, DIGITS))
            c = theme.colours
            item.setForeground(QColor(c.muted if is_muted[row, column] else c.text))


class Strip(QScrollArea):
    """As high as what it holds, which scrolls across where there is no room for all of it."""

    def __init__(self, held: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.held = held
        self.setWidget(held)
        # As light or dark as what is around it.
        for widget in (self.viewport(), held):
            widget.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        held = self.held.minimumSizeHint()
        is_cut = self.width() < held.width()
        return QSize(held.width(), held.height() + is_cut * self.horizontalScrollBar().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_STRIP, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()


class KernelArithmetic(QWidget):
    """Three grids and a sentence. Signals: requested(ViewRequest) when a number of the kernel is typed."""

    requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.pixels, self.products = NumberGrid("Pixels in the window"), NumberGrid("Products")
        self.kernel = WeightTable("Kernel")
        self.kernel.weights.digits = DIGITS
        self.kernel.requested.connect(self.requested)
        self.sum = PlainLabel()
        self.sum.setWordWrap(True)
        self.sum.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        # Room for a second line: a layout asks for the height before it knows the width.
        self.sum.setMinimumHeight(2 * self.sum.fontMetrics().lineSpacing())
        held = QWidget()
        grids = QGridLayout(held)
        grids.setContentsMargins(0, 0, 0, 0)
        grids.setHorizontalSpacing(4)
        grids.setVerticalSpacing(1)
        heads = ("Pixels", "", "Kernel", "", "Products")
        parts = (self.pixels, PlainLabel("×"), self.kernel, PlainLabel("="), self.products)
        for column, (head, part) in enumerate(zip(heads, parts, strict=True)):
            label = PlainLabel(head)
            label.setObjectName("small")
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            grids.addWidget(label, 0, column)
            grids.addWidget(part, 1, column)
            if isinstance(part, QTableView):
                _make_small(part)
        grids.setColumnStretch(len(parts), 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        self.strip = Strip(held)
        rows.addWidget(self.strip)
        rows.addWidget(self.sum)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_position(
        self, filtering: Filtering, window: Window, at: tuple[int, int], channel: int, names: Sequence[str]
    ) -> None:
        """Show the arithmetic of a position, row and column from 0; ``names`` are those of the channels."""
        columns = filtering.weight.shape[1]
        self.kernel.array = (filtering.node, "weight")
        self.kernel.index_of = lambda n: filtering.index(n // columns, n % columns, channel)
        self.kernel.weights.set_values(filtering.weight[..., channel])
        padding = ~window.is_inside
        self.pixels.show_numbers(window.values[..., channel], padding)
        self.products.show_numbers(window.products[..., channel], padding)
        for table in (self.pixels, self.kernel, self.products):
            _fit(table)
        self.strip.updateGeometry()
        self.sum.setText(told_sum(filtering, window, at, channel, names))

    def repaint_theme(self) -> None:
        """Colours changed: those of the grids are shown with the next position."""
        self.kernel.viewport().update()


def told_sum(
    filtering: Filtering, window: Window, at: tuple[int, int], channel: int, names: Sequence[str]
) -> str:
    """How the number at a position comes about, and what the engine computed."""
    sums = [float(value) for value in window.sums]
    if len(sums) == 1:
        parts = [f"sum of the products {_told(sums[0])}"]
    elif len(sums) <= MOST_TOLD:
        parts = [f"{name} {_told(value)}" for name, value in zip(names, sums, strict=True)]
    else:
        others = float(np.delete(window.sums, channel).sum())
        parts = [
            f"{names[channel]} {_told(sums[channel])}",
            f"{counted(len(sums) - 1, 'other channel')} {_told(others)}",
        ]
    if filtering.bias is not None:
        parts.append(f"bias {_told(filtering.bias)}")
    told = f"{' + '.join(parts)} = {_told(window.total)}"
    return f"{told[0].upper()}{told[1:]} · engine: {_told(float(filtering.output[at]))}"


def told_window(window: Window) -> str:
    """Where the window lies in the input, counted from 1."""
    rows, columns = (f"{along[0] + 1} to {along[-1] + 1}" for along in (window.rows, window.columns))
    if window.is_inside.all():
        return f"← input rows {rows}, columns {columns}"
    return "← beyond the border, pixels count as 0"


def _told(value: float) -> str:
    return in_digits(value + 0.0, DIGITS + 1)


def _make_small(table: QTableView) -> None:
    """No heads, and rows no higher than their numbers."""
    table.horizontalHeader().hide()
    table.verticalHeader().hide()
    table.horizontalHeader().setMinimumSectionSize(1)
    table.verticalHeader().setMinimumSectionSize(1)
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 4)


def _fit(table: QTableView) -> None:
    """As large as its numbers, up to MOST_SEEN rows and columns."""
    model, frame, metrics = table.model(), 2 * table.frameWidth(), table.fontMetrics()
    columns, rows = model.columnCount(), model.rowCount()
    for column in range(columns):
        # Numbers are never cut off: one without its exponent would be another.
        texts = ["0.00", *(model.index(row, column).data() for row in range(rows))]
        table.setColumnWidth(column, max(map(metrics.horizontalAdvance, texts)) + ROOM)
    width = sum(table.columnWidth(i) for i in range(min(columns, MOST_SEEN))) + frame
    height = sum(table.rowHeight(i) for i in range(min(rows, MOST_SEEN))) + frame
    if columns > MOST_SEEN or rows > MOST_SEEN:
        width, height = (side + table.verticalScrollBar().sizeHint().width() for side in (width, height))
    if (width, height) != (table.width(), table.height()):
        table.setFixedSize(width, height)
