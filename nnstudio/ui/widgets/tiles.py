"""Pictures of one size beside and below each other."""

from __future__ import annotations


def columns_for(count: int, width: float, height: float, room: float) -> int:
    """In how many columns ``count`` tiles of a width and height are the largest.

    ``room`` is the width of what they stand in over its height. At least one.
    """

    def scale(columns: int) -> float:
        lines = -(-count // columns)
        return min(room / (columns * width), 1 / (lines * height))

    return max(range(1, count + 1), key=scale, default=1)
