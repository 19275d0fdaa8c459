"""A picture that a filter passes over beside what comes out, with the window and its position marked."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGraphicsRectItem, QGridLayout, QWidget

from nnstudio.explain.filtering import Filtering, Window
from nnstudio.model.quantity import in_digits
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import theme

# Pixels that a picture has to a side at the least.
LEAST = 90


def ends_of(values: np.ndarray) -> tuple[float, float]:
    """The values that are black and white: 0 and 1, or beyond where there are such values."""
    finite = values[np.isfinite(values)]
    return float(finite.min(initial=0.0)), float(finite.max(initial=1.0))


class KernelPictures(QWidget):
    """Signals: pointed(row, column) at a position of the output, with the mouse over it; chosen(row, column)
    with a click on it; left() once the mouse is no longer over it.
    """

    pointed = Signal(int, int)
    chosen = Signal(int, int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.source, self.output = make_plot(aspect=True), make_plot(aspect=True)
        self.source.setAccessibleName("Input of the filter")
        self.output.setAccessibleName("Output of the filter")
        self.output.setToolTip("Point at a position to see how it is computed; a click keeps it.")
        self.images: list[pg.ImageItem] = []
        self.marks: list[QGraphicsRectItem] = []
        self.captions: list[ShortLabel] = []
        rows = QGridLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setVerticalSpacing(0)
        rows.setRowStretch(0, 1)
        for column, plot in enumerate((self.source, self.output)):
            image, mark, caption = pg.ImageItem(axisOrder="row-major"), QGraphicsRectItem(), ShortLabel()
            plot.addItem(image)
            plot.addItem(mark)
            mark.setZValue(1)
            plot.invertY(True)
            plot.hideAxis("left")
            plot.hideAxis("bottom")
            plot.setMouseEnabled(x=False, y=False)
            plot.setMinimumSize(LEAST, LEAST)
            caption.setObjectName("small")
            caption.setContentsMargins(0, 0, 0, 0)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            rows.addWidget(plot, 0, column)
            rows.addWidget(caption, 1, column)
            self.images.append(image)
            self.marks.append(mark)
            self.captions.append(caption)
        self.output.viewport().installEventFilter(self)
        self.repaint_theme()

    def show_filtering(self, filtering: Filtering, channel: int, colours: np.ndarray | None) -> None:
        """Show one channel of the source, and the output; ``colours``: the source (h, w, 3) from 0 to 1 where
        its channels are red, green and blue.
        """
        source = filtering.source[..., channel]
        if colours is None:
            self._show(0, source, ends_of(source), "Input")
        else:
            one = np.zeros_like(colours)
            one[..., channel] = np.clip(colours[..., channel], 0.0, 1.0)
            self._show(0, one, (0.0, 1.0), "Input")
        self._show(1, filtering.output, ends_of(filtering.output), "Output")

    def mark(self, window: Window, row: int, column: int) -> None:
        """Frame what the filter sees, and the position that comes of it."""
        top, left = window.rows[0], window.columns[0]
        self.marks[0].setRect(left, top, window.columns[-1] - left + 1, window.rows[-1] - top + 1)
        self.marks[1].setRect(column, row, 1, 1)

    def repaint_theme(self) -> None:
        """Colours changed."""
        for plot, mark in zip((self.source, self.output), self.marks, strict=True):
            paint_plot(plot)
            mark.setPen(pg.mkPen(theme.colours.second, width=2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.left.emit()
        elif event.type() in (QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress):
            position = self._position(cast(QMouseEvent, event).position().toPoint())
            if position is None:
                self.left.emit()
            else:
                signal = self.pointed if event.type() == QEvent.Type.MouseMove else self.chosen
                signal.emit(*position)
        return super().eventFilter(watched, event)

    def _position(self, at: QPoint) -> tuple[int, int] | None:
        """The row and column of the output below a point of its plot."""
        image = self.images[1]
        if image.image is None:
            return None
        point = image.mapFromScene(self.output.mapToScene(at))
        row, column = int(np.floor(point.y())), int(np.floor(point.x()))
        height, width = image.image.shape[:2]
        return (row, column) if 0 <= row < height and 0 <= column < width else None

    def _show(self, at: int, values: np.ndarray, ends: tuple[float, float], title: str) -> None:
        image = self.images[at]
        changed = image.image is None or image.image.shape != values.shape
        finite = np.where(np.isfinite(values), values, np.nan)
        image.setImage(finite, levels=ends, autoLevels=False)
        if changed:
            (self.source, self.output)[at].setRange(image.boundingRect(), padding=0.02)
        bad = int(values.size - np.isfinite(values).sum())
        told = f"{title}: black {in_digits(ends[0], 3)}, white {in_digits(ends[1], 3)}"
        self.captions[at].show_text(told + (f", not finite: {bad:,}" if bad else ""))
