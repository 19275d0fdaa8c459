"""An axis of rows, called by their dates where they have some."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

# Pixels of a name of which nothing is known, and between two names.
NAME_WIDTH, BETWEEN = 80, 12


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
        apart = (maxVal - minVal) * self._name_width() / max(size, 1.0)
        if self._season > 1 and apart * 2 >= self._season:
            return [(float(self._season * math.ceil(apart / self._season)), 0.0)]
        # Names that touch would read as one.
        roomy = [level for level in spacing if level[0] >= apart]
        coarsest = max((level[0] for level in spacing), default=1.0)
        return roomy or [(coarsest * math.ceil(apart / coarsest), 0.0)]

    def _name_width(self) -> float:
        """Pixels that a name takes, with some between."""
        if self._call is None or self._rows < 1:
            return NAME_WIDTH
        metrics = QFontMetricsF(self.style["tickFont"] or QApplication.font())
        ends = (self._call(0), self._call(self._rows - 1))
        return max(metrics.horizontalAdvance(name) for name in ends) + BETWEEN

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self._call is None:
            return []
        whole = [
            round(v) if abs(v - round(v)) < 1e-6 and 0 <= round(v) < self._rows else None for v in values
        ]
        return ["" if row is None else self._call(row) for row in whole]
