"""An axis of rows, called by their dates where they have some."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyqtgraph as pg


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """``call`` tells what a row is called; between and beyond the rows nothing is written."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.enableAutoSIPrefix(False)
        self._call: Callable[[int], str] | None = None
        self._rows = 0

    def show_rows(self, rows: int, call: Callable[[int], str]) -> None:
        """Write these names below so many rows, counted from 0."""
        self._rows, self._call = rows, call
        self.picture = None
        self.update()

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self._call is None:
            return []
        whole = [
            round(v) if abs(v - round(v)) < 1e-6 and 0 <= round(v) < self._rows else None for v in values
        ]
        return ["" if row is None else self._call(row) for row in whole]
