"""The inside of a node that is zoomed into: its units with their weighted links, or filters and maps.

Coordinates are the node's. Of more units, or inputs, than `TILES` only the first are shown, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nnstudio.explain.thumbnails import TILES, ZERO, Inside, ThumbnailKind
from nnstudio.model.arrange import WIDTH
from nnstudio.model.quantity import in_digits
from nnstudio.ui.canvas.painting import Picture, colour_table, image_of
from nnstudio.ui.widgets.theme import canvas_font, theme

# From this zoom on a node shows what is in it.
OPEN = 1.5
# Where it does; the lines of a Dense run from the left edge of it to its units on the right.
BOX = QRectF(14, 25, WIDTH - 24, 57)
# Largest edge of a unit, and the part of a filter's and a map's height in the box of a convolution.
UNIT, SHARE = 15.0, 0.42
# Widths of the lines of the smallest and of the largest weight, and how near to one the pointer must be.
THIN, THICK, NEAR = 0.15, 1.7, 4.0
# How visible a line is where another unit is selected.
DIMMED = 0.12
GAP = 4.0
# Heights of the letters in which units are named; smaller ones cannot be read.
LEAST_NAME, LARGEST_NAME = 5.0, 9.0
# Between columns and rows of filters and maps.
COLUMN_GAP, ROW_GAP = 2.0, 2.0
# What is shown as it is, not unit by unit.
WHOLE = (ThumbnailKind.PICTURE, ThumbnailKind.PREDICTED)
DRAG = "Drag up or down to change it."
# The coloured stripe at the left of a node.
STRIPE = 6.0


@dataclass(frozen=True)
class Part:
    """What is under the pointer: ``text`` tells it; ``unit`` is None in a filter.

    ``at`` is where the values that are shown hold a weight, and ``index`` its flat index in the node's array;
    () and -1 for none.
    """

    text: str
    unit: int | None = None
    at: tuple[int, ...] = ()
    index: int = -1


def shown(picture: Picture | None) -> int:
    """How many units a node shows one by one; 0 where it has none that could be linked."""
    if picture is None or picture.thumbnail.kind in WHOLE:
        return 0
    return min(picture.count, TILES)


def entering(picture: Picture | None, inside: Inside | None) -> int:
    """How many single links a node takes in."""
    return inside.values.shape[0] if inside is not None and inside.values.ndim == 2 else shown(picture)


def heights(count: int) -> list[float]:
    """Where so many units or links lie, from the top."""
    return [BOX.top() + BOX.height() * (i + 0.5) / count for i in range(count)]


def unit_boxes(count: int) -> list[QRectF]:
    """The units of a node, at its right."""
    edge = min(BOX.height() / max(count, 1) * 0.9, UNIT)
    return [QRectF(BOX.right() - edge, y - edge / 2, edge, edge) for y in heights(count)]


def summary(picture: Picture, inside: Inside | None) -> str:
    """How much of all there is is shown; "" where it is all."""
    thumbnail, parts = picture.thumbnail, []
    if inside is not None and inside.values.ndim == 2 and inside.values.size < np.prod(inside.shape):
        parts.append(f"{inside.values.size} of {np.prod(inside.shape):,} weights")
    if inside is not None and inside.values.ndim == 3 and inside.shape[2] > 1:
        parts.append(f"filters at channel 1 of {inside.shape[2]}")
    said = thumbnail.left_out
    if thumbnail.kind == ThumbnailKind.VALUES and thumbnail.units > TILES:
        # A strip holds more than can be shown one by one.
        said = f"{TILES} of {thumbnail.units:,} units"
    return ", ".join(filter(None, [said, *parts]))


def paint(
    painter: QPainter, picture: Picture, inside: Inside | None, unit: int | None, sides: tuple[bool, bool]
) -> bool:
    """Paint the inside, with the links of ``unit`` before others; False without weights and maps.

    ``sides``: whether links come in and go out.
    """
    if picture.thumbnail.kind in WHOLE:
        _paint_pictures(painter, picture, inside)
        return True
    boxes = unit_boxes(shown(picture))
    # Links end at the edges of the node.
    painter.setPen(QPen(QColor(theme.colours.link), 0.7))
    for y in heights(entering(picture, inside)) if sides[0] else ():
        painter.drawLine(QPointF(STRIPE, y), QPointF(BOX.left(), y))
    for box in boxes if sides[1] else ():
        painter.drawLine(QPointF(box.right(), box.center().y()), QPointF(WIDTH, box.center().y()))
    if inside is not None and inside.values.ndim == 2:
        _paint_weights(painter, inside.values, boxes, unit)
    if inside is None:
        _write_names(painter, picture, boxes)
    for i, box in enumerate(boxes):
        picture.paint_unit(painter, i, box)
        if i == unit:
            painter.setPen(QPen(QColor(theme.colours.accent), 0.8))
            painter.drawRect(box.adjusted(-0.6, -0.6, 0.6, 0.6))
    return inside is not None or bool(picture.thumbnail.names)


def _write_names(painter: QPainter, picture: Picture, boxes: list[QRectF]) -> None:
    """What units are called, beside them, as far as they stand apart."""
    for name, box in zip(picture.thumbnail.names, boxes, strict=False):
        high = BOX.height() / len(boxes)
        if high < LEAST_NAME:
            return
        painter.setFont(canvas_font(round(min(high * 0.8, LARGEST_NAME))))
        painter.setPen(QColor(theme.colours.text))
        room = QRectF(BOX.left(), box.center().y() - high / 2, box.left() - 4 - BOX.left(), high)
        short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)


def _paint_weights(painter: QPainter, values: np.ndarray, boxes: list[QRectF], unit: int | None) -> None:
    largest = _largest(values)
    sources = heights(values.shape[0])
    # Large ones last: they are what counts.
    for flat in np.argsort(np.abs(np.nan_to_num(values)), axis=None):
        i, j = divmod(int(flat), values.shape[1])
        if j >= len(boxes):
            continue
        value = float(values[i, j])
        share = min(abs(value) / largest, 1.0) if np.isfinite(value) else 1.0
        colour = weight_colour(value)
        colour.setAlphaF((0.25 + 0.75 * share) * (1.0 if unit in (None, j) else DIMMED))
        painter.setPen(QPen(colour, THIN + (THICK - THIN) * share))
        painter.drawLine(QPointF(BOX.left(), sources[i]), QPointF(boxes[j].left(), boxes[j].center().y()))


def weight_colour(value: float) -> QColor:
    """Blue above zero, orange below, and that of errors for what is no number."""
    c = theme.colours
    return QColor(c.error if not np.isfinite(value) else c.first if value >= 0 else c.second)


def _paint_pictures(painter: QPainter, picture: Picture, inside: Inside | None) -> None:
    if inside is None or inside.values.ndim != 3:
        picture.paint_sharp(painter, BOX)
        return
    filters, maps = picture_boxes(picture, inside)
    for tile, box in zip(filter_tiles(inside.values), filters, strict=True):
        painter.drawImage(box, image_of(tile, colour_table(True, theme.colours)))
        painter.setPen(QPen(QColor(theme.colours.border), 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
    for unit, box in enumerate(maps):
        picture.paint_unit(painter, unit, box)


def picture_boxes(picture: Picture, inside: Inside) -> tuple[list[QRectF], list[QRectF]]:
    """Boxes of the filters, and of the maps: each map in the middle below its filter."""
    upper, lower = QRectF(BOX), QRectF(BOX)
    upper.setHeight(BOX.height() * SHARE)
    lower.setTop(upper.bottom() + GAP)
    count = max(len(inside.values), len(picture.thumbnail.tiles), 1)
    shapes = (inside.values.shape[1:], picture.thumbnail.tiles.shape[1:])
    # In two rows where that makes the maps larger.
    rows = max((1, 2), key=lambda n: (column_tiles(lower, count, shapes[1], n)[0].height(), -n))
    filters, maps = (
        column_tiles(box, count, shape, rows) for box, shape in zip((upper, lower), shapes, strict=True)
    )
    return filters[: len(inside.values)], maps[: len(picture.thumbnail.tiles)]


def column_tiles(box: QRectF, count: int, shape: tuple[int, ...], rows: int) -> list[QRectF]:
    """Boxes of so many tiles (height, width) in the middle of columns that fill the box."""
    across, aspect = -(-count // rows), shape[1] / shape[0]
    pitch, down = box.width() / across, (box.height() - (rows - 1) * ROW_GAP) / rows
    high = min(down, (pitch - COLUMN_GAP) / aspect)
    return [
        QRectF(
            box.left() + (i % across + 0.5) * pitch - high * aspect / 2,
            box.top() + i // across * (down + ROW_GAP), high * aspect, high,
        )
        for i in range(count)
    ]  # fmt: skip


def filter_tiles(values: np.ndarray) -> np.ndarray:
    """Filters (count, height, width) as bytes over their common range, 128 for zero, 0 for no number."""
    good = np.isfinite(values)
    scaled = np.rint(ZERO + 127 * np.where(good, values, 0) / _largest(values))
    tiles: np.ndarray = np.where(good, np.clip(scaled, 1, 255), 0).astype(np.uint8)
    return tiles


def _largest(values: np.ndarray) -> float:
    sizes = np.abs(values[np.isfinite(values)])
    return float(sizes.max()) if sizes.size and sizes.max() > 0 else 1.0


def part_at(position: QPointF, picture: Picture, inside: Inside | None, zoom: float) -> Part | None:
    """What lies under a point of the node, or None."""
    if picture.thumbnail.kind in WHOLE:
        return _cell_at(position, picture, inside)
    boxes = unit_boxes(shown(picture))
    for i, box in enumerate(boxes):
        if box.contains(position):
            has_weights = inside is not None and inside.values.ndim == 2
            more = " Click to see only its weights." if has_weights else ""
            text = f"{_called(picture, i)}{_value(picture, i)}.{more}"
            return Part(text, i if has_weights else None)
    if inside is None or inside.values.ndim != 2 or not BOX.contains(position) or not boxes:
        return None
    starts = np.array(heights(inside.values.shape[0]))[:, None]
    ends = np.array([box.center().y() for box in boxes])[None, : inside.values.shape[1]]
    share = (position.x() - BOX.left()) / (boxes[0].left() - BOX.left())
    off = np.abs(starts + (ends - starts) * share - position.y())
    i, j = divmod(int(off.argmin()), off.shape[1])
    if share > 1 or off[i, j] > NEAR / zoom:
        return None
    value, index = float(inside.values[i, j]), int(inside.indices[i, j])
    text = f"Weight from input {i + 1} to unit {j + 1}: {in_digits(value)}. {DRAG}"
    return Part(text, j, (i, j), index)


def _called(picture: Picture, unit: int) -> str:
    names = picture.thumbnail.names
    return f"Unit {unit + 1}, {names[unit]}" if unit < len(names) else f"Unit {unit + 1}"


def _value(picture: Picture, unit: int) -> str:
    values = picture.thumbnail.values
    return f": {in_digits(values[unit])} for one sample" if unit < len(values) else ""


def _cell_at(position: QPointF, picture: Picture, inside: Inside | None) -> Part | None:
    """The number in a filter."""
    if inside is None or inside.values.ndim != 3:
        return None
    _, height, width = inside.values.shape
    for k, box in enumerate(picture_boxes(picture, inside)[0]):
        if box.contains(position):
            row = min(int((position.y() - box.top()) / box.height() * height), height - 1)
            column = min(int((position.x() - box.left()) / box.width() * width), width - 1)
            value, index = float(inside.values[k, row, column]), int(inside.indices[k, row, column])
            at = f"row {row + 1}, column {column + 1}"
            return Part(
                f"Filter {k + 1} at channel 1, {at}: {in_digits(value)}. {DRAG}",
                None,
                (k, row, column),
                index,
            )
    return None
