"""An axis of rows, called by their dates where they have some."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pyqtgraph as pg

# Pixels that a name takes, with some between.
NAME_WIDTH = 80


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """``call`` tells what a row is called; between and beyond the rows nothing is written."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.enableAutoSIPrefix(False)
        self._call: Callable[[int], str] | None = None
        self._rows = self._season = 0

    def show_rows(self, rows: int, call: Callable[[int], str], season: int = 0) -> None:
        """Write these names below so many rows, counted from 0, and below the same row of a season."""
        self._rows, self._call, self._season = rows, call, season
        self.picture = None
        self.update()

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        spacing: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
        apart = (maxVal - minVal) * NAME_WIDTH / max(size, 1.0)
        if self._season < 2 or apart * 2 < self._season:
            return spacing
        return [(float(self._season * math.ceil(apart / self._season)), 0.0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self._call is None:
            return []
        whole = [
            round(v) if abs(v - round(v)) < 1e-6 and 0 <= round(v) < self._rows else None for v in values
        ]
        return ["" if row is None else self._call(row) for row in whole]
