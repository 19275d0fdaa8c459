"""Tiles are as large as their room lets them be."""

from __future__ import annotations

import pytest

from nnstudio.ui.widgets.tiles import columns_for


@pytest.mark.parametrize("room", [0.2, 1.0, 1.7, 4.0])
@pytest.mark.parametrize("count", [1, 5, 10, 16])
def test_no_other_number_of_columns_makes_them_larger(count, room):
    width, height = 3.0, 2.0

    def largest(columns: int) -> float:
        """By which factor a tile can grow until one side of the room is full."""
        lines = next(n for n in range(1, count + 1) if n * columns >= count)
        return min(100 * room / (columns * width), 100 / (lines * height))

    chosen = columns_for(count, width, height, room)
    assert largest(chosen) == max(largest(columns) for columns in range(1, count + 1))


def test_nothing_stands_in_one_column():
    assert columns_for(0, 3.0, 2.0, 1.0) == 1
