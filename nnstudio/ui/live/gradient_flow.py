"""Every layer in a row: how its values are spread, dead and saturated units, the gradient that comes back."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from nnstudio.explain.gradient_flow import GradientFlow, GradientFlowProbe, LayerStatistics
from nnstudio.explain.layer_names import called
from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from nnstudio.ui.widgets.theme import mixed, theme

COLUMNS = (
    ("Layer", ""),
    ("Values", "Distribution of the layer's values over the batch; heights are square roots of counts"),
    (
        "Gradient",
        "Root mean square of the gradient at the layer's output. Bars have a logarithmic scale, with a line "
        "at each power of ten.",
    ),
    (
        "Dead",
        "Units of an activation whose output is the same for every sample. Some are common; the doctor says "
        "so when they do harm.",
    ),
    (
        "Saturated",
        "Values of tanh or sigmoid near a limit, where the derivative is almost 0. In a trained network many "
        "are common; the doctor says so when they do harm.",
    ),
    ("Mean", "Mean of the layer's values"),
    ("Spread", "Standard deviation of the layer's values"),
)
NAME, VALUES, GRADIENT, DEAD, SATURATED, MEAN, SPREAD = range(len(COLUMNS))
# What goes first where there is no room for all: the tip of the values tells the same.
LEAST_MISSED = (SPREAD, MEAN, SATURATED)
HIDDEN = "In a wider panel, and in the tips of the values: {}."
# Pixels of a drawn column at the least, and of the widest: both share what the others leave.
DRAWN_WIDTH, WIDEST_DRAWN = 56, 900
LEAST_NAME = 60
# Pixels of a row beside its letters, and lines of text that it is high at the most where there is room.
ROW_GAP, MOST_LINES = 6, 2.6
# How strong the colour of a bar with a number on it is.
BAR = 0.35
# A mean below this share of the spread is told as:
ROUNDING, NEARLY_0 = 1e-5, "≈ 0"
# Of the scale, what the bar of a gradient takes that just begins it.
SHORTEST = 0.02
EMPTY = "how values and gradients flow through the layers"


class Drawing(QStyledItemDelegate):
    """Paints a histogram, or a bar between 0 and 1, that the item holds as its data."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        shares = index.data(Qt.ItemDataRole.UserRole)
        box = QRectF(option.rect).adjusted(3, 3, -3, -3)
        if shares is None or not len(shares):
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours.training))
        if index.column() == GRADIENT:
            painter.setBrush(behind_text())
            painter.drawRect(QRectF(box.left(), box.top(), box.width() * shares[0], box.height()))
            painter.setPen(QColor(theme.colours.border))
            # Behind the share of the bar come those of the powers of ten.
            for share in shares[1:]:
                x = box.left() + box.width() * share
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.setPen(QColor(theme.colours.text))
            painter.drawText(box.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, index.data())
        else:
            width = box.width() / len(shares)
            for i, share in enumerate(shares):
                tall = box.height() * share
                painter.drawRect(QRectF(box.left() + i * width, box.bottom() - tall, width, tall))
        painter.restore()


def behind_text() -> QColor:
    """Colour of a bar on which a number stands."""
    return mixed(QColor(theme.colours.base), QColor(theme.colours.training), BAR)


