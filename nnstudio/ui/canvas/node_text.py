"""The words in a node: its name, what kind it is with the options that matter, its shape and parameters.

Tells where they stand, too: lines grow with the text size that is chosen, and leave the rest to the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from nnkernels.spec import Layer, Role, show_shape
from nnstudio.model.arrange import WIDTH
from nnstudio.model.graph import Node
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.canvas.group_mark import words
from nnstudio.ui.canvas.lettering import line_font, scale_at, write_line
from nnstudio.ui.widgets.theme import theme

# Heights of letters.
LARGE, SMALL = 12, 11
# Options that say how much a layer lets through.
WIDTHS = ("units", "filters")
# Left edge of the text and of the picture, the room that they leave on the right, and their lower edge.
LEFT, RIGHT, BOTTOM = 14.0, 10.0, 81.0
# Height of a line at the usual text size, what it grows by for each multiple of that, and its upper edge.
LINE, LINE_GROWTH, TOP = 17.0, 11.0, 5.0
# Between the two texts of a line.
BETWEEN = 6.0
# What letters of a name keep of their height where a count stands beside it.
YIELDED = 0.88


@dataclass(frozen=True)
class Rows:
    """Boxes in a node: two lines, what both take together, and the picture below them."""

    first: QRectF
    second: QRectF
    both: QRectF
    picture: QRectF

    def beside(self, width: float) -> Rows:
        """With lines that leave so much free on their right."""
        lines = [line.adjusted(0, 0, -width, 0) for line in (self.first, self.second, self.both)]
        return Rows(lines[0], lines[1], lines[2], self.picture)


@lru_cache(maxsize=64)
def rows_at(scale: float) -> Rows:
    """Where they are at a text size, as a multiple of the usual one."""
    grown, width = max(scale - 1.0, 0.0), WIDTH - LEFT - RIGHT
    line, top = LINE + grown * LINE_GROWTH, TOP - 2 * grown
    below = top + 2 * line + 2
    return Rows(
        QRectF(LEFT, top, width, line),
        QRectF(LEFT, top + line, width, line),
        QRectF(LEFT, top - 2, width, 2 * line + 2),
        QRectF(LEFT, below, width, BOTTOM - below),
    )


def rows(zoom: float = 1.0) -> Rows:
    """Where they are now, in a node that is seen at a zoom at which its text is written."""
    return rows_at(scale_at(zoom))


def paint_text(
    painter: QPainter,
    node: Node,
    layer: Layer,
    facts: NodeFacts,
    zoom: float = 1.0,
    headline: str = "",
    beside: float = 0.0,
) -> None:
    """Name and parameters in the first line, kind or ``headline`` and shape in the second; parameters that
    have no room there behind the kind. ``beside``: the width that lines leave to a picture beside them.
    """
    c, right, scale = theme.colours, Qt.AlignmentFlag.AlignRight, scale_at(zoom)
    both = rows(zoom).beside(beside)
    shape = show_shape(facts.shape) if facts.shape else "?"
    count = f"{_short_count(facts.parameters)} par." if facts.parameters else ""
    bold, has_room = _name_letters(node.name, count, both.first, scale)
    parts = list(filter(None, (headline or subtitle(node, layer)).split(" · ")))
    below = "" if has_room or headline else count
    kind = _fitting(parts, below, both.second.width() - BETWEEN, shape, scale)
    # Both texts of the second line have letters of one size.
    room = both.second.adjusted(0, 0, -BETWEEN, 0)
    small = line_font(kind + shape, room, SMALL, False, scale)
    metrics = QFontMetricsF(small)
    painter.setPen(QColor(c.text))
    write_line(painter, both.first, node.name, bold)
    painter.setPen(QColor(c.muted))
    if count and has_room:
        left = both.first.adjusted(QFontMetricsF(bold).horizontalAdvance(node.name) + BETWEEN, 0, 0, 0)
        letters = line_font(count, left, SMALL, False, scale)
        letters = small if letters.pixelSize() > small.pixelSize() else letters
        write_line(painter, both.first, count, letters, right)
    write_line(painter, both.second, shape, small, right)
    taken = metrics.horizontalAdvance(shape) + BETWEEN
    if headline:
        painter.setPen(QColor(c.text))
    write_line(painter, both.second.adjusted(0, 0, -taken, 0), kind, small)


def _name_letters(name: str, count: str, line: QRectF, scale: float) -> tuple[QFont, bool]:
    """The letters of a name, and whether the count has room beside it: a name is not cut for it, and has
    letters that are little smaller.
    """
    best = line_font(name, line, LARGE, True, scale)
    smallest = line_font(count, QRectF(0, 0, 0, line.height()), SMALL, False, scale)
    taken = QFontMetricsF(smallest).horizontalAdvance(count) + BETWEEN
    left = line.adjusted(0, 0, -taken, 0)
    smaller = line_font(name, left, LARGE, True, scale)
    has_room = QFontMetricsF(smaller).horizontalAdvance(name) <= left.width()
    if count and has_room and smaller.pixelSize() >= best.pixelSize() * YIELDED:
        return smaller, True
    return best, False


def _fitting(parts: list[str], count: str, width: float, shape: str, scale: float) -> str:
    """As many whole parts of the kind as have room beside the shape, the first of them in any case: of a part
    that is cut, nobody can tell which number it was. A ``count`` that stands behind them goes first.
    """
    kept = [count] if count else []
    while len(parts) + len(kept) > 1:
        told = " · ".join([*parts, *kept])
        line = QRectF(0, 0, width, rows_at(scale).second.height())
        font = line_font(told + shape, line, SMALL, False, scale)
        if QFontMetricsF(font).horizontalAdvance(told + shape) <= width:
            break
        parts = parts[:-1]
    return " · ".join([*parts, *kept])


def subtitle(node: Node, layer: Layer) -> str:
    """Kind and the options that matter."""
    parts = [] if node.name.startswith(layer.title) else [layer.title]
    options = {**layer.defaults(), **node.options}
    for option in layer.options:
        if option.name in layer.shown and option.matters(options):
            parts.append(_phrase(option.name, options[option.name]))
    if not parts and layer.role == Role.LAYER:
        parts = [layer.category.removesuffix("s")]
    if groups := words(node, layer):
        # An Output is known by its shape.
        parts = groups if layer.role == Role.OUTPUT else [*parts, *groups]
    return " · ".join(parts)


def size_of(node: Node, layer: Layer) -> str:
    """How many units or filters it has, such as "2 units", by which a bottleneck is seen; "" for others."""
    options = {**layer.defaults(), **node.options}
    return next((_phrase(name, options[name]) for name in WIDTHS if name in layer.shown), "")


def _phrase(name: str, value: object) -> str:
    """An option in a few letters: "8 units", "3×3", "rate 0.5"."""
    if name.endswith("_size"):
        return f"{value}×{value}"
    if isinstance(value, int):
        return f"{value:,} {name.removesuffix('s') if value == 1 else name}"
    return f"{name} {value}"


def _short_count(count: int) -> str:
    """A count that fits: 640, then 4.6k, then 13k, then 1.2M."""
    if count < 1000:
        return str(count)
    if count < 999_500:
        return f"{count / 1000:.1f}k" if count < 9950 else f"{count / 1000:.0f}k"
    return f"{count / 1e6:.1f}M"
