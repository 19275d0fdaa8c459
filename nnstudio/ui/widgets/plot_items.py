"""What plots are put together from: axes that read well, images that are enlarged smoothly.

Whoever imports this imports pyqtgraph, see `deferred`.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsSceneResizeEvent

from nnstudio.model.quantity import LARGE, SMALL, in_digits

# Pixels between the numbers of a scale that runs across.
TICK_GAP = 10
# By so many pixels a label may stand out at the ends of its axis.
LABEL_OVER = 12


class ScaleAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose logarithmic scale reads 1, 2, 5, 10; pyqtgraph's own labels lie over each other.

    Attributes:
        reading: what it reads at 0, and by how much more at each 1: inputs are drawn as the network gets
            them, and told as they stand in the data.
        column: axes below each other, this one among them, that all get the width that the widest needs.
        titles: ways to call it, longest first, of which it bears the longest that has room; see `call`.
    """

    reading: tuple[float, float] = (0.0, 1.0)
    column: tuple[ScaleAxis, ...] = ()
    titles: tuple[str, ...] = ()
    textWidth: float

    def _updateMaxTextSize(self, size: int) -> None:
        super()._updateMaxTextSize(size)
        for axis in self.column:
            axis._updateWidth()

    def _updateWidth(self) -> None:
        own = self.textWidth
        self.textWidth = max((axis.textWidth for axis in self.column), default=own)
        super()._updateWidth()
        self.textWidth = own

    def resizeEvent(self, event: QGraphicsSceneResizeEvent | None = None) -> None:
        room = self._room_of_title()
        self._choose_title(room)
        super().resizeEvent(event)
        # A part of a word says nothing; it keeps its place, which axes below each other share.
        self.label.setOpacity(float(self.label.boundingRect().width() <= room + LABEL_OVER))

    def call(self, titles: tuple[str, ...]) -> None:
        """Name it in one of these ways, longest first, as plain text."""
        if titles != self.titles:
            self.titles = titles
            self._choose_title(self._room_of_title())
            # The title's middle is at another point.
            self.resizeEvent()

    def _room_of_title(self) -> float:
        size = self.size()
        return float(size.width() if self.orientation in ("top", "bottom") else size.height())

    def _choose_title(self, room: float) -> None:
        if not self.titles:
            return
        metrics, around = QFontMetricsF(self.label.font()), 2 * self.label.document().documentMargin()
        fitting = (t for t in self.titles if metrics.horizontalAdvance(t) + around <= room + LABEL_OVER)
        # pyqtgraph puts it into HTML as it is.
        title = escape(next(fitting, self.titles[-1]))
        if title != self.labelText:
            self.setLabel(title)

    def _updateLabel(self) -> None:
        # Most axes have no title, and each colour of it would be set as HTML that shows nothing.
        if self.labelText or self.label.toPlainText().strip():
            super()._updateLabel()
        else:
            self.picture = None
            self.update()

    def updateAutoSIPrefix(self) -> None:
        """None: "loss (x0.001)" reads worse than 0.001; and each range would set the title anew."""
        self.picture = None
        self.update()

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return self.logTickStrings(values, scale, spacing)
        shift, unit = self.reading
        return self._numbers([v * unit + shift for v in values], scale, spacing * unit)

    def _numbers(self, values: list[float], scale: float, spacing: float) -> list[str]:
        step = spacing * scale
        if not SMALL <= step < LARGE:
            return [f"{v * scale:.6g}" for v in values]
        decimals = max(0, math.ceil(-math.log10(step)))
        return [f"{v * scale:,.{decimals}f}" for v in values]

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.logMode:
            shift, unit = self.reading
            levels = list(super().tickValues(low * unit + shift, high * unit + shift, size))
            levels = self._thinned(levels, size / (abs(high - low) * unit or 1.0))
            return [(spacing / unit, [(t - shift) / unit for t in ticks]) for spacing, ticks in levels]
        decades = range(math.floor(low), math.ceil(high) + 1)
        most = max(size / 22, 2)
        for digits in ((1, 2, 5), (1, 3), (1,)):
            ticks = [d + math.log10(k) for d in decades for k in digits]
            ticks = [t for t in ticks if low <= t <= high]
            if len(ticks) <= most:
                break
        return [(1.0, ticks[:: max(1, math.ceil(len(ticks) / most))])]

    def _thinned(
        self, levels: list[tuple[float, list[float]]], pixels: float
    ) -> list[tuple[float, list[float]]]:
        """Of ticks only so many as have room for their numbers, with so many pixels for a step of 1; the
        first level is the coarsest.
        """
        if not levels:
            return levels
        spacing, ticks = levels[0]
        ticks = [float(t) for t in ticks]
        needed = self._room_of_number(self._numbers(ticks, self.scale, spacing))
        each = math.ceil(needed / max(spacing * pixels, 1.0))
        # Counted from zero, so that they stand still while the plot is moved.
        kept = [t for t in ticks if round(t / spacing) % each == 0] if each > 1 else ticks
        return [(spacing, kept), *levels[1:]] if each <= 1 else [(spacing * each, kept)]

    def _room_of_number(self, strings: list[str]) -> float:
        """Pixels along the axis that the longest of these numbers takes, and some between."""
        metrics = QFontMetricsF(self.style["tickFont"] or QApplication.font())
        if self.orientation in ("left", "right"):
            return float(metrics.height())
        return max((float(metrics.horizontalAdvance(text)) for text in strings), default=0.0) + TICK_GAP

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [in_digits(10**v, 3) for v in values]


class ReachingLine(pg.PlotDataItem):  # type: ignore[misc]
    """A line that asks of a plot's range not what it needs itself, but what it is told.

    Attributes:
        reach: the values to be in sight, as they are drawn; None for those of the line.
        across: the same to the right.
    """

    reach: tuple[float, float] | None = None
    across: tuple[float, float] | None = None

    def dataBounds(self, ax: int, frac: float = 1.0, orthoRange: Any = None) -> tuple[Any, Any]:
        told = self.reach if ax else self.across
        if told is not None:
            return told
        bounds: tuple[Any, Any] = super().dataBounds(ax, frac, orthoRange)
        return bounds

    def pixelPadding(self) -> float:
        """Room for dots, too: pyqtgraph counts those of a line that is hidden alone."""
        of_dots = self.scatter.pixelPadding() if self.scatter.isVisible() else 0.0
        return float(max(super().pixelPadding(), of_dots))


class SmoothImage(pg.ImageItem):  # type: ignore[misc]
    """An image that is enlarged smoothly, or in blocks where it is not ``is_smooth``."""

    is_smooth = True

    def paint(self, painter: QPainter, *args: Any) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.is_smooth)
        super().paint(painter, *args)
