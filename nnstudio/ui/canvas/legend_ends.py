"""The part of the legend that is on the ends of a network: colours of classes, or of a predicted number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from nnstudio.explain.thumbnails import ThumbnailKind, Thumbnails
from nnstudio.ui.widgets.theme import CLASSES, theme

# Between a class's dot and its name, between classes, and the most pixels of a name at the usual text size.
BESIDE, BETWEEN, LONGEST = 4.0, 10.0, 110.0
# The words at both ends of the colours of a predicted number.
PREDICTED = ("lowest", "highest prediction")


@dataclass(frozen=True)
class Ends:
    """What nodes show at the end of the network: the names of classes, () without any in colours of their
    own; and whether there is a number over the plane.
    """

    classes: tuple[str, ...] = ()
    is_number: bool = False


def ends_of(thumbnails: Thumbnails | None) -> Ends:
    """Of pictures on the nodes; nothing for None."""
    pictures = thumbnails.thumbnails.values() if thumbnails is not None else ()
    names = thumbnails.class_names if thumbnails is not None else ()
    has_plane = any(picture.kind == ThumbnailKind.PREDICTED for picture in pictures)
    has_classes = any(picture.classes for picture in pictures) and len(names) <= len(CLASSES)
    return Ends(names if has_classes or has_plane else (), has_plane and not names)


def width_of_classes(names: Sequence[str], metrics: QFontMetrics, room: float) -> float:
    """What `paint_classes` takes, at the most ``room``."""
    return min(sum(_widths(names, metrics)) + BETWEEN * (len(names) - 1), room) if names else 0.0


def paint_classes(painter: QPainter, box: QRectF, names: Sequence[str]) -> None:
    """A dot in the colour of each class, with its name; of those without room, how many more there are."""
    metrics, left = painter.fontMetrics(), box.left()
    for i, (name, width) in enumerate(zip(names, _widths(names, metrics), strict=True)):
        rest = len(names) - i - 1
        # The last one leaves room for the word on those behind it.
        after = BETWEEN + metrics.horizontalAdvance(_more(rest)) if rest else 0.0
        fits_all = left + sum(_widths(names[i:], metrics)) + BETWEEN * rest <= box.right() + 1
        if not fits_all and left + width + after > box.right():
            painter.setPen(QColor(theme.colours.muted))
            painter.drawText(_line(left, box), Qt.AlignmentFlag.AlignVCenter, _more(rest + 1, i > 0))
            return
        radius = metrics.height() * 0.3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.class_colour(i)))
        painter.drawEllipse(QPointF(left + radius, box.center().y()), radius, radius)
        painter.setPen(QColor(theme.colours.text))
        at = _line(left + 2 * radius + BESIDE, box)
        painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, _short(name, metrics))
        left += width + BETWEEN


def _line(left: float, box: QRectF) -> QRectF:
    return QRectF(left, box.top(), max(box.right() - left, 0) + 2, box.height())


def _more(count: int, has_some: bool = True) -> str:
    return f"and {count:,} more" if has_some else f"{count:,} classes"


def _short(name: str, metrics: QFontMetrics) -> str:
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(LONGEST * theme.text_scale))


def _widths(names: Sequence[str], metrics: QFontMetrics) -> list[float]:
    dot = metrics.height() * 0.6 + BESIDE
    return [dot + metrics.horizontalAdvance(_short(name, metrics)) for name in names]
