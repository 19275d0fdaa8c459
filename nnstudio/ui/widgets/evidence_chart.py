"""A small picture of what the doctor saw: a line or bars, with the names and ends of its axes."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.doctor.finding import Chart, ChartKind
from nnstudio.model.quantity import in_digits, told_apart
from nnstudio.ui.widgets.theme import theme

# Height in lines of text, pixels between picture and writing, and share of a bar's room that it fills.
LINES, GAP, FILLED = 7, 4, 0.8
WRAPS = int(Qt.TextFlag.TextWordWrap)
# From here on, powers of ten take less room.
LARGE = 1e6


def _ends(low: float, high: float, digits: int) -> tuple[str, str]:
    """Two numbers in few letters, with as many digits as tell them apart."""
    if max(abs(low), abs(high)) >= LARGE:
        return f"{low:.{digits}g}", f"{high:.{digits}g}"
    return told_apart(low, high, digits)


class EvidenceChart(QWidget):
    """Draws a `Chart` in the colours of the theme; its numbers are told to screen readers, too."""

    def __init__(self, chart: Chart) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_chart(chart)
        theme.changed.connect(self.update)

    def show_chart(self, chart: Chart) -> None:
        """Draw another one."""
        self.chart = chart
        self.setToolTip(f"{chart.y_name} by {chart.x_name}")
        self.updateGeometry()
        self.setAccessibleName(f"{chart.y_name} by {chart.x_name}")
        if len(chart.y):
            ends = f"from {in_digits(float(chart.y[0]), 3)} to {in_digits(float(chart.y[-1]), 3)}"
            self.setAccessibleDescription(f"{chart.y_name} {ends}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, LINES * self.fontMetrics().lineSpacing())

    def heightForWidth(self, width: int) -> int:
        """More lines where the name of an axis has no room in one, or between its ends."""
        lines = self._lines_above(width) - (1 if self._fits(width) else 0)
        return self.sizeHint().height() + lines * self.fontMetrics().lineSpacing()

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not len(self.chart.x):
            return
        painter, colours = QPainter(self), theme.colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().lineSpacing()
        lines = 1 if self._fits(self.width()) else 2
        top = self._lines_above(self.width()) * line
        box = QRectF(1, top + GAP, self.width() - 2, self.height() - top - lines * line - 2 * GAP)
        painter.setPen(QColor(colours.border))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.drawLine(box.topLeft(), box.bottomLeft())
        low, high = self._heights()
        (self._bars if self.chart.kind == ChartKind.BARS else self._line)(painter, box, low, high)
        self._mark(painter, box)
        painter.setPen(QColor(colours.muted))
        above, below = QRectF(0, 0, self.width(), top), QRectF(0, box.bottom() + GAP, self.width(), line)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        painter.drawText(above, int(left) | WRAPS, self._caption)
        first, last = self._ends_across()
        self._write(painter, below, left, first)
        self._write(painter, below, right, last)
        below.translate(0, (lines - 1) * line)
        self._write(painter, below, Qt.AlignmentFlag.AlignHCenter, self.chart.x_name)

    @property
    def _caption(self) -> str:
        return f"{self.chart.y_name}, {' to '.join(_ends(*self._heights(), 2))}"

    def _lines_above(self, width: int) -> int:
        """Lines that the name of the upright axis takes."""
        if not len(self.chart.x):
            return 1
        metrics = self.fontMetrics()
        height = metrics.boundingRect(0, 0, max(width, 1), 10_000, WRAPS, self._caption).height()
        return max(1, round(height / metrics.lineSpacing()))

    def _ends_across(self) -> tuple[str, str]:
        return _ends(float(self.chart.x[0]), float(self.chart.x[-1]), 3)

    def _fits(self, width: int) -> bool:
        """Whether the name of the axis has room between the numbers at its ends."""
        if not len(self.chart.x):
            return True
        metrics = self.fontMetrics()
        side = max(map(metrics.horizontalAdvance, self._ends_across())) + 2 * GAP
        return metrics.horizontalAdvance(self.chart.x_name) <= width - 2 * side

    def _write(self, painter: QPainter, box: QRectF, where: Qt.AlignmentFlag, text: str) -> None:
        fitting = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, where, fitting)

    def _heights(self) -> tuple[float, float]:
        """What the bottom and the top stand for; bars stand on 0 or hang from it."""
        y = self.chart.y
        low, high = float(y.min()), float(y.max())
        if self.chart.kind == ChartKind.BARS:
            low, high = min(low, 0.0), max(high, 0.0)
        return (low, high) if high > low else (low, low + max(abs(low), 1.0))

    def _across(self, x: np.ndarray) -> np.ndarray:
        """Shares of the width, from 0 to 1."""
        known = np.log10(self.chart.x) if self.chart.is_log else self.chart.x
        values = np.log10(x) if self.chart.is_log else x
        span = float(known[-1] - known[0]) or 1.0
        shares: np.ndarray = (values - known[0]) / span
        return shares

    def _line(self, painter: QPainter, box: QRectF, low: float, high: float) -> None:
        painter.setPen(QPen(QColor(theme.colours.training), 1.5))
        across = box.left() + self._across(self.chart.x) * box.width()
        down = box.bottom() - (self.chart.y - low) / (high - low) * box.height()
        painter.drawPolyline(QPolygonF([QPointF(a, d) for a, d in zip(across, down, strict=True)]))

    def _bars(self, painter: QPainter, box: QRectF, low: float, high: float) -> None:
        room = box.width() / len(self.chart.y)
        ground = box.bottom() + low / (high - low) * box.height()
        for i, value in enumerate(self.chart.y):
            top = box.bottom() - (value - low) / (high - low) * box.height()
            left = box.left() + (i + (1 - FILLED) / 2) * room
            bar = QRectF(QPointF(left, min(top, ground)), QPointF(left + FILLED * room, max(top, ground)))
            marked = self.chart.mark is not None and self.chart.x[i] == self.chart.mark
            painter.fillRect(bar, QColor(theme.colours.warning if marked else theme.colours.training))

    def _mark(self, painter: QPainter, box: QRectF) -> None:
        mark = self.chart.mark
        if mark is None or self.chart.kind == ChartKind.BARS or not math.isfinite(mark):
            return
        share = float(self._across(np.array([mark]))[0])
        if 0 <= share <= 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(QColor(theme.colours.warning), 1, Qt.PenStyle.DashLine))
            at = box.left() + share * box.width()
            painter.drawLine(QPointF(at, box.top()), QPointF(at, box.bottom()))
