"""What a node shows of itself while the network lives: its thumbnail, in one of three colour languages.

Signed values run from orange over the neutral colour of a node, which is zero, to blue; values that cannot be
negative run from dark to bright. Both can be told apart by people who do not see red or green. At the end of
a network, what tells of classes has the colours that classes have everywhere.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, qRgb

from nnstudio.explain.thumbnails import ZERO, Thumbnail, ThumbnailKind
from nnstudio.model.arrange import GRID
from nnstudio.ui.widgets.prediction_colours import class_table, prediction_colours
from nnstudio.ui.widgets.theme import CLASSES, Colours, canvas_font, contrast, mixed, theme

GAP = 2.0
# The broadest bar of a strip, so that a single unit does not fill the node.
BAR = 18.0
# Pixels that a bar has at the least for an outline, and for a gap beside it: narrower ones would be lost.
OUTLINED, APART = 5.0, 3.0
# What a bar's colour is apart from the node's at the least (WCAG): a small value is short, not faint.
SEEN = 2.5
# Pixels of a kept picture for one of the canvas.
KEPT = 2
# Up to so many values are written beside their bars.
WRITTEN = 4
# Height of those numbers, the room for them, and how many characters it holds; of a bar beside one, at most.
LETTERS, NUMBERS, LONGEST, HIGHEST = 10, 46.0, 6, 14.0
# Of the box's width for the names of units, where they have some.
NAMES = 0.45
# Smaller ones cannot be read.
LEAST_LETTERS = 8
# Nor those that are lower on the screen: bars alone are left.
LEAST_SEEN = 6.5
PREDICTED = "What is predicted at every point of the plane, in the colours of Decision boundary."


class Picture:
    """A thumbnail, ready to be painted into boxes of any size."""

    def __init__(self, thumbnail: Thumbnail, signed: bool, classes: int = 0) -> None:
        """``classes``: how many the data has."""
        self.thumbnail, self.signed, self.classes = thumbnail, signed, classes
        self._kept: tuple[Colours, QSizeF, QImage] | None = None

    @property
    def count(self) -> int:
        """Units that can be painted by themselves."""
        tiles = self.thumbnail.tiles
        return int(tiles.shape[2 if self.thumbnail.kind == ThumbnailKind.VALUES else 0])

    def paint(self, painter: QPainter, box: QRectF) -> None:
        """All that there is, into a box of the thumbnail's size."""
        if self.thumbnail.kind == ThumbnailKind.VALUES:
            self._paint_bars(painter, box)
        elif self.thumbnail.kind == ThumbnailKind.LINE:
            self._paint_lines(painter, box, range(self.count))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, self._kept_tiles(box))

    def paint_sharp(self, painter: QPainter, box: QRectF) -> None:
        """As `paint`, drawn anew for a box that may be large."""
        if self.thumbnail.kind not in (ThumbnailKind.VALUES, ThumbnailKind.LINE):
            self._paint_tiles(painter, box)
        else:
            self.paint(painter, box)

    def _kept_tiles(self, box: QRectF) -> QImage:
        """All tiles as one picture: while one zooms, every node in sight is painted at every step."""
        if self._kept is None or self._kept[0] is not theme.colours or self._kept[1] != box.size():
            image = QImage((box.size() * KEPT).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(image)
            painter.scale(KEPT, KEPT)
            self._paint_tiles(painter, QRectF(QPointF(), box.size()))
            painter.end()
            self._kept = (theme.colours, box.size(), image)
        return self._kept[2]

    def paint_unit(self, painter: QPainter, unit: int, box: QRectF) -> None:
        """One unit, as small as it may be."""
        kind, tiles = self.thumbnail.kind, self.thumbnail.tiles
        if kind == ThumbnailKind.VALUES:
            painter.fillRect(box, QColor.fromRgb(self._table(unit)[int(tiles[0, 0, unit])]))
        elif kind == ThumbnailKind.LINE:
            painter.fillRect(box, QColor(theme.colours.node))
            self._paint_lines(painter, box, range(unit, unit + 1))
        else:
            _draw(painter, box, self._image(unit))
        _outline(painter, box)

    def _paint_tiles(self, painter: QPainter, box: QRectF) -> None:
        count, height, width = self.thumbnail.tiles.shape
        boxes = tile_boxes(box, count, width / height)
        for unit, part in enumerate(boxes):
            _draw(painter, part, self._image(unit))
            _outline(painter, part)

    def _image(self, unit: int) -> QImage:
        """A unit as a picture, in the colours of its language."""
        if self.thumbnail.kind == ThumbnailKind.PREDICTED:
            return _in_colours(prediction_colours(self.thumbnail.predicted, self.classes))
        return image_of(self.thumbnail.tiles[unit], self._table(unit))

    def _table(self, unit: int) -> list[int]:
        """The colours of a unit's bytes."""
        if self._class_of(unit) is None:
            return colour_table(self.signed, theme.colours)
        is_one_of_two = self.thumbnail.units == 1
        return class_table(self.thumbnail.classes[unit], is_one_of_two)

    def _class_of(self, unit: int) -> int | None:
        """The number of the class that a unit tells of, where that has a colour of its own."""
        of = self.thumbnail.classes
        return of[unit] if unit < len(of) and self.classes <= len(CLASSES) else None

    def _bar_colour(self, unit: int, value: int) -> QColor:
        """Of a bar for this byte."""
        number = self._class_of(unit)
        if number is None or not value:
            return bar_colour(value, self.signed)
        return QColor(theme.class_colour(number))

    def _paint_lines(self, painter: QPainter, box: QRectF, units: range) -> None:
        """Curves over the one input: blue above zero, orange below."""
        c, middle, reach = theme.colours, box.center().y(), box.height() / 2 - 1
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(c.border), 0))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        upper, lower = QRectF(box), QRectF(box)
        upper.setBottom(middle)
        lower.setTop(middle)
        for half, colour in ((upper, c.first), (lower, c.second)):
            painter.save()
            painter.setClipRect(half, Qt.ClipOperation.IntersectClip)
            painter.setPen(QPen(QColor(colour), min(1.6, box.height() / 12)))
            for unit in units:
                if (number := self._class_of(unit)) is not None:
                    painter.setPen(QPen(QColor(theme.class_colour(number)), painter.pen().widthF()))
                painter.drawPath(_curve(self.thumbnail.tiles[unit, 0], box, middle, reach))
            painter.restore()

    def _paint_bars(self, painter: QPainter, box: QRectF) -> None:
        """A bar for each unit, up from zero: the line in the middle, or the ground where none is below."""
        values, c = self.thumbnail.tiles[0, 0], theme.colours
        if len(values) <= WRITTEN:
            self._paint_rows(painter, box)
            return
        step = min(box.width() / len(values), BAR)
        ground = box.center().y() if self.signed else box.bottom()
        reach = box.height() / (2 if self.signed else 1) - 1
        pixels = step * painter.worldTransform().m11()
        across = step - 1 if step > 1 and pixels >= APART else step
        for i, value in enumerate(values):
            left, size = box.left() + i * step, (int(value) - ZERO) / 127 * reach
            bar = QRectF(left, ground - max(size, 0), across, max(abs(size), 0.75))
            if not value:
                bar = QRectF(left, box.top(), bar.width(), box.height())
            painter.fillRect(bar, self._bar_colour(i, int(value)))
            if pixels >= OUTLINED:
                _outline(painter, bar)
        painter.setPen(QPen(QColor(c.muted), 0))
        painter.drawLine(QPointF(box.left(), ground), QPointF(box.left() + step * len(values), ground))

    def _paint_rows(self, painter: QPainter, box: QRectF) -> None:
        """Few values: a bar for each beside its number, below each other."""
        c, values = theme.colours, self.thumbnail.tiles[0, 0]
        # As the data has it: what enters and what is predicted is scaled, which the bars show.
        told = self.thumbnail.told or self.thumbnail.values
        high, above, letters = self._row_height(box), self._name_height(box), self._letters(box)
        is_read = high >= LEAST_LETTERS and letters * painter.worldTransform().m11() >= LEAST_SEEN
        numbers = NUMBERS * letters / LETTERS if is_read else 0.0
        names = box.width() * NAMES if numbers and self.thumbnail.names and not above else 0.0
        numbers += names
        room = QRectF(box.left() + numbers, box.top(), box.width() - numbers, high)
        ground = room.center().x() if self.signed else room.left()
        reach = room.width() / (2 if self.signed else 1) - 1
        painter.setFont(canvas_font(letters))
        for i, value in enumerate(values):
            top, size = box.top() + i * (high + above) + above, (int(value) - ZERO) / 127 * reach
            bar = QRectF(ground + min(size, 0), top + 1, max(abs(size), 0.75), high - 2)
            if not value:
                bar = QRectF(room.left(), top + 1, room.width(), high - 2)
            painter.fillRect(bar, self._bar_colour(i, int(value)))
            _outline(painter, bar)
            if not numbers:
                # Beside large letters, and from afar, there is room for bars alone.
                continue
            if names or above:
                painter.setPen(QColor(c.muted))
                name = QRectF(box.left(), top - above, names or box.width(), above or high)
                _write_name(painter, name, self.thumbnail.short_names[i])
            painter.setPen(QColor(c.text))
            number = QRectF(box.left() + names, top, numbers - names - 6, high)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(number, side, short_number(float(told[i])))
        painter.setPen(QPen(QColor(c.muted), 0))
        for i in range(len(values)):
            top = box.top() + i * (high + above) + above
            painter.drawLine(QPointF(ground, top), QPointF(ground, top + high))

    def _row_height(self, box: QRectF) -> float:
        """Of each of few values, without a name above it."""
        return min(box.height() / self.count, HIGHEST * max(theme.text_scale, 1.0))

    def _letters(self, box: QRectF) -> int:
        """Height of those beside the bars of few values."""
        usual = round(LETTERS * max(theme.text_scale, 1.0))
        return min(usual, max(round(self._row_height(box)), LEAST_LETTERS))

    def _name_height(self, box: QRectF) -> float:
        """Of a line for a name above each value; 0 where all have room beside it, or none above."""
        high, names = self._row_height(box), self.thumbnail.short_names
        metrics = QFontMetricsF(canvas_font(self._letters(box)))
        is_long = any(metrics.horizontalAdvance(name) > box.width() * NAMES for name in names)
        return high if is_long and 2 * high * self.count <= box.height() else 0.0

    def told_at(self, position: QPointF, box: QRectF) -> str:
        """The unit under a point of the box that it was painted into, and its value; "" for none."""
        kind, values, names = self.thumbnail.kind, self.thumbnail.values, self.thumbnail.names
        if kind == ThumbnailKind.VALUES:
            parts = self._bar_boxes(box)
        elif kind == ThumbnailKind.PREDICTED:
            return PREDICTED if tile_boxes(box, 1, 1.0)[0].contains(position) else ""
        elif kind == ThumbnailKind.PLANE:
            count, height, width = self.thumbnail.tiles.shape
            parts = tile_boxes(box, count, width / height)
        else:
            return ""
        unit = next((i for i, part in enumerate(parts) if part.contains(position)), None)
        if unit is None:
            return ""
        name = names[unit] if unit < len(names) else f"Unit {unit + 1}"
        if unit >= len(values):
            return name
        number, own = short_number(float(values[unit])), self.thumbnail.told
        said = f"{short_number(own[unit])}, scaled {number}," if own else number
        return f"{name}: {said} for one sample"

    def _bar_boxes(self, box: QRectF) -> list[QRectF]:
        """The whole room of each bar, or of each line of few values."""
        count = self.count
        if count <= WRITTEN:
            high = self._row_height(box) + self._name_height(box)
            return [QRectF(box.left(), box.top() + i * high, box.width(), high) for i in range(count)]
        step = min(box.width() / count, BAR)
        return [QRectF(box.left() + i * step, box.top(), step, box.height()) for i in range(count)]


