"""Small marks at the lower edge of a node that a live view puts there, each to be clicked; they belong to the
view, and no node is changed by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from nnstudio.model.arrange import HEIGHT
from nnstudio.ui.widgets.theme import canvas_font, legible_on, theme

# In units of the scene: where the first begins, between two, beside the letters, height, and of the letters.
LEFT, GAP, ROOM, TALL, LETTERS = 10.0, 5.0, 6.0, 15.0, 10
TOP = HEIGHT - 6


@dataclass(frozen=True)
class Pill:
    """A word on a node; not ``is_on``, it is only an outline. ``tip`` says what a click does."""

    text: str
    is_on: bool
    tip: str


def boxes(pills: Sequence[Pill]) -> list[QRectF]:
    """Where each lies, in the node's own coordinates."""
    metrics, left, lying = QFontMetricsF(canvas_font(LETTERS)), LEFT, []
    for pill in pills:
        width = metrics.horizontalAdvance(pill.text) + 2 * ROOM
        lying.append(QRectF(left, TOP, width, TALL))
        left += width + GAP
    return lying


def pill_at(pills: Sequence[Pill], position: QPointF) -> int | None:
    """The number of the pill at a point of the node; None where there is none."""
    return next((at for at, box in enumerate(boxes(pills)) if box.contains(position)), None)


def paint_pills(painter: QPainter, pills: Sequence[Pill]) -> None:
    """Filled where they are on."""
    c = theme.colours
    painter.setFont(canvas_font(LETTERS))
    for pill, box in zip(pills, boxes(pills), strict=True):
        back = QColor(c.accent if pill.is_on else c.node)
        painter.setPen(QPen(QColor(c.accent if pill.is_on else c.border), 1.0))
        painter.setBrush(back)
        painter.drawRoundedRect(box, TALL / 2, TALL / 2)
        painter.setPen(legible_on(back) if pill.is_on else QColor(c.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, pill.text)
