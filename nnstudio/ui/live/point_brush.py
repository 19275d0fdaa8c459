"""Strokes of the mouse over a plot: the left button sets points, the right one takes them away."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

# Pixels between the points of one stroke.
SPACING = 16.0


class PointBrush(QObject):
    """While a button is held, moved(points, erases); then ended(points, erases). Points (n, 2), float64.

    The plot does not see the mouse buttons while ``enabled``.
    """

    moved = Signal(object, bool)
    ended = Signal(object, bool)

    def __init__(self, plot: pg.PlotWidget) -> None:
        super().__init__(plot)
        self.enabled = False
        self._plot, self._button = plot, Qt.MouseButton.NoButton
        self._path: list[QPointF] = []
        plot.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not (self.enabled and isinstance(event, QMouseEvent)):
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress | QEvent.Type.MouseButtonDblClick:
                return self._begin(event)
            case QEvent.Type.MouseMove if self._path:
                self._follow(event.position())
                self.moved.emit(self._points(), self._erases)
                return True
            case QEvent.Type.MouseButtonRelease if self._path and event.button() == self._button:
                points = self._points()
                self._path = []
                self.ended.emit(points, self._erases)
                return True
        return False

    @property
    def _erases(self) -> bool:
        return self._button == Qt.MouseButton.RightButton

    def _begin(self, event: QMouseEvent) -> bool:
        box = self._plot.getPlotItem().vb
        is_inside = box.sceneBoundingRect().contains(self._plot.mapToScene(event.position().toPoint()))
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) or not is_inside:
            return False
        self._button, self._path = event.button(), [event.position()]
        self.moved.emit(self._points(), self._erases)
        return True

    def _follow(self, position: QPointF) -> None:
        """Evenly along the stroke, however fast the mouse is."""
        while True:
            step = position - self._path[-1]
            length = float(np.hypot(step.x(), step.y()))
            if length < SPACING:
                return
            self._path.append(self._path[-1] + step * (SPACING / length))

    def _points(self) -> np.ndarray:
        box = self._plot.getPlotItem().vb
        views = [box.mapSceneToView(self._plot.mapToScene(p.toPoint())) for p in self._path]
        return np.array([(v.x(), v.y()) for v in views])
