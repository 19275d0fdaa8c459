"""The maps of all heads of an attention layer beside each other, one of them chosen and a step marked."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.ui.live.tiles import MAX_MAPS, side_by_side
from nnstudio.ui.live.view import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

TIP = (
    "A map for each head. A row is a step that looks, a column one that is looked at; the brightest of a row "
    "is what it looks at most; what is hidden from it is left empty. A click on a map chooses its head."
)


class AttentionMap(QWidget):
    """Signals: pointed(step) at the row under the mouse; chosen(head) of the map that was clicked on."""

    pointed = Signal(int)
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.plot = make_plot(aspect=True)
        self.plot.setAccessibleName("Attention of each head")
        self.plot.setToolTip(TIP)
        self.plot.setMouseEnabled(False, False)
        self.plot.invertY(True)
        self.plot.hideAxis("left")
        self.plot.hideAxis("bottom")
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setColorMap(pg.colormap.get("viridis"))
        self.frame, self.lines = pg.PlotCurveItem(), pg.PlotCurveItem(connect="pairs")
        for item in (self.image, self.lines, self.frame):
            self.plot.addItem(item)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.plot)
        self._shape = (0, 0, 0)
        self.plot.viewport().installEventFilter(self)
        self.repaint_theme()

    def show_maps(self, weights: np.ndarray, masked: np.ndarray | None = None) -> None:
        """Show the first `MAX_MAPS` of (heads, steps, keys), each row against what has most of it; what is
        ``masked``, bool (steps, keys), stays empty.
        """
        most = weights[:MAX_MAPS].max(2, keepdims=True)
        shown = weights[:MAX_MAPS] / np.where(most == 0, 1, most)
        if masked is not None:
            shown = np.where(masked, np.nan, shown)
        is_other = shown.shape != self._shape
        self._shape = shown.shape
        self.image.setImage(side_by_side(list(shown), self._columns), levels=(0.0, 1.0), autoLevels=False)
        if is_other:
            self.plot.setRange(self.image.boundingRect(), padding=0.02)

    def mark(self, head: int, step: int) -> None:
        """Frame the map of a head, -1 for none, and underline the row of a step in each."""
        heads, steps, keys = self._shape
        corners = [self._corner(i) for i in range(heads)]
        across = [x for left, _top in corners for x in (left, left + keys)]
        down = [y for _left, top in corners for y in (top + step + 1, top + step + 1)]
        self.lines.setData(np.array(across, float), np.array(down, float))
        self.frame.setVisible(0 <= head < heads)
        if 0 <= head < heads:
            left, top = corners[head]
            right, bottom = left + keys, top + steps
            self.frame.setData(
                np.array([left, right, right, left, left], float),
                np.array([top, top, bottom, bottom, top], float),
            )

    @property
    def _columns(self) -> int:
        """How many maps stand beside each other: about as many as below each other."""
        return max(math.ceil(math.sqrt(self._shape[0])), 1)

    def _corner(self, head: int) -> tuple[int, int]:
        """Left and top of a map in the picture of all."""
        _heads, steps, keys = self._shape
        row, column = divmod(head, self._columns)
        return column * (keys + 1), row * (steps + 1)

    def _under(self, at: QPoint) -> tuple[int, int] | None:
        """Head and step under a point of the plot; None where there is no map."""
        heads, steps, keys = self._shape
        if not heads:
            return None
        point = self.plot.getPlotItem().vb.mapSceneToView(self.plot.mapToScene(at))
        columns = self._columns
        (row, step), (column, key) = (
            divmod(int(point.y() // 1), steps + 1),
            divmod(int(point.x() // 1), keys + 1),
        )
        head = row * columns + column
        is_inside = 0 <= column < columns and row >= 0 and head < heads and step < steps and key < keys
        return (head, step) if is_inside else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress)
        if isinstance(event, QMouseEvent) and event.type() in kinds:
            under = self._under(event.position().toPoint())
            if under is not None and event.type() == QEvent.Type.MouseMove:
                self.pointed.emit(under[1])
            elif under is not None and event.button() == Qt.MouseButton.LeftButton:
                self.chosen.emit(under[0])
        return super().eventFilter(watched, event)

    def repaint_theme(self) -> None:
        """Colours changed."""
        paint_plot(self.plot)
        self.frame.setPen(pg.mkPen(theme.colours.second, width=2))
        self.lines.setPen(pg.mkPen(theme.colours.second, width=1))
