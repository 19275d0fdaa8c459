"""The figures of a backtest as rows of a table, as the window and the command line write them."""

from __future__ import annotations

import math
from typing import Any

from nnstudio.explain.backtest import Backtest, Figures, Way

FIGURES = (
    "column", "ahead", "forecasts", "by", "mean absolute error", "root mean square error", "MASE",
)  # fmt: skip
ALL = "all"


def figures_of(backtest: Backtest) -> list[dict[str, Any]]:
    """A row for each step ahead and each way to forecast, by `FIGURES`, and one for all steps of each way."""
    counts, told = backtest.counts, []
    for way in backtest.errors:
        each, together = backtest.by_step(way), backtest.overall(way)
        for step in range(backtest.steps):
            told.append(_row(backtest, step + 1, int(counts[step]), way, each, step))
        told.append(_row(backtest, ALL, int(counts.sum()), way, together, 0))
    return told


def _row(
    backtest: Backtest, ahead: int | str, count: int, way: Way, figures: Figures, at: int
) -> dict[str, Any]:
    numbers = (figures.mean_absolute, figures.root_mean_square, figures.scaled)
    values = (backtest.column, ahead, count, str(way), *(float(v[at]) for v in numbers))
    return dict(zip(FIGURES, values, strict=True))


def number_of(value: float) -> str:
    """A number as a table has it; "" for what is none."""
    return f"{value:.7g}" if math.isfinite(value) else ""
