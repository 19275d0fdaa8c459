"""What stands below the bars of units: their numbers, or their names as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

# Units that have names are named up to so many; so many numbers stand below bars at the most.
MOST_NAMED, MOST_TICKS = 16, 9


def unit_ticks(count: int) -> list[tuple[float, str]]:
    """Where numbers stand below bars: at the first and at round ones up to ``count``."""
    steps = (base * 10**power for power in range(9) for base in (1, 2, 5))
    step = next(step for step in steps if count <= step * MOST_TICKS)
    return [(float(unit), f"{unit:,}") for unit in sorted({1, *range(step, count + 1, step)})]


def name_ticks(names: Sequence[str], width: float) -> list[tuple[float, str]]:
    """Names below bars of so many pixels, shortened in their middle to fit, or each of their words where they
    would look alike.
    """
    metrics, cut, room = QFontMetricsF(QApplication.font()), Qt.TextElideMode.ElideMiddle, width * 0.9
    short = [metrics.elidedText(name, cut, room) for name in names]
    if len(set(short)) < len(set(names)):
        short = [_short_words(name, room, metrics) for name in names]
    return list(enumerate(short, 1))


def _short_words(name: str, room: float, metrics: QFontMetricsF) -> str:
    """The beginnings of a name's words, as long as there is room for: "sep len" of "sepal length"."""
    words = name.split()
    for letters in range(max(map(len, words), default=0), 1, -1):
        short = " ".join(word[:letters] for word in words)
        if metrics.horizontalAdvance(short) <= room:
            return short
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
