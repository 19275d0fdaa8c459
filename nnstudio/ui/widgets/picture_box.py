"""A picture as large as there is room for, with square pixels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.widgets.layer_pictures import image_of

# Pixels of its edge at the least.
SMALLEST = 84


def draw_fitted(painter: QPainter, image: QImage, room: QRectF) -> None:
    """Draw an image in the middle of a room, as large as it fits."""
    scale = min(room.width() / image.width(), room.height() / image.height())
    box = QRectF(0, 0, image.width() * scale, image.height() * scale)
    box.moveCenter(room.center())
    painter.drawImage(box, image)


class PictureBox(QWidget):
    """Shows a picture (height, width, channels) whose values go from 0, black, to 1, white."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: np.ndarray | None = None
        # As high as it is wide, so that what is said below it is near.
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(SMALLEST, SMALLEST)

    def sizeHint(self) -> QSize:
        return QSize(2 * SMALLEST, 2 * SMALLEST)

    def heightForWidth(self, width: int) -> int:
        return width

    def show_picture(self, picture: np.ndarray | None) -> None:
        """Show a picture, or nothing."""
        self.picture = picture
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.picture is not None:
            painter = QPainter(self)
            draw_fitted(painter, image_of(self.picture, (0.0, 1.0)), QRectF(self.rect()))
            painter.end()