def _write_name(painter: QPainter, box: QRectF, name: str) -> None:
    metrics = painter.fontMetrics()
    short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)


def short_number(value: float) -> str:
    """A number in at most LONGEST characters, so that none is cut off: fewer digits where it is small."""
    ways = [f"{value:.0f}"] if 1000 <= abs(value) < 1e6 else []
    ways += [f"{value:.{digits}g}" for digits in (3, 2, 1)]
    return next((text for text in ways if len(text) <= LONGEST), f"{value:.0e}")


def tile_boxes(box: QRectF, count: int, aspect: float) -> list[QRectF]:
    """Boxes of ``count`` tiles in one row or two, whichever makes them larger; width over height is kept."""

    def height(rows: int) -> float:
        across = -(-count // rows)
        high = (box.height() - (rows - 1) * GAP) / rows
        return float(min(high, (box.width() - (across - 1) * GAP) / across / aspect))

    rows = 1 if count < 2 or height(1) >= height(2) else 2
    across, high = -(-count // rows), height(rows)
    step = QPointF(high * aspect + GAP, high + GAP)
    return [
        QRectF(box.left() + i % across * step.x(), box.top() + i // across * step.y(), high * aspect, high)
        for i in range(count)
    ]


def image_of(tile: np.ndarray, colours: list[int]) -> QImage:
    """A tile (height, width) of bytes, each in one of 256 colours."""
    tile = np.ascontiguousarray(tile)
    height, width = tile.shape
    # A copy: QImage does not keep the array alive.
    image = QImage(tile.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(colours)
    return image


def _in_colours(colours: np.ndarray) -> QImage:
    """A picture of colours (height, width, 3) uint8."""
    height, width, parts = colours.shape
    return QImage(colours.tobytes(), width, height, width * parts, QImage.Format.Format_RGB888).copy()


def bar_colour(value: int, signed: bool) -> QColor:
    """The colour of a bar on a node: as in `colour_table`, but never so near the node's that it is lost."""
    return QColor.fromRgb(_bar_table(signed, theme.colours)[value])


@cache
def _bar_table(signed: bool, colours: Colours) -> list[int]:
    """As `colour_table`: a colour that is too near the node's goes on to its end, or to that of text."""
    rows, node = colour_table(signed, colours), QColor(colours.node)
    towards = QColor(colours.text)
    seen = []
    for value, row in enumerate(rows):
        if signed:
            towards = QColor(colours.first if value >= ZERO else colours.second)
        steps = (mixed(QColor.fromRgb(row), towards, share) for share in np.linspace(0, 1, 41))
        seen.append(next((c for c in steps if contrast(c, node) >= SEEN), towards).rgb())
    return seen


@cache
def colour_table(signed: bool, colours: Colours) -> list[int]:
    """256 colours: 0 where there is no number; 128 is zero, below it what is negative, above what is not."""
    if signed:
        ends = [QColor(colours.second), QColor(colours.node), QColor(colours.first)]
        stops = np.array([[c.red(), c.green(), c.blue()] for c in ends], float)
        at = np.linspace(-1, 1, 255)
        rows = np.stack([np.interp(at, [-1, 0, 1], stops[:, k]) for k in range(3)], 1)
    else:
        above = pg.colormap.get("viridis").getLookupTable(nPts=128)[:, :3]
        rows = np.concatenate([np.repeat(above[:1], 127, 0), above])
    return [QColor(colours.error).rgb(), *[qRgb(int(r), int(g), int(b)) for r, g, b in rows]]


def _draw(painter: QPainter, box: QRectF, image: QImage) -> None:
    # Enlarged far, single values are what is to be seen.
    smooth = box.width() < 4 * image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(box, image)


def _outline(painter: QPainter, box: QRectF) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.colours.border), 0))
    painter.drawRect(box)


def _curve(values: np.ndarray, box: QRectF, middle: float, reach: float) -> QPainterPath:
    """Bytes as a curve about the middle; it breaks where there is no number."""
    path, pen_down = QPainterPath(), False
    step = box.width() / max(len(values) - 1, 1)
    for i, value in enumerate(values):
        point = QPointF(box.left() + i * step, middle - (int(value) - ZERO) / 127 * reach)
        if value:
            path.lineTo(point) if pen_down else path.moveTo(point)
        pen_down = bool(value)
    return path


def draw_grid(painter: QPainter, rect: QRectF, zoom: float) -> None:
    """The ground of the canvas, with dots that never stand closer than can be told apart."""
    painter.fillRect(rect, QColor(theme.colours.canvas))
    step = GRID * 2
    while step * zoom < 14:
        step *= 2
    painter.setPen(QPen(QColor(theme.colours.grid), 2 / zoom))
    left, top = int(rect.left() // step), int(rect.top() // step)
    points = [
        QPointF(x * step, y * step)
        for x in range(left, int(rect.right() // step) + 1)
        for y in range(top, int(rect.bottom() // step) + 1)
    ]
    painter.drawPoints(points)
