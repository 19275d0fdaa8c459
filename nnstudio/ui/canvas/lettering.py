"""Letters on the canvas: as large as a person wants the window's text, as far as their boxes have room; in a
node that is seen smaller than life larger against the node, so that they stay legible.

Boxes of nodes and notes belong to the model and keep their size; letters of the usual size always fit.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from nnstudio.ui.widgets.theme import canvas_font, theme

# Of a line's height, what its letters may take.
OF_LINE = 0.86


# What letters of a node that is seen smaller have of their size on the screen, as far as they grow for that:
# so many times the usual size against the node at the most. In steps, for each size is measured anew.
KEPT, MOST_GROWN, STEPS = 0.92, 1.5, 20


def scale_at(zoom: float) -> float:
    """How large letters in a node are at a zoom, as a multiple of the usual ones."""
    grown = math.ceil(theme.text_scale * KEPT / zoom * STEPS - 1e-6) / STEPS
    return max(theme.text_scale, min(grown, MOST_GROWN))


def wanted(usual: int, scale: float | None = None) -> int:
    """Height of letters that are usually so many pixels high, at the text size that is chosen, or another."""
    return max(round(usual * (theme.text_scale if scale is None else scale)), 1)


def line_font(text: str, box: QRectF, usual: int, bold: bool = False, scale: float | None = None) -> QFont:
    """The largest letters in which a text stands in a line, from those wanted down to the usual ones."""
    most = min(wanted(usual, scale), max(usual, int(box.height() * OF_LINE)))
    return canvas_font(_fitting(text, int(box.width()), usual, most, bold), bold)


@lru_cache(maxsize=4096)
def _fitting(text: str, width: int, usual: int, most: int, bold: bool) -> int:
    for pixels in range(most, usual, -1):
        if QFontMetricsF(canvas_font(pixels, bold)).horizontalAdvance(text) <= width:
            return pixels
    return min(usual, most)


def write_line(
    painter: QPainter,
    box: QRectF,
    text: str,
    font: QFont,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Write one line, cut off with "…" where it is longer than its box."""
    painter.setFont(font)
    short = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, short)


def paragraph_font(text: str, box: QRectF, usual: int) -> QFont:
    """The largest letters in which a text stands in several lines, from those wanted down to the usual."""
    room = QRectF(0, 0, box.width(), 1e6)
    for pixels in range(wanted(usual), usual, -1):
        font = canvas_font(pixels)
        lines = QFontMetricsF(font).boundingRect(room, int(Qt.TextFlag.TextWordWrap), text)
        if lines.height() <= box.height() and lines.width() <= box.width():
            return font
    return canvas_font(min(usual, wanted(usual)))
