"""Pictures of a data set by class, as the network gets them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.ui.widgets.plain_text import PlainLabel

# Pictures of each class, in rows of so many; the edge of each on the screen; classes that are shown.
MOST, ACROSS, EDGE, MOST_CLASSES = 36, 18, 48, 100
GAP = 2


class PictureGrid(QScrollArea):
    """The first training pictures of each class."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Pictures by class")

    def show_data(self, data: Dataset, first: Sequence[int] = ()) -> None:
        """Show pictures of this data, whose inputs are (height, width, channels); above all others those
        training samples that are to come ``first``.
        """
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 8, 12, 12)
        # Pictures with a label at each pixel are of no class as a whole.
        of_classes = bool(data.classes) and data.target_width == 1
        labels = data.y_train[:, 0].astype(int) if of_classes else np.zeros(len(data.y_train), int)
        if first:
            names = [data.classes[labels[row]] if of_classes else "" for row in first]
            pairs = zip(first, names, strict=True)
            told = "; ".join(f"sample {row + 1:,} {name}".rstrip() for row, name in pairs)
            self._add(column, f"Asked for: {told}", "Pictures asked for", data, np.array(first))
        for number, name in enumerate((data.classes if of_classes else ("All",))[:MOST_CLASSES]):
            rows = np.flatnonzero(labels == number)
            self._add(column, f"{name}: {len(rows):,} for training", f"Pictures of {name}", data, rows)
        column.addStretch(1)
        self.setWidget(body)

    @staticmethod
    def _add(column: QVBoxLayout, title: str, name: str, data: Dataset, rows: np.ndarray) -> None:
        """A heading and the first of these training pictures."""
        head, picture = PlainLabel(title), QLabel()
        head.setObjectName("heading")
        head.setWordWrap(True)
        picture.setAccessibleName(name)
        picture.setPixmap(QPixmap.fromImage(mosaic(data.shares_of_white(data.x_train[rows[:MOST]]))))
        column.addWidget(head)
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignLeft)


def mosaic(pictures: np.ndarray) -> QImage:
    """Pictures (n, height, width, channels) of 0 .. 1 side by side, enlarged to whole pixels."""
    count = len(pictures)
    if not count:
        return QImage()
    h, w, channels = pictures.shape[1:]
    pixels = np.clip(pictures * 255, 0, 255).astype(np.uint8)
    colours = np.repeat(pixels[..., :1], 3, -1) if channels < 3 else pixels[..., :3]
    times = max(1, EDGE // max(h, w))
    colours = colours.repeat(times, 1).repeat(times, 2)
    h, w = h * times + GAP, w * times + GAP
    lines = -(-count // ACROSS)
    whole = np.zeros((lines * h, min(count, ACROSS) * w, 4), np.uint8)
    for i in range(count):
        top, left = i // ACROSS * h, i % ACROSS * w
        whole[top : top + h - GAP, left : left + w - GAP, :3] = colours[i]
        whole[top : top + h - GAP, left : left + w - GAP, 3] = 255
    height, width = whole.shape[:2]
    return QImage(whole.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
