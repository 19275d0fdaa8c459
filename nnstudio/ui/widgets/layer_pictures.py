"""A small picture of what each layer does, for lists and tips.

Activations show their true curve, computed by the layer itself; everything else has a drawing, that of its
glyph or of its category.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache, partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPainterPath, QPen

from nnkernels.spec import layers
from nnstudio.ui.widgets.icons import add_drawing
from nnstudio.ui.widgets.theme import theme

# All drawings are made in a box of this size.
WIDTH, HEIGHT = 32.0, 18.0
ICON = QSize(32, 18)
# Over these inputs a curve is drawn.
REACH = 3.0
Drawing = Callable[[QPainter, QColor], None]


def picture(kind: str, category: str) -> QIcon:
    """The picture of a kind of node in the theme's colours."""
    return _picture(kind, theme.category(category).name(), theme.colours.on_accent, category)


@cache
def _picture(kind: str, colour: str, selected: str, category: str) -> QIcon:
    """``selected``: its colour in a selected row, where the other could not be seen."""
    icon = QIcon()
    for mode, now in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Selected, selected)):
        add_drawing(icon, WIDTH, HEIGHT, partial(_paint, kind, now, category), mode)
    return icon


def _paint(kind: str, colour: str, category: str, painter: QPainter) -> None:
    pen = QPen(QColor(colour), 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    drawing_of(kind, category)(painter, QColor(colour))


@cache
def drawing_of(kind: str, category: str) -> Drawing:
    """The drawing of a kind: its glyph, its curve, or its category's."""
    kind = kind.partition(":")[0]
    glyph = layers[kind].glyph if kind in layers else kind
    if glyph in DRAWINGS:
        return DRAWINGS[glyph]
    if glyph:
        return _join(glyph)
    curve = curve_of(kind)
    if curve is not None:
        path = _curve_path(*curve)
        return lambda p, c: _curve(p, path)
    return BY_CATEGORY.get(category, _boxes)


def curve_of(kind: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Inputs and outputs of a layer that turns each number into another; None for all other layers."""
    if kind not in layers or layers[kind].category not in ("Activations", "Features"):
        return None
    layer, x = layers[kind], np.linspace(-REACH, REACH, 61)
    options = layer.defaults()
    if layer.shape(options, [(1,)]) != (1,):
        return None
    starts = {p.name: np.resize(np.array(p.values), p.shape) for p in layer.parameters(options, [(1,)])}
    return x, layer.reference(options, [x[:, None]], starts)[:, 0]


def _curve(p: QPainter, path: QPainterPath) -> None:
    pen = p.pen()
    _faint(p)
    p.drawLine(QPointF(3, 12), QPointF(WIDTH - 3, 12))
    p.setPen(pen)
    p.setClipRect(QRectF(0, 0, WIDTH, HEIGHT))
    p.drawPath(path)


def _curve_path(x: np.ndarray, y: np.ndarray) -> QPainterPath:
    unit = 9.0 / max(float(y.max()), 1.0)
    path = QPainterPath()
    for i, (a, b) in enumerate(zip(x, y, strict=True)):
        point = QPointF(WIDTH / 2 + a / REACH * (WIDTH / 2 - 3), 12 - b * unit)
        path.lineTo(point) if i else path.moveTo(point)
    return path


def _faint(p: QPainter, alpha: int = 90) -> None:
    pen = QPen(p.pen())
    colour = pen.color()
    colour.setAlpha(alpha)
    pen.setColor(colour)
    pen.setWidthF(0.8)
    p.setPen(pen)


def _dots(p: QPainter, colour: QColor, points: Iterable[tuple[float, float]], radius: float = 1.9) -> None:
    p.setBrush(colour)
    for x, y in points:
        p.drawEllipse(QPointF(x, y), radius, radius)


def _grid(p: QPainter, left: float, top: float, cell: float, across: int, down: int) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    for i in range(across):
        for j in range(down):
            p.drawRect(QRectF(left + i * cell, top + j * cell, cell, cell))


def _arrow(p: QPainter, start: QPointF, end: QPointF) -> None:
    p.drawLine(start, end)
    back = 2.6 if end.x() >= start.x() else -2.6
    p.drawLine(end, end - QPointF(back, 2.2))
    p.drawLine(end, end - QPointF(back, -2.2))


def _dense(p: QPainter, c: QColor) -> None:
    left, right = [(5.0, y) for y in (3, 9, 15)], [(27.0, y) for y in (3, 9, 15)]
    pen = p.pen()
    _faint(p, 150)
    for a in left:
        for b in right:
            p.drawLine(QPointF(*a), QPointF(*b))
    p.setPen(pen)
    _dots(p, c, left + right)


def _convolution(p: QPainter, c: QColor) -> None:
    pen = p.pen()
    _faint(p, 150)
    _grid(p, 2, 1.5, 3.75, 4, 4)
    p.setPen(pen)
    p.setBrush(QColor(c.red(), c.green(), c.blue(), 90))
    p.drawRect(QRectF(5.75, 1.5, 7.5, 7.5))
    _faint(p, 160)
    p.drawLine(QPointF(13.25, 1.5), QPointF(26, 7))
    p.drawLine(QPointF(13.25, 9), QPointF(26, 11))
    p.setPen(pen)
    p.setBrush(c)
    p.drawRect(QRectF(26, 7, 4, 4))


def _pool(p: QPainter, c: QColor) -> None:
    _grid(p, 2, 1.5, 3.75, 4, 4)
    _arrow(p, QPointF(19, 9), QPointF(22.5, 9))
    _grid(p, 24.5, 6, 3, 2, 2)


def _enlarge(p: QPainter, c: QColor) -> None:
    _grid(p, 1.5, 6, 3, 2, 2)
    _arrow(p, QPointF(9.5, 9), QPointF(13, 9))
    _grid(p, 15.5, 1.5, 3.75, 4, 4)


def _global_pool(p: QPainter, c: QColor) -> None:
    _grid(p, 2, 1.5, 3.75, 4, 4)
    _arrow(p, QPointF(19, 9), QPointF(24, 9))
    _dots(p, c, [(28, 9)], 2.2)


def _dropout(p: QPainter, c: QColor) -> None:
    points = [(x, y) for x in (7.0, 13.0, 19.0, 25.0) for y in (3.5, 9.0, 14.5)]
    gone = {1, 3, 8, 10}
    _dots(p, c, [s for i, s in enumerate(points) if i not in gone])
    p.setBrush(Qt.BrushStyle.NoBrush)
    _faint(p, 140)
    for i in gone:
        p.drawEllipse(QPointF(*points[i]), 1.9, 1.9)


def _noise(p: QPainter, c: QColor) -> None:
    heights = (9, 5, 11, 7, 14, 4, 10, 8, 13, 6, 9)
    path = QPainterPath(QPointF(3, 9))
    for i, y in enumerate(heights):
        path.lineTo(3 + i * 2.6, y)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawPath(path)


def _bell(p: QPainter, c: QColor) -> None:
    x = np.linspace(-REACH, REACH, 41)
    _curve(p, _curve_path(x, 1.2 * np.exp(-(x**2))))


def _bars(p: QPainter, c: QColor) -> None:
    p.setBrush(c)
    for i, height in enumerate((3, 12, 5, 2, 7)):
        p.drawRect(QRectF(5 + i * 5, 15 - height, 2.6, height))


def _flatten(p: QPainter, c: QColor) -> None:
    _grid(p, 2, 3.5, 3.75, 3, 3)
    _arrow(p, QPointF(15.5, 9), QPointF(20, 9))
    _grid(p, 24, 1.5, 3, 1, 5)


def _reshape(p: QPainter, c: QColor) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(QRectF(2, 6, 11, 6))
    _arrow(p, QPointF(15.5, 9), QPointF(20, 9))
    p.drawRect(QRectF(23, 2.5, 6, 13))


def _pad(p: QPainter, c: QColor) -> None:
    p.setBrush(c)
    p.drawRect(QRectF(12, 5, 8, 8))
    p.setBrush(Qt.BrushStyle.NoBrush)
    _faint(p, 190)
    p.drawRect(QRectF(8, 1.5, 16, 15))


def _sequence(p: QPainter, c: QColor) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    for i in range(3):
        p.drawRoundedRect(QRectF(2 + i * 11, 8, 6, 6), 1.5, 1.5)
    for i in range(2):
        _arrow(p, QPointF(8.5 + i * 11, 11), QPointF(12.5 + i * 11, 11))
    loop = QPainterPath(QPointF(14, 8))
    loop.cubicTo(QPointF(12, 1), QPointF(20, 1), QPointF(18, 8))
    p.drawPath(loop)


def _attention(p: QPainter, c: QColor) -> None:
    weights = (40, 230, 90, 140)
    pen = QPen(p.pen())
    for i, alpha in enumerate(weights):
        _faint(p, alpha)
        p.drawLine(QPointF(4 + i * 8, 14), QPointF(16, 4))
        p.setPen(pen)
    _dots(p, c, [(4 + i * 8, 14) for i in range(4)] + [(16, 4)])


def _embedding(p: QPainter, c: QColor) -> None:
    _dots(p, c, [(4, 9)], 2.2)
    _arrow(p, QPointF(8, 9), QPointF(12, 9))
    _grid(p, 15, 1.5, 3, 5, 5)
    p.setBrush(c)
    p.drawRect(QRectF(15, 7.5, 15, 3))


def _waves(p: QPainter, c: QColor) -> None:
    for speed, alpha in ((1, 255), (2, 130)):
        _faint(p, alpha)
        path = QPainterPath(QPointF(3, 9))
        for i in range(53):
            path.lineTo(3 + i / 2, 9 - 6 * math.sin(speed * i / 8))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawPath(path)


def _join(sign: str) -> Drawing:
    def draw(p: QPainter, c: QColor) -> None:
        p.drawLine(QPointF(3, 3), QPointF(11, 7.5))
        p.drawLine(QPointF(3, 15), QPointF(11, 10.5))
        _arrow(p, QPointF(21.5, 9), QPointF(28.5, 9))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawEllipse(QPointF(16, 9), 5.2, 5.2)
        font = p.font()
        font.setPixelSize(10)
        font.setBold(True)
        p.setFont(font)
        p.drawText(QRectF(10, 3, 12, 12), Qt.AlignmentFlag.AlignCenter, sign)

    return draw


def _concatenate(p: QPainter, c: QColor) -> None:
    p.setBrush(c)
    p.drawRect(QRectF(3, 2, 4, 6))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(QRectF(3, 10.5, 4, 5))
    _arrow(p, QPointF(11, 9), QPointF(17, 9))
    p.drawRect(QRectF(22, 9.5, 4, 5))
    p.setBrush(c)
    p.drawRect(QRectF(22, 3.5, 4, 6))


def _input(p: QPainter, c: QColor) -> None:
    _arrow(p, QPointF(4, 9), QPointF(16, 9))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(QRectF(19, 3, 10, 12), 2, 2)


def _output(p: QPainter, c: QColor) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(QRectF(3, 3, 10, 12), 2, 2)
    _arrow(p, QPointF(16, 9), QPointF(28, 9))


def _boxes(p: QPainter, c: QColor) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    for i in range(3):
        p.drawRoundedRect(QRectF(2 + i * 11, 5.5, 6.5, 7), 1.5, 1.5)
    for i in range(2):
        p.drawLine(QPointF(8.5 + i * 11, 9), QPointF(13 + i * 11, 9))


def _stack(p: QPainter, c: QColor) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(QRectF(7, 2, 18, 10), 2, 2)
    p.drawRoundedRect(QRectF(10, 6, 18, 10), 2, 2)


def _mirrored(p: QPainter, c: QColor) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawPolygon([QPointF(18.5, 3), QPointF(18.5, 15), QPointF(27, 15)])
    _faint(p, 160)
    p.drawLine(QPointF(16, 1), QPointF(16, 17))
    p.drawPolygon([QPointF(13.5, 3), QPointF(13.5, 15), QPointF(5, 15)])


def _moved(across: float, down: float, degrees: float = 0.0, factor: float = 1.0) -> Drawing:
    """A frame before, faint, and after."""

    def draw(p: QPainter, c: QColor) -> None:
        frame, pen = QRectF(-6, -4.5, 12, 9), p.pen()
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.save()
        p.translate(WIDTH / 2 - across / 2, HEIGHT / 2 - down / 2)
        _faint(p, 170)
        p.drawRect(frame)
        p.setPen(pen)
        p.translate(across, down)
        p.rotate(degrees)
        p.scale(factor, factor)
        p.drawRect(frame)
        p.restore()

    return draw


def _erased(p: QPainter, c: QColor) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(QRectF(8, 2, 16, 14))
    p.setBrush(c)
    p.drawRect(QRectF(14, 7, 7, 6))


# By the names that layers give as their glyph; others are signs.
DRAWINGS: dict[str, Drawing] = {
    "attention": _attention, "bars": _bars, "bell": _bell, "concatenate": _concatenate,
    "convolution": _convolution, "dense": _dense, "dropout": _dropout, "embedding": _embedding,
    "enlarge": _enlarge, "erase": _erased, "flatten": _flatten, "global pool": _global_pool,
    "input": _input, "mirror": _mirrored, "move": _moved(6, 4), "noise": _noise, "output": _output,
    "pad": _pad, "pool": _pool, "reshape": _reshape, "sequence": _sequence, "stack": _stack,
    "template": _boxes, "turn": _moved(0, 0, 24), "waves": _waves, "zoom": _moved(0, 0, 0, 1.7),
}  # fmt: skip
BY_CATEGORY: dict[str, Drawing] = {
    "Layers": _dense, "Pictures": _pool, "Normalisation": _bell, "Shape": _reshape, "Sequences": _sequence,
    "Joins": _join("+"), "Augmentation": _moved(0, 0, 24),
}  # fmt: skip


def image_of(sample: np.ndarray, ends: tuple[float, float] | None = None) -> QImage:
    """A picture sample (height, width, channels), grey or in colour.

    ``ends`` are the values of black and white, between which all lie; without them, its own range.
    """
    low, high = ends or (float(np.nanmin(sample)), float(np.nanmax(sample)))
    scaled = (sample - low) / (high - low) if high > low else np.zeros_like(sample)
    pixels = np.ascontiguousarray((np.nan_to_num(scaled) * 255).astype(np.uint8))
    height, width, channels = pixels.shape
    if channels < 3:
        grey = np.ascontiguousarray(pixels[..., 0])
        return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    colour = np.ascontiguousarray(pixels[..., :3])
    return QImage(colour.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
