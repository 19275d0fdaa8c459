"""A pad to draw a small picture on."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.widgets.theme import theme

# Radius of the soft brush, as a share of the picture's edge: on 28 pixels about a pen's width.
BRUSH = 0.055
# What stands on an empty pad, which is black in both themes.
HINT, HINT_GREY = "Draw here", "#b0b0b0"
# Of pictures, by their number of channels.
FORMATS = {
    1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888,
}  # fmt: skip


class Pad(QWidget):
    """Pixels 0 .. 1: (height, width) of a grey picture, (height, width, 3) of one in colour, and 4 channels
    where the last one is alpha. The left button draws in white, the right one wipes; drawn() after each
    stroke.
    """

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip("Draw with the left mouse button, erase with the right; Delete clears the pad")
        self.pixels = np.zeros((28, 28), np.float32)
        self._last: QPointF | None = None
        self._is_begun = False

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 80)

    def set_size(self, height: int, width: int, *channels: int) -> None:
        """Start with an empty picture of this size; grey where no channels are named."""
        self._is_begun = False
        self.pixels = np.zeros((height, width, *channels), np.float32)
        self.update()

    def set_pixels(self, pixels: np.ndarray) -> None:
        """Show other pixels, 0 .. 1."""
        self._is_begun = False
        self.pixels = pixels.astype(np.float32).copy()
        self.update()

    def begin_with(self, pixels: np.ndarray) -> None:
        """Show an example, 0 .. 1: the first line that is drawn begins on an empty pad."""
        self.set_pixels(pixels)
        self._is_begun = True

    @property
    def is_begun(self) -> bool:
        """Whether it still shows the example that it began with."""
        return self._is_begun

    def clear(self) -> None:
        """Wipe everything."""
        self._is_begun = False
        self.pixels[:] = 0
        self.update()
        self.drawn.emit()

    def off(self) -> tuple[int, int]:
        """Pixels down and to the right that the middle lies away from the drawing's centre of mass."""
        total = float(self.pixels.sum())
        if total <= 0:
            return 0, 0
        height, width = self.pixels.shape[:2]
        mass = self.pixels.reshape(height, width, -1).sum(2)
        down = round((height - 1) / 2 - float(mass.sum(1) @ np.arange(height)) / total)
        right = round((width - 1) / 2 - float(mass.sum(0) @ np.arange(width)) / total)
        return down, right

    def centre(self) -> None:
        """Move what is drawn so that its centre of mass lies in the middle, as in MNIST."""
        if not self.pixels.any():
            return
        self._is_begun = False
        (height, width), (down, right) = self.pixels.shape[:2], self.off()
        moved = np.zeros_like(self.pixels)
        source = self.pixels[max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
        moved[max(down, 0) :, max(right, 0) :][: source.shape[0], : source.shape[1]] = source
        self.pixels = moved
        self.update()
        self.drawn.emit()

    def _box(self) -> QRectF:
        """Where the picture stands: as large as fits, in the middle."""
        height, width = self.pixels.shape[:2]
        scale = min(self.width() / width, self.height() / height)
        size = (width * scale, height * scale)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def _dab(self, position: QPointF, ink: float) -> None:
        """A soft dot at a place of the widget."""
        box, (height, width) = self._box(), self.pixels.shape[:2]
        x = (position.x() - box.left()) / box.width() * width - 0.5
        y = (position.y() - box.top()) / box.height() * height - 0.5
        radius = max(BRUSH * max(height, width), 0.6)
        rows, columns = np.mgrid[:height, :width]
        distance = np.hypot(rows - y, columns - x)
        dot = np.clip(radius + 0.5 - distance, 0, 1)
        if self.pixels.ndim == 3:
            dot = dot[..., None]
        self.pixels = (np.maximum(self.pixels, dot) if ink > 0 else np.minimum(self.pixels, 1 - dot)).astype(
            np.float32
        )

    def _stroke(self, event: QMouseEvent) -> None:
        ink = 0.0 if event.buttons() & Qt.MouseButton.RightButton else 1.0
        start, end = self._last or event.position(), event.position()
        step = max(self._box().width() / self.pixels.shape[1] / 2, 1.0)
        count = max(int(np.hypot(end.x() - start.x(), end.y() - start.y()) / step), 1)
        for i in range(1, count + 1):
            self._dab(start + (end - start) * (i / count), ink)
        self._last = end
        self.update()
        self.drawn.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = None
        if self._is_begun and event.button() == Qt.MouseButton.LeftButton:
            self.pixels[:] = 0
        self._is_begun = False
        self._stroke(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons():
            self._stroke(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        values = np.ascontiguousarray(np.rint(np.clip(self.pixels, 0, 1) * 255).astype(np.uint8))
        height, width, channels = (*values.shape, 1)[:3]
        image = QImage(values.data, width, height, width * channels, FORMATS[channels])
        painter = QPainter(self)
        # What shines through is black, as an empty pad is.
        painter.fillRect(self._box(), QColor("black"))
        painter.drawImage(self._box(), image)
        if not self.pixels.any():
            painter.setPen(QColor(HINT_GREY))
            painter.drawText(self._box(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, HINT)
        painter.setPen(QPen(QColor(theme.colours.accent if self.hasFocus() else theme.colours.border), 1))
        painter.drawRect(self._box().adjusted(0, 0, -1, -1))
        painter.end()
