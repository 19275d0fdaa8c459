"""What a backtest tells, in sentences; the window and the command line say the same."""

from __future__ import annotations

import numpy as np

from nnstudio.explain.backtest import FEWEST, Backtest, Way
from nnstudio.model.quantity import counted, error_in_digits


def told_backtest(backtest: Backtest) -> str:
    """How far off forecasts were, by each way; "" where there were none."""
    if not backtest.counts.any():
        return ""
    told = [f"{error_in_digits(_mean(backtest, way))} by {_called(backtest, way)}" for way in backtest.errors]
    return (
        f"Forecasts from {_origins(backtest)} of the {backtest.part} part, {backtest.ahead}: "
        f"mean absolute error of '{backtest.column}' {', '.join(told)}{_mase(backtest)}."
    )


def errors_in_short(backtest: Backtest) -> str:
    """The mean absolute error of each way, in few words; "" where there were no forecasts.

    The part is named: what is told of another one a step ahead, at the end of a run, is another number.
    """
    if not backtest.counts.any():
        return ""
    errors = (f"{way} {error_in_digits(_mean(backtest, way))}" for way in backtest.errors)
    return f"Mean absolute error on the {backtest.part} part, {backtest.ahead}: {', '.join(errors)}."


def told_in_short(backtest: Backtest) -> str:
    """What was forecast from where, and how good that is by MASE, in few words."""
    season = f"; season of {backtest.season:,} rows" if backtest.season else "; no season known"
    return f"From {_origins(backtest)} of the {backtest.part} part{season}{_mase(backtest)}."


def told_spread(backtest: Backtest, steps: int) -> str:
    """How the spread of a forecast of so many steps came about."""
    known = int(np.isfinite(backtest.spread()).all(0).sum())
    if not known:
        return f"No spread: it takes {FEWEST} forecasts of a step with a known truth, and there are fewer."
    up_to = "" if known >= steps else f" Beyond {counted(known, 'step')} there are too few to tell."
    return f"Spread: 8 of 10 errors of the same step in the backtest lay within it.{up_to}"


def _mean(backtest: Backtest, way: Way) -> float:
    return float(backtest.overall(way).mean_absolute[0])


def _mase(backtest: Backtest) -> str:
    scaled = float(backtest.overall(Way.NETWORK).scaled[0])
    return f"; MASE {scaled:.3g}" if np.isfinite(scaled) else ""


def _called(backtest: Backtest, way: Way) -> str:
    if way == Way.SEASONAL:
        return f"the seasonal naive forecast (the value {backtest.season:,} rows before)"
    return "the naive one (the last known value)" if way == Way.NAIVE else "the network"


def _origins(backtest: Backtest) -> str:
    count = len(backtest.origins)
    told = counted(count, "row")
    return told if count == backtest.possible else f"{count:,} of {counted(backtest.possible, 'row')}"