@register
class GradientFlowView(LiveView):
    """A table of layers. Only what is not finite is coloured: whether dead or saturated units do harm depends
    on more than their share, and is told by the doctor alone.
    """

    id = "gradient_flow"
    title = "Gradient flow"
    help = "How values and gradients flow through the layers: spread, dead and saturated units."
    question, order = Question.LEARNING, 20
    beside = "loss_surface"
    seconds = 0.4

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, str] = {}
        self._latest: GradientFlow | None = None
        self._scale = ""
        # Pixels that the title of each column takes.
        self._titles: dict[int, int] = {}
        self.caption = PlainLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setAccessibleName("Gradient flow through the layers")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.verticalHeader().hide()
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.table.horizontalHeader()
        for column, (title, tip) in enumerate(COLUMNS):
            head = QTableWidgetItem(title)
            head.setToolTip(tip)
            self.table.setHorizontalHeaderItem(column, head)
            if column not in (NAME, VALUES, GRADIENT):
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.drawing = Drawing(self.table)
        for column in (VALUES, GRADIENT):
            self.table.setItemDelegateForColumn(column, self.drawing)
        self.table.viewport().installEventFilter(self)
        self.rows.addWidget(self.table, 1)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.hint, 1)
        self.clear()

    def probe(self) -> Probe | None:
        return GradientFlowProbe() if self.data is not None else None

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def clear(self) -> None:
        self._latest = None
        self.table.hide()
        self.caption.hide()
        self.await_picture(EMPTY)
        self.hint.show()

    def show_result(self, result: GradientFlow) -> None:
        self._latest = result
        self.hint.hide()
        self.table.show()
        self.caption.show()
        self.table.setRowCount(len(result.layers))
        decades = _decades([g for layer in result.layers if (g := layer.gradient)])
        for row, layer in enumerate(result.layers):
            self._fill(row, layer, decades)
        self._scale = _told(decades)
        self._share_room()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._share_room()
        return super().eventFilter(watched, event)

    def _share_room(self) -> None:
        """What is drawn gets the width and the height that the numbers leave."""
        rows = self.table.rowCount()
        if self._latest is None or not rows:
            return
        line, room = self.fontMetrics().height(), self.table.viewport().width()
        taken = {column: self._needed(column) for column in range(len(COLUMNS))}
        for column in LEAST_MISSED:
            is_too_much = sum(taken.values()) + 2 * DRAWN_WIDTH > room
            self.table.setColumnHidden(column, is_too_much)
            taken[column] *= not is_too_much
        self._tell()
        # Of a long name the middle goes: several begin alike.
        others = sum(taken.values()) - taken[NAME] + 2 * DRAWN_WIDTH
        taken[NAME] = min(taken[NAME], max(room - others, LEAST_NAME))
        self.table.setColumnWidth(NAME, taken[NAME])
        each = (room - sum(taken.values())) // 2
        for column in (VALUES, GRADIENT):
            self.table.setColumnWidth(column, min(max(each, DRAWN_WIDTH), WIDEST_DRAWN))
        height = self.table.viewport().height() // rows
        least = line + ROW_GAP
        self.table.verticalHeader().setDefaultSectionSize(min(max(height, least), round(MOST_LINES * line)))

    def _tell(self) -> None:
        """Say what the pictures are of, and which columns there is no room for."""
        assert self._latest is not None
        told = f"{counted(self._latest.samples, 'training sample')}{self._scale}"
        hidden = [COLUMNS[at][0].lower() for at in sorted(LEAST_MISSED) if self.table.isColumnHidden(at)]
        self.caption.setText(f"{told}\n{HIDDEN.format(', '.join(hidden))}" if hidden else told)

    def _needed(self, column: int) -> int:
        """Pixels that a column of numbers takes, be it shown or not."""
        if column in (VALUES, GRADIENT):
            return 0
        if not self.table.isColumnHidden(column):
            # Of one that is hidden, Qt does not know it.
            self._titles[column] = self.table.horizontalHeader().sectionSizeHint(column)
        return max(self._titles[column], self.table.sizeHintForColumn(column))

    def _fill(self, row: int, layer: LayerStatistics, decades: range) -> None:
        c = theme.colours
        non_finite = f" ({layer.non_finite:,} non-finite)" if layer.non_finite else ""
        cells = (
            called(layer.node, self._names) + non_finite,
            "",
            "" if layer.gradient is None else in_digits(layer.gradient, 2),
            _share(layer.dead),
            _share(layer.saturated),
            _mean(layer),
            in_digits(layer.deviation, 3),
        )
        items = []
        for column, text in enumerate(cells):
            item = self.table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                self.table.setItem(row, column, item)
            item.setText(text)
            item.setForeground(QColor(c.error if non_finite and column == NAME else c.text))
            items.append(item)
        items[NAME].setToolTip(plain_tip(cells[NAME]))
        tops = np.sqrt(layer.counts / max(int(layer.counts.max()), 1))
        items[VALUES].setData(Qt.ItemDataRole.UserRole, tops.tolist())
        ends = f"{in_digits(layer.low, 3)} … {in_digits(layer.high, 3)}"
        saturated = f", saturated {cells[SATURATED]}" if cells[SATURATED] else ""
        items[VALUES].setToolTip(f"{ends}\nMean {cells[MEAN]}, spread {cells[SPREAD]}{saturated}")
        length = [_length(layer.gradient, decades), *_lines(decades)] if layer.gradient else None
        items[GRADIENT].setData(Qt.ItemDataRole.UserRole, length)
        if layer.weights is not None:
            items[GRADIENT].setToolTip(f"Norm of the gradient of the weights: {in_digits(layer.weights, 3)}")

    def repaint_theme(self) -> None:
        # Letters may have another size.
        for column in LEAST_MISSED:
            self.table.setColumnHidden(column, False)
        if self._latest is not None:
            self.show_result(self._latest)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _mean(layer: LayerStatistics) -> str:
    """A mean that is nothing beside the spread is what is left of rounding."""
    return NEARLY_0 if abs(layer.mean) < ROUNDING * layer.deviation else in_digits(layer.mean, 3)


def _decades(strengths: list[float]) -> range:
    """The powers of ten from the one below the smallest to the one above the largest, both included."""
    finite = [strength for strength in strengths if np.isfinite(strength)]
    if not finite:
        return range(0)
    low, high = floor(log10(min(finite))), ceil(log10(max(finite)))
    return range(low, max(high, low + 1) + 1)


def _length(strength: float, decades: range) -> float:
    """Length of a bar on the logarithmic scale, as a share of it; what is infinite fills it."""
    if not np.isfinite(strength) or not decades:
        return 1.0
    return max((log10(strength) - decades[0]) / (decades[-1] - decades[0]), SHORTEST)


def _lines(decades: range) -> list[float]:
    """Where the powers of ten between the ends of the scale are."""
    return [(power - decades[0]) / (decades[-1] - decades[0]) for power in decades[1:-1]]


def _told(decades: range) -> str:
    """What the ends of the scale are."""
    if not decades:
        return ""
    return f" · gradient bars from {in_digits(10.0 ** decades[0])} to {in_digits(10.0 ** decades[-1])}"
