"""Letters on the canvas: as large as a person wants the window's text, as far as their boxes have room.

Boxes of nodes and notes belong to the model and keep their size; letters of the usual size always fit.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from nnstudio.ui.widgets.theme import canvas_font, theme

# Of a line's height, what its letters may take.
OF_LINE = 0.86


def wanted(usual: int) -> int:
    """Height of letters that are usually so many pixels high, at the text size that is chosen."""
    return max(round(usual * theme.text_scale), 1)


def line_font(text: str, box: QRectF, usual: int, bold: bool = False) -> QFont:
    """The largest letters in which a text stands in a line, from those wanted down to the usual ones."""
    most = min(wanted(usual), max(usual, int(box.height() * OF_LINE)))
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
