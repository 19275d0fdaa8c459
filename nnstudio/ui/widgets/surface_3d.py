"""A lit surface that is turned with the mouse or the arrow keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.explain.surface_renderer import Camera, RenderedSurface, render

# Pixels that are computed across; a larger picture is stretched smoothly.
MOST_PIXELS = 320
# Degrees for each pixel of a drag, and for each press of an arrow key.
TURN, KEY_TURN = 0.5, 5.0
LOW, HIGH = 10.0, 85.0


class Surface3D(QWidget):
    """Heights over a square, with a path and a ring on them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Drag or press the arrow keys to rotate the surface")
        self.camera = Camera()
        self._heights: np.ndarray | None = None
        self._path = np.empty((0, 3))
        self._rendered: RenderedSurface | None = None
        self._grip: QPointF | None = None
        self._colours = pg.colormap.get("viridis").getLookupTable(nPts=256)[:, :3].astype(np.float32)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 50)

    def show_heights(self, heights: np.ndarray, path: np.ndarray) -> None:
        """Heights 0 .. 1 (rows, columns), and a path (n, 3) of x, y in -1 .. 1 with its heights."""
        self._heights, self._path, self._rendered = heights, path, None
        self.update()

    def clear(self) -> None:
        """Nothing to see."""
        self._heights, self._rendered = None, None
        self.update()

    def turn(self, right: float, up: float) -> None:
        """Move the eye by degrees."""
        tilt = float(np.clip(self.camera.tilt + up, LOW, HIGH))
        self.camera = replace(self.camera, turn=(self.camera.turn + right) % 360, tilt=tilt)
        self._rendered = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._heights is None or self.width() < 20 or self.height() < 20:
            return
        shrink = min(1.0, MOST_PIXELS / self.width())
        columns, high = max(int(self.width() * shrink), 8), max(int(self.height() * shrink), 8)
        if self._rendered is None or self._rendered.picture.shape[:2] != (high, columns):
            self._rendered = render(self._heights, self._colours, self.camera, columns, high)
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        pixels = self._rendered.picture
        image = QImage(pixels.data, columns, high, 4 * columns, QImage.Format.Format_RGBA8888)
        painter.drawImage(QRectF(0, 0, self.width(), self.height()), image)
        self._paint_path(painter, self.width() / columns)
        painter.end()

    def _paint_path(self, painter: QPainter, stretch: float) -> None:
        assert self._rendered is not None
        if not len(self._path):
            return
        columns, rows, seen = self._rendered.project(*self._path.T)
        painter.setPen(QPen(QColor("#ff5d5d"), 1.4))
        run = QPolygonF()
        for x, y, is_seen in zip(columns * stretch, rows * stretch, seen, strict=True):
            if is_seen:
                run.append(QPointF(x, y))
                continue
            painter.drawPolyline(run)
            run = QPolygonF()
        painter.drawPolyline(run)
        if seen[-1]:
            painter.setPen(QPen(QColor("#ffffff"), 2))
            painter.drawEllipse(QPointF(columns[-1] * stretch, rows[-1] * stretch), 4.5, 4.5)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grip = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            moved = event.position() - self._grip
            self._grip = event.position()
            self.turn(-moved.x() * TURN, moved.y() * TURN)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        turns = {
            Qt.Key.Key_Left: (KEY_TURN, 0.0), Qt.Key.Key_Right: (-KEY_TURN, 0.0),
            Qt.Key.Key_Up: (0.0, KEY_TURN), Qt.Key.Key_Down: (0.0, -KEY_TURN),
        }  # fmt: skip
        if event.key() in turns:
            self.turn(*turns[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
