"""Lists of samples with their pictures, which stay where they are scrolled to while they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnstudio.explain.picture_pairs import PicturePair
from nnstudio.model.quantity import counted, error_in_digits
from nnstudio.ui.widgets.layer_pictures import image_of
from nnstudio.ui.widgets.plain_text import PlainLabel

# Edge of a picture, and pixels between those of a pair.
EDGE, GAP = 48, 4


class PictureRow(NamedTuple):
    """A sample in words with pictures, (height, width, channels) each, beside each other; and its tip."""

    text: str
    pictures: Sequence[np.ndarray] = ()
    tip: str = ""


class PictureRows(QListWidget):
    """A list of samples."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setWordWrap(True)
        self.setHorizontalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)

    def show_rows(self, rows: Sequence[PictureRow], ends: tuple[float, float] | None = None) -> None:
        """Show these; ``ends`` are the values of black and white, each picture's own where there are none."""
        across = max((len(row.pictures) for row in rows), default=1)
        self.setIconSize(QSize(across * EDGE + (across - 1) * GAP, EDGE))
        while self.count() > len(rows):
            self.takeItem(self.count() - 1)
        while self.count() < len(rows):
            self.addItem(QListWidgetItem())
        for i, row in enumerate(rows):
            item = self.item(i)
            item.setText(row.text)
            item.setToolTip(row.tip)
            item.setIcon(_beside(row.pictures, ends) if len(row.pictures) else QIcon())


class PairsTab(QWidget):
    """Inputs beside what the network draws of them."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = PlainLabel()
        self.heading.setObjectName("muted")
        self.heading.setWordWrap(True)
        self.list = PictureRows("Pictures and what the network draws")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 6, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.heading)
        rows.addWidget(self.list, 1)

    def draw(self, pairs: Sequence[PicturePair], count: int) -> None:
        """Show pairs, of which one at least, of so many samples."""
        which = "Input and what it drew of it"
        if pairs[0].target is not None:
            which = "Input, target and what it drew"
        self.heading.setText(
            f"{which}: {len(pairs):,} of {counted(count, 'sample')}, from the worst to the best"
        )
        rows = []
        for pair in pairs:
            asked = () if pair.target is None else (pair.target,)
            text = f"sample {pair.index}\nmean absolute error {error_in_digits(pair.error)}"
            rows.append(PictureRow(text, (pair.entered, *asked, pair.drawn)))
        self.list.show_rows(rows, (0.0, 1.0))


def _beside(pictures: Sequence[np.ndarray], ends: tuple[float, float] | None) -> QIcon:
    scaled = [image_of(picture, ends).scaledToHeight(EDGE) for picture in pictures]
    whole = QPixmap(sum(image.width() + GAP for image in scaled) - GAP, EDGE)
    whole.fill("transparent")
    painter, left = QPainter(whole), 0
    for image in scaled:
        painter.drawImage(QPoint(left, 0), image)
        left += image.width() + GAP
    painter.end()
    return QIcon(whole)
