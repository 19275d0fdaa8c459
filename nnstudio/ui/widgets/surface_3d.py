"""A lit surface that is turned with the mouse or the arrow keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.explain.surface_renderer import Camera, RenderedSurface, render, render_in_strips
from nnstudio.ui.widgets.loss_scale import BAR, TOLD, Ends, paint_in_line, told_losses
from nnstudio.ui.widgets.theme import theme

# Pixels that are computed across while it moves, and once it rests; a larger picture is stretched smoothly.
MOST_PIXELS, MOST_FINE = 320, 900
# Milliseconds without another picture until it rests; columns that are then computed at once, some 10 ms.
REST, AT_ONCE = 250, 80
# Room for the scale of the loss at the right.
SCALE_ROOM = 64
# Below so many pixels across or down, the scale lies at the head, with its ends alone.
NARROW, LOW_VIEW = 4 * SCALE_ROOM, 90
# Of the path of the weights and the ring where they are, on the colours of the loss.
PATH = "#ff5d5d"
# Degrees for each pixel of a drag, and for each press of an arrow key.
TURN, KEY_TURN = 0.5, 5.0
LOW, HIGH = 10.0, 85.0
# Other sights of the point of the weights, tried in this order where a hill hides it: degrees by which the
# eye goes up and round; and the pixels of a picture that only tells whether it is seen.
SIGHTS = tuple((up, round_) for up in (0, 15, 30) for round_ in (0, 45, -45, 90, -90, 135, -135, 180))
PROBING = (96, 72)


class Surface3D(QWidget):
    """Heights over a square, with a path and a ring on them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Drag or press the arrow keys to rotate the surface")
        self.camera = Camera()
        # Whether a person turned it: then it stays so.
        self._is_turned = False
        # Where no sight showed the point, one of them is tried with each picture, in turn: to try all of them
        # again would hold up the window.
        self._again: Iterator[tuple[int, int]] | None = None
        self._heights: np.ndarray | None = None
        self._path = np.empty((0, 3))
        self._rendered: RenderedSurface | None = None
        self._shape = (0, 0)
        self._grip: QPointF | None = None
        self._ends, self._axes = Ends(0.0, 0.0), ("", "")
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._refine)
        # The picture in the screen's own pixels, a strip whenever nothing else is to be done.
        self._fine: Iterator[RenderedSurface | None] = iter(())
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.timeout.connect(self._refine_on)
        self._colours = pg.colormap.get("viridis").getLookupTable(nPts=256)[:, :3].astype(np.float32)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 50)

    def show_heights(self, heights: np.ndarray, path: np.ndarray, ends: Ends, axes: tuple[str, str]) -> None:
        """Heights 0 .. 1 (rows, columns), and a path (n, 3) of x, y in -1 .. 1 with its heights.

        ``ends``: what heights stand for; ``axes``: what runs along x and y.
        """
        self._heights, self._path, self._rendered = heights, path, None
        self._ends, self._axes = ends, axes
        if not self._is_turned:
            self._look_for_point()
        self.update()

    def _look_for_point(self) -> None:
        """Turn the eye until no hill hides where the weights are, if that can be seen at all."""
        if self._heights is None or not len(self._path):
            return
        for up, right in SIGHTS if self._again is None else (next(self._again),):
            tilt = min(self.camera.tilt + up, HIGH)
            camera = replace(self.camera, turn=(self.camera.turn + right) % 360, tilt=tilt)
            rendered = render(self._heights, self._colours, camera, *PROBING)
            if rendered.project(*self._path[-1:].T)[2][0]:
                self.camera, self._again = camera, None
                return
        self._again = self._again or cycle(SIGHTS)

    def clear(self) -> None:
        """Nothing to see."""
        self._heights, self._rendered, self._again = None, None, None
        self._next.stop()
        self.update()

    def turn(self, right: float, up: float) -> None:
        """Move the eye by degrees, for a person."""
        self._is_turned = True
        tilt = float(np.clip(self.camera.tilt + up, LOW, HIGH))
        self.camera = replace(self.camera, turn=(self.camera.turn + right) % 360, tilt=tilt)
        self._rendered = None
        self.update()

    def _refine(self) -> None:
        """Compute the picture in the screen's own pixels, now that it rests."""
        if self._heights is not None and self.isVisible():
            width, height = self._pixels(MOST_FINE)
            self._fine = render_in_strips(self._heights, self._colours, self.camera, width, height, AT_ONCE)
            self._next.start()

    def _refine_on(self) -> None:
        rendered = next(self._fine, None)
        if rendered is not None:
            self._rendered = rendered
            self._next.stop()
            self.update()

    def _render(self) -> RenderedSurface:
        """The surface over fewer pixels, soon."""
        assert self._heights is not None
        self._next.stop()
        self._rendered = render(self._heights, self._colours, self.camera, *self._pixels(MOST_PIXELS))
        self._shape = (self.width(), self.height())
        return self._rendered

    def _pixels(self, most: int) -> tuple[int, int]:
        """Columns and rows of a picture: so many across, or as many as the screen has."""
        box = self._box()
        scale = min(self.devicePixelRatioF(), most / box.width())
        return max(int(box.width() * scale), 8), max(int(box.height() * scale), 8)

    def _box(self) -> QRectF:
        """Where the surface is; the scale is at the right of it, or lies above it in a small view."""
        if self.is_small:
            head = min(self.fontMetrics().height() + 2.0, self.height() / 3)
            return QRectF(0, head, self.width(), self.height() - head)
        return QRectF(0, 0, self.width() - SCALE_ROOM, self.height())

    @property
    def is_small(self) -> bool:
        """Whether there is no room for a scale at the right."""
        return self.width() <= NARROW or self.height() < LOW_VIEW

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._heights is None or self.width() < 20 or self.height() < 20:
            return
        rendered, box = self._rendered, self._box()
        if rendered is None or self._shape != (self.width(), self.height()):
            rendered = self._render()
            self._rest.start()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        pixels = rendered.picture
        down, across = pixels.shape[:2]
        painter.drawImage(box, QImage(pixels.data, across, down, 4 * across, QImage.Format.Format_RGBA8888))
        stretch = box.width() / across
        painter.save()
        painter.translate(box.topLeft())
        self._paint_axes(painter, rendered, stretch)
        self._paint_path(painter, stretch)
        painter.restore()
        if self.is_small:
            paint_in_line(painter, QRectF(0, 0, box.width(), box.top()), self._ends, self._colours)
        else:
            self._paint_scale(painter, box)
        painter.end()

    def _paint_axes(self, painter: QPainter, rendered: RenderedSurface, stretch: float) -> None:
        """The name of each axis beside that of its two lower edges which is in front."""
        painter.setPen(QColor(theme.colours.text))
        metrics = painter.fontMetrics()
        for name, ends in zip(self._axes, (((0, -1), (0, 1)), ((-1, 0), (1, 0))), strict=True):
            x, y = (np.array(part, float) for part in zip(*ends, strict=True))
            columns, rows, _ = rendered.project(x, y, np.zeros(2))
            front = int(np.argmax(rows))
            at = QPointF(columns[front] * stretch, rows[front] * stretch + metrics.height())
            away = metrics.horizontalAdvance(name)
            left = at.x() - away if at.x() < self._box().width() / 2 else at.x()
            left = min(max(left, 2.0), max(self._box().width() - away, 2.0))
            painter.drawText(QPointF(left, min(at.y(), self._box().height() - 3.0)), name)

    def _paint_scale(self, painter: QPainter, box: QRectF) -> None:
        """Which loss has which colour: powers of ten are equally far apart."""
        bar = QRectF(box.right() + 4, 24, BAR, box.height() - 36)
        for row in range(int(bar.height())):
            red, green, blue = self._colours[int(255 * (1 - row / bar.height()))]
            painter.fillRect(
                QRectF(bar.left(), bar.top() + row, BAR, 1), QColor(int(red), int(green), int(blue))
            )
        painter.setPen(QColor(theme.colours.text))
        painter.drawText(QPointF(bar.left(), bar.top() - 10), "loss")
        painter.setPen(QColor(theme.colours.muted))
        middle = painter.fontMetrics().ascent() / 2 - 1
        for share, told in zip(np.linspace(0, 1, TOLD), told_losses(self._ends), strict=True):
            at = QPointF(bar.right() + 3, bar.bottom() - share * bar.height() + middle)
            painter.drawText(at, told)

    def _paint_path(self, painter: QPainter, stretch: float) -> None:
        assert self._rendered is not None
        if not len(self._path):
            return
        columns, rows, seen = self._rendered.project(*self._path.T)
        points = [QPointF(x, y) for x, y in zip(columns * stretch, rows * stretch, strict=True)]
        # Behind a rim it is dotted: in a valley, all of it may be.
        in_sight, hidden = QPainterPath(), QPainterPath()
        for start, end, is_seen in zip(points, points[1:], seen[1:] & seen[:-1], strict=False):
            run = in_sight if is_seen else hidden
            run.moveTo(start)
            run.lineTo(end)
        for run, style in ((in_sight, Qt.PenStyle.SolidLine), (hidden, Qt.PenStyle.DotLine)):
            painter.setPen(QPen(QColor(PATH), 1.4, style))
            painter.drawPath(run)
        # A rim, or it would not be seen on bright ground.
        painter.setPen(QPen(QColor(0, 0, 0, 130), 4.5))
        painter.drawEllipse(points[-1], 4.5, 4.5)
        painter.setPen(QPen(QColor(PATH), 2, Qt.PenStyle.SolidLine if seen[-1] else Qt.PenStyle.DotLine))
        painter.drawEllipse(points[-1], 4.5, 4.5)

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
