"""Which loss has which colour, in one line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.model.quantity import in_digits
from nnstudio.ui.widgets.theme import theme

# How many losses a scale tells, and the thickness of its bar in pixels.
TOLD, BAR = 5, 8
# Before the lowest one that stands for lower losses, too.
OR_LESS = "≤\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Ends:
    """The losses at heights 0 and 1; between them heights are logarithms. ``or_less``: height 0 stands for
    lower losses, too.
    """

    low: float
    high: float
    or_less: bool = False


class LossScale(QWidget):
    """Both ends of the scale of a map, with its colours between them."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("Which loss has which colour: powers of ten are equally far apart")
        self.ends = Ends(0.0, 0.0)
        self._colours = pg.colormap.get("viridis").getLookupTable(nPts=256)[:, :3].astype(np.float32)

    def sizeHint(self) -> QSize:
        return QSize(60, self.fontMetrics().height() + 2)

    def show_ends(self, ends: Ends) -> None:
        """Tell these losses, in sight."""
        losses = told_losses(ends)
        self.ends = ends
        self.setAccessibleName(f"Colours of the loss: dark is {in_line(losses[0])}, bright is {losses[-1]}")
        self.update()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_in_line(painter, QRectF(self.rect()), self.ends, self._colours)
        painter.end()


def paint_in_line(painter: QPainter, head: QRectF, ends: Ends, colours: np.ndarray) -> None:
    """Both ends of the scale, with its colours (256, 3) between them."""
    losses, metrics = told_losses(ends), painter.fontMetrics()
    first, last = f"loss {in_line(losses[0])}", losses[-1]
    middle = head.adjusted(metrics.horizontalAdvance(first) + 6, 0, -metrics.horizontalAdvance(last) - 6, 0)
    painter.setPen(QColor(theme.colours.muted))
    painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, first)
    painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, last)
    for column in range(max(int(middle.width()), 0)):
        red, green, blue = colours[int(255 * column / middle.width())]
        bar = QRectF(middle.left() + column, middle.center().y() - BAR / 2, 1, BAR)
        painter.fillRect(bar, QColor(int(red), int(green), int(blue)))


def in_line(loss: str) -> str:
    """The lowest of `told_losses` where there is more room than beside an upright scale."""
    lowest = loss.removeprefix(OR_LESS)
    return loss if lowest == loss else f"{lowest} or less"


def told_losses(ends: Ends) -> list[str]:
    """TOLD losses from the lowest to the highest, each as many times the one before, in words."""
    low, high = max(ends.low, 1e-12), max(ends.high, 1e-12)
    first, *others = (in_digits(float(loss), 2) for loss in np.geomspace(low, high, TOLD))
    return [f"{OR_LESS}{first}" if ends.or_less else first, *others]
