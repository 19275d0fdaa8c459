"""Small icons drawn as paths, so that they are sharp at every scale and follow the theme."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIZE = 16.0


def _play(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(4, 2.5), QPointF(13.5, 8), QPointF(4, 13.5)]))


def _pause(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(3.5, 3, 3.2, 10), 1, 1)
    p.drawRoundedRect(QRectF(9.3, 3, 3.2, 10), 1, 1)


def _stop(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(3.5, 3.5, 9, 9), 1.5, 1.5)


def _step(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(3, 3), QPointF(10, 8), QPointF(3, 13)]))
    p.drawRoundedRect(QRectF(10.6, 3, 2.4, 10), 1, 1)


def _reset(p: QPainter) -> None:
    colour = p.brush().color()
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(colour, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    path = QPainterPath()
    path.arcMoveTo(QRectF(3, 3, 10, 10), 150)
    path.arcTo(QRectF(3, 3, 10, 10), 150, -300)
    p.drawPath(path)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(colour)
    p.drawPolygon(QPolygonF([QPointF(1.2, 2.6), QPointF(2.6, 7.6), QPointF(6.8, 4.8)]))


def _error(p: QPainter) -> None:
    p.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    _strokes(p, QPointF(5.6, 5.6), QPointF(10.4, 10.4), QPointF(10.4, 5.6), QPointF(5.6, 10.4))


def _warning(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(8, 1.5), QPointF(15, 14), QPointF(1, 14)]))
    _strokes(p, QPointF(8, 6), QPointF(8, 9.6), QPointF(8, 11.9), QPointF(8, 12.0))


def _info(p: QPainter) -> None:
    p.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    _strokes(p, QPointF(8, 7.4), QPointF(8, 11.4), QPointF(8, 4.8), QPointF(8, 4.9))


def _pin(p: QPainter) -> None:
    p.drawEllipse(QRectF(4.2, 1.5, 7.6, 7.6))
    p.drawPolygon(QPolygonF([QPointF(7.2, 8.6), QPointF(8.8, 8.6), QPointF(8, 15)]))


def _dice(p: QPainter) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2, 2, 12, 12), 2.5, 2.5)
    for x, y in ((5.4, 5.4), (10.6, 5.4), (8, 8), (5.4, 10.6), (10.6, 10.6)):
        path.addEllipse(QPointF(x, y), 1.2, 1.2)
    p.drawPath(path)


def _larger(p: QPainter) -> None:
    _frame(p, QRectF(3, 3, 10, 10))


def _smaller(p: QPainter) -> None:
    _frame(p, QRectF(5.5, 2.5, 8, 8), QRectF(2.5, 5.5, 8, 8))


def _float(p: QPainter) -> None:
    _frame(p, QRectF(2.5, 6, 7.5, 7.5))
    p.drawLine(QPointF(9, 7), QPointF(13.5, 2.5))
    p.drawPolyline([QPointF(9.5, 2.5), QPointF(13.5, 2.5), QPointF(13.5, 6.5)])


def _camera(p: QPainter) -> None:
    _frame(p, QRectF(2, 5, 12, 8.5), QRectF(5.7, 7, 4.6, 4.6))
    p.drawPolyline([QPointF(5.5, 5), QPointF(6.5, 3), QPointF(9.5, 3), QPointF(10.5, 5)])


def _frame(p: QPainter, *boxes: QRectF) -> None:
    p.setPen(QPen(p.brush().color(), 1.4))
    p.setBrush(Qt.BrushStyle.NoBrush)
    for box in boxes:
        p.drawRoundedRect(box, 1, 1)


def _strokes(p: QPainter, *ends: QPointF) -> None:
    """Lines between pairs of points, on top of a filled shape."""
    p.setPen(QPen(QColor("#ffffff"), 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    p.drawLines(list(ends))


SHAPES: dict[str, Callable[[QPainter], None]] = {
    "play": _play, "pause": _pause, "stop": _stop, "step": _step, "reset": _reset,
    "error": _error, "warning": _warning, "info": _info, "pin": _pin, "dice": _dice,
    "larger": _larger, "smaller": _smaller, "float": _float, "camera": _camera,
}  # fmt: skip


def drawn(width: float, height: float, draw: Callable[[QPainter], None]) -> QIcon:
    """An icon that a function draws into a box of this size, at 1x, 2x and 3x."""
    icon = QIcon()
    add_drawing(icon, width, height, draw)
    return icon


def add_drawing(
    icon: QIcon,
    width: float,
    height: float,
    draw: Callable[[QPainter], None],
    mode: QIcon.Mode = QIcon.Mode.Normal,
) -> None:
    """Give an icon what it shows in a mode, such as in a selected row; as `drawn`."""
    for scale in (1, 2, 3):
        picture = QPixmap(round(width * scale), round(height * scale))
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        draw(painter)
        painter.end()
        picture.setDevicePixelRatio(scale)
        icon.addPixmap(picture, mode)


@cache
def icon(name: str, colour: str) -> QIcon:
    """An icon of this set in one colour; it is shared, so nothing may be added to it."""

    def draw(painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        SHAPES[name](painter)

    return drawn(SIZE, SIZE, draw)


def application_icon() -> QIcon:
    """Three nodes and their links on a rounded square, at the sizes that desktops ask for."""
    icon = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size / 32, size / 32)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#2f6fde"))
        painter.drawRoundedRect(QRectF(1, 1, 30, 30), 7, 7)
        points = [QPointF(9, 9), QPointF(9, 23), QPointF(23, 16)]
        painter.setPen(QPen(QColor("#ffffff"), 2))
        for start in points[:2]:
            painter.drawLine(start, points[2])
        painter.setBrush(QColor("#ffffff"))
        for point in points:
            painter.drawEllipse(point, 3.2, 3.2)
        painter.end()
        icon.addPixmap(picture)
    return icon
