"""A forecast and a backtest as charts, for the command line."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.whole_series import WholeSeries
from nnstudio.explain.backtest import Backtest
from nnstudio.explain.charts import COLOURS, GREY, Line, line_chart
from nnstudio.explain.forecast import Forecast

# Rows that are in sight, besides the forecast; names of rows along the axis, about.
IN_SIGHT, NAMED = 150, 6
PARTS = {Split.TRAINING: COLOURS[0], Split.VALIDATION: COLOURS[2], Split.TEST: COLOURS[3]}


def forecast_picture(forecast: Forecast, whole: WholeSeries) -> np.ndarray:
    """The end of the series, what is predicted of its rows, and the forecast with its spread: (h, w, 3)."""
    rows, steps = len(forecast.truth), len(forecast.ahead)
    first = max(rows - max(IN_SIGHT, 3 * steps), 0)
    lines = [Line("true", np.arange(first, rows), forecast.truth[first:], GREY)]
    for one in forecast.fitted:
        seen = one.rows >= first
        if seen.any():
            x, y = _with_gaps(one.rows[seen], one.values[seen])
            lines.append(Line(f"predicted ({one.part})", x, y, PARTS[one.part]))
    at = np.arange(rows, rows + steps)
    lines.append(Line("forecast", at, forecast.ahead, COLOURS[1], forecast.low, forecast.high))
    count = rows + steps - first
    named = range(first, rows + steps, max(-(-count // NAMED), 1))
    names = [(float(row), forecast.call(whole, row)) for row in named]
    return line_chart(lines, whole.series.clock or "row", forecast.column, names)


def backtest_picture(backtest: Backtest) -> np.ndarray:
    """The mean absolute error of each way to forecast, by steps ahead: (h, w, 3)."""
    ahead = np.arange(1, backtest.steps + 1)
    lines = [
        Line(str(way), ahead, backtest.by_step(way).mean_absolute, colour, has_dots=True)
        for way, colour in zip(backtest.errors, COLOURS, strict=False)
    ]
    return line_chart(lines, "steps ahead", f"mean absolute error of {backtest.column}")


def _with_gaps(rows: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n,) and values with a torn place where rows are left out."""
    torn = np.flatnonzero(np.diff(rows) > 1) + 1
    return np.insert(rows.astype(float), torn, np.nan), np.insert(values.astype(float), torn, np.nan)
