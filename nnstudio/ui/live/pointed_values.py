"""The values of what is pointed at in a plot, in a frame beside the cursor: the legend stays where it is."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel, QWidget

# Pixels between the cursor and the frame, and between the frame and the plot's upper edge.
BESIDE, BELOW_EDGE = 8, 2
# Of the plot's height, what a frame may take that nobody points for.
SHARE = 0.3


class PointedValues(QLabel):
    """Lies over a plot and what is below it in ``over``, and lets the mouse through."""

    def __init__(self, over: QWidget, plot: pg.PlotWidget) -> None:
        super().__init__(over)
        self._plot, self._x, self._is_asked = plot, 0.0, False
        self.setObjectName("pointed")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        box = plot.getViewBox()
        for moved in (box.sigRangeChanged, box.sigResized):
            moved.connect(lambda *_what: self._stand())

    def tell(self, x: float, text: str, is_asked: bool = True) -> None:
        """Show a text, as HTML, beside a cursor that stands at ``x``; an empty one hides the frame.

        Where nobody asks, such as in the past, which the run bar tells of, it hides no large part of a plot.
        """
        self._x, self._is_asked = x, is_asked
        self.setText(text)
        self._stand()

    def _stand(self) -> None:
        over = self.parentWidget()
        if over is None:
            return
        self.adjustSize()
        has_room = self._is_asked or self.height() <= SHARE * self._plot.height()
        self.setVisible(bool(self.text()) and has_room)
        at = self._plot.mapFromScene(self._plot.getViewBox().mapViewToScene(QPointF(self._x, 0.0))).x()
        corner = self._plot.mapTo(over, self._plot.rect().topLeft())
        cursor, room = corner.x() + at, over.width() - self.width()
        is_right = cursor + BESIDE <= room
        left = cursor + BESIDE if is_right else cursor - BESIDE - self.width()
        self.move(max(min(left, room), 0), corner.y() + BELOW_EDGE)
        self.raise_()
