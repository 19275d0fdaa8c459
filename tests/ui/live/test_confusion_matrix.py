"""The confusion matrix is seen whole in a small panel, and its shares do not round to all."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetricsF

from nnstudio.ui.live.confusion_matrix import PRECISION, SMALLEST, grid_of, percent

DIGITS = tuple("0123456789")


@pytest.mark.parametrize("names", [DIGITS, tuple(f"a long name of class {i}" for i in DIGITS)])
def test_ten_classes_are_seen_whole_in_the_smallest_panel(qapp, names):
    size = QSize(250, 145)
    grid = grid_of(size, QFont(), names, 48)
    metrics = QFontMetricsF(grid.font)
    assert grid.font.pixelSize() >= SMALLEST and grid.down >= SMALLEST
    assert grid.across >= metrics.horizontalAdvance("48")
    assert grid.cells.right() + metrics.horizontalAdvance("100") < size.width()
    assert round(grid.cells.bottom() + grid.line) <= size.height()
    assert grid.cells.left() > metrics.horizontalAdvance(PRECISION)


def test_where_there_is_room_letters_are_large_and_names_lie(qapp):
    grid = grid_of(QSize(600, 400), QFont(), ("setosa", "versicolor", "virginica"), 50)
    assert grid.font.pixelSize() > SMALLEST and not grid.upright
    assert grid.at(grid.cell(2, 1).center()) == (2, 1)
    assert grid.at(grid.cell(3, 1).center()) is None


def test_only_all_is_a_hundred_and_only_none_is_nothing():
    assert [percent(v) for v in (1.0, 0.999, 0.5, 0.001, 0.0, np.nan)] == ["100", "99", "50", "1", "0", "-"]
