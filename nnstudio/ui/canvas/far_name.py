"""The name of a node that is seen from afar: as large as its card allows, in one line or two."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from nnstudio.ui.canvas.lettering import wanted
from nnstudio.ui.widgets.theme import canvas_font

# Heights of letters on the screen, from the one that is wanted to the smallest that can be read.
BEST, LEAST = 13, 8
LINES = 2
# Letters of a usual name, and the width of a bold letter as a share of its height.
USUAL_NAME, LETTER = 9, 0.62
# Of a box's height, what the letters of one line may take.
OF_HEIGHT = 0.88
# Pixels by which letters may be larger than those of a neighbour: more looks as if it meant something.
LARGER = 1
# A card that is narrower on the screen has no room for letters, and thousands may be in sight then.
LEAST_CARD = 34.0
# Pixels of the screen that a name and a size below it need, and the share of the name.
ROOM_FOR_SIZE, UPPER = 23.0, 0.56
# Height of the letters of the size on the screen.
SIZE_LETTERS = 9


def paint_name(
    painter: QPainter, name: str, box: QRectF, zoom: float, most: int = BEST, longest: str = ""
) -> None:
    """Write a name into a box of the scene, in letters of ``most`` pixels or less; cut off with "…" where it
    fits at no size. They are little larger than those of the ``longest`` name beside it.
    """
    room = round(box.width() * zoom), round(box.height() * zoom)
    # No larger than a usual name has room for: names of neighbours would have very different sizes.
    best = min(wanted(most), max(most, int(room[0] / (USUAL_NAME * LETTER))))
    best = max(min(best, int(room[1] * OF_HEIGHT)), LEAST)
    if longest:
        best = min(best, fitted(longest, *room, best)[0] + LARGER)
    pixels, lines = fitted(name, *room, best)
    painter.save()
    # In pixels of the screen: letters have whole sizes only, and are sharp there.
    painter.translate(box.topLeft())
    painter.scale(1 / zoom, 1 / zoom)
    painter.setFont(canvas_font(pixels, True))
    on_screen = QRectF(0, 0, box.width() * zoom, box.height() * zoom)
    painter.drawText(on_screen, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))
    painter.restore()


def paint_far(painter: QPainter, name: str, size: str, box: QRectF, zoom: float, longest: str = "") -> None:
    """Write a name, and below it how large the node is, where the box has room for both."""
    if not size or box.height() * zoom < ROOM_FOR_SIZE:
        paint_name(painter, name, box, zoom, BEST, longest)
        return
    upper, lower = QRectF(box), QRectF(box)
    upper.setHeight(box.height() * UPPER)
    lower.setTop(upper.bottom())
    paint_name(painter, name, upper, zoom, BEST, longest)
    paint_name(painter, size, lower, zoom, SIZE_LETTERS)


@lru_cache(maxsize=4096)
def fitted(name: str, width: int, height: int, best: int = BEST) -> tuple[int, tuple[str, ...]]:
    """Height of letters, ``best`` at the most, and the lines in which a name fits into so many pixels of the
    screen.
    """
    for pixels in range(best, LEAST - 1, -1):
        metrics = QFontMetricsF(canvas_font(pixels, True))
        lines = _broken(name, metrics, width)
        fits = all(metrics.horizontalAdvance(line) <= width for line in lines)
        if fits and len(lines) <= LINES and len(lines) * metrics.height() <= max(height, metrics.height()):
            return pixels, lines
    return LEAST, (_cut(name, QFontMetricsF(canvas_font(LEAST, True)), width),)


def _cut(name: str, metrics: QFontMetricsF, width: int) -> str:
    """A name that is shortened: its number stays, by which it differs from its neighbours."""
    begin, _, number = name.rpartition(" ")
    end = f" {number}" if begin and number.isdigit() else ""
    room = width - metrics.horizontalAdvance(end)
    short = metrics.elidedText(begin if end else name, Qt.TextElideMode.ElideRight, room)
    return f"{short}{end}"


def _broken(name: str, metrics: QFontMetricsF, width: int) -> tuple[str, ...]:
    """A name in as few lines as its words allow; a word that is too long stays whole."""
    lines = [""]
    for word in re.findall(r"[^\s_-]*[\s_-]*", name):
        if lines[-1] and metrics.horizontalAdvance((lines[-1] + word).rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return tuple(line.strip() for line in lines)
