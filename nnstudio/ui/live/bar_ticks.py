"""What stands below the bars of units: their numbers, or their names as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from nnstudio.data.dataset import Dataset
from nnstudio.data.table_unit import is_in_other_form
from nnstudio.model.quantity import in_digits

# Units that have names are named up to so many; so many numbers stand below bars at the most.
MOST_NAMED, MOST_TICKS = 16, 9
# Of bars of targets.
SCALED = "scaled as for training"
# Pixels between two names.
APART = 6


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


def highest_ticks(names: Sequence[str], heights: np.ndarray, width: float) -> list[tuple[float, str]]:
    """The names of the highest of many bars of so many pixels each, as far as they stand apart: up to
    MOST_TICKS, in the order of the bars.
    """
    metrics, taken = QFontMetricsF(QApplication.font()), list[tuple[float, float, int]]()
    for bar in np.argsort(-np.nan_to_num(heights), kind="stable"):
        half = (metrics.horizontalAdvance(names[bar]) + APART) / 2
        left, right = bar * width - half, bar * width + half
        if all(right <= other or left >= end for other, end, _bar in taken):
            taken.append((left, right, int(bar)))
        if len(taken) == MOST_TICKS:
            break
    return [(float(bar + 1), names[bar]) for _left, _right, bar in sorted(taken)]


def told_axes(values: np.ndarray, classes: Sequence[str], is_end: bool) -> str:
    """What lies across and down in the picture of a sequence, (steps, features), at the end of
    a network or before it; "" of anything else.
    """
    if values.ndim != 2 or min(values.shape) < 2:
        return ""
    steps, features = values.shape
    what = "classes" if is_end and len(classes) == features else "features"
    return f"across: {steps:,} steps, down: {features:,} {what}"


def _short_words(name: str, room: float, metrics: QFontMetricsF) -> str:
    """The beginnings of a name's words, as long as there is room for: "sep len" of "sepal length"."""
    words = name.split()
    for letters in range(max(map(len, words), default=0), 1, -1):
        short = " ".join(word[:letters] for word in words)
        if metrics.horizontalAdvance(short) <= room:
            return short
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)


def are_scaled(data: Dataset | None) -> bool:
    """Whether bars of targets are not in the targets' own unit, in which the caption tells them."""
    if data is None or data.classes:
        return False
    return bool(np.any(data.y_shift) or np.any(np.not_equal(data.y_scale, 1)))


def bars_told(values: np.ndarray, names: Sequence[str], data: Dataset | None) -> str:
    """What the bars of targets are, where they are not the numbers that a caption tells; else ""."""
    if (
        data is None
        or tuple(names) != tuple(data.targets)
        or not (are_scaled(data) or is_in_other_form(data))
    ):
        return ""
    what = SCALED if are_scaled(data) else "as the network predicts"
    if len(names) > 1:
        return f"bars: {what}"
    return escape(f"bar: {in_digits(float(values.ravel()[0]), 3)}, {names[0]}, {what}")
