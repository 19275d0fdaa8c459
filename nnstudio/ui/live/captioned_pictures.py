"""Pictures beside each other, with words below each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.plots import make_plot, paint_plot

# Pixels that a picture has to a side at the least.
LEAST = 60
# How much sooner pictures grow than what is above and below them.
PICTURES_FIRST = 1000


class CaptionedPictures(QWidget):
    """``names`` are what each picture is called for those who do not see it."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.plots: list[pg.PlotWidget] = []
        self.images: list[pg.ImageItem] = []
        self.captions: list[PlainLabel] = []
        rows = self._rows = QGridLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setVerticalSpacing(0)
        # What room the pictures cannot use lies above and below, not between them and their words.
        for row, stretch in ((0, 1), (1, PICTURES_FIRST), (3, 1)):
            rows.setRowStretch(row, stretch)
        for column, name in enumerate(names):
            plot, image, caption = make_plot(aspect=True), pg.ImageItem(axisOrder="row-major"), PlainLabel()
            plot.setAccessibleName(name)
            plot.addItem(image)
            plot.invertY(True)
            plot.hideAxis("left")
            plot.hideAxis("bottom")
            plot.setMouseEnabled(x=False, y=False)
            plot.setMinimumSize(LEAST, LEAST)
            caption.setObjectName("small")
            caption.setWordWrap(True)
            # As broad as its picture, whatever it says.
            caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            rows.addWidget(plot, 1, column)
            rows.addWidget(caption, 2, column)
            rows.setColumnStretch(column, 1)
            self.plots.append(plot)
            self.images.append(image)
            self.captions.append(caption)
        self.repaint_theme()

    def show_picture(self, at: int, colours: np.ndarray, caption: str) -> None:
        """Show a picture (h, w, 1 or 3), from 0, black, to 1, white; what is beyond is cut off."""
        shown = np.broadcast_to(np.clip(colours, 0, 1), (*colours.shape[:2], 3))
        image = self.images[at]
        is_other = image.image is None or image.image.shape != shown.shape
        image.setImage(np.ascontiguousarray(shown), levels=(0.0, 1.0), autoLevels=False)
        if is_other:
            self._fit()
            self.plots[at].setRange(image.boundingRect(), padding=0.02)
        self.captions[at].setText(caption)

    def show_column(self, at: int, shown: bool) -> None:
        """Show a picture with its words, or leave its room to the others."""
        if shown != self.plots[at].isHidden():
            return
        self.plots[at].setVisible(shown)
        self.captions[at].setVisible(shown)
        self._rows.setColumnStretch(at, int(shown))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """No plot is higher than its picture can be."""
        count = sum(not plot.isHidden() for plot in self.plots)
        width = (self.width() - self._rows.horizontalSpacing() * (count - 1)) / max(count, 1)
        for plot, image in zip(self.plots, self.images, strict=True):
            if image.image is not None:
                height, across = image.image.shape[:2]
                plot.setMaximumHeight(max(round(width * height / across), LEAST))

    def repaint_theme(self) -> None:
        """Colours changed."""
        for plot in self.plots:
            paint_plot(plot)


def in_rgb(data: Dataset, sample: np.ndarray) -> np.ndarray:
    """A sample (h, w, 1 or 3), as the network gets it, from 0, black, to 1, white."""
    return np.asarray(data.shares_of_white(np.asarray(sample, np.float64)))


def grown_in_rgb(data: Dataset, frames: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Samples one after the other as pictures (h, w, 3), as `LiveView.frames` gives them."""
    shown = [np.clip(in_rgb(data, frame), 0, 1) for frame in frames]
    return [np.broadcast_to(frame, (*frame.shape[:2], 3)) for frame in shown]
