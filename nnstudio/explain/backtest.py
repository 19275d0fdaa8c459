"""How far off forecasts of a series were where the truth is known, beside forecasts that take no learning.

A rolling origin (Tashman 2000, "Out-of-sample tests of forecasting accuracy"): from each row before and in
the part for testing, all steps ahead are forecast, and nothing that comes later is known. The network is not
trained anew between them.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.tables.series_gaps import touch_gaps
from nnstudio.data.whole_series import WholeSeries
from nnstudio.explain.rollout import farthest, pieces_of, rolled, rows_needed
from nnstudio.training.evaluation import Evaluation

# The share of errors below and above the spread of a forecast, and errors that it takes at least.
TAIL, FEWEST = 0.1, 10
# Rows from which is forecast where somebody waits for it.
ENOUGH = 100


class Way(StrEnum):
    """What is compared."""

    NETWORK = "network"
    SEASONAL = "seasonal naive"
    NAIVE = "naive"


@dataclass(frozen=True)
class Figures:
    """Errors in the unit of the series; each is a number, or (steps,)."""

    mean_absolute: np.ndarray
    root_mean_square: np.ndarray
    scaled: np.ndarray


@dataclass(frozen=True, eq=False)
class Backtest:
    """Errors on a part of the data, at a step of the training.

    Attributes:
        column: whose errors they are.
        ahead: how far ahead forecasts go, such as "1 to 12 months ahead".
        origins: rows from which forecasts were made, of ``possible`` ones.
        season: rows of the seasonal naive forecast; 0 where no season is known, and there is none then.
        unit: the mean absolute error, on the training part, of the naive forecast that MASE divides by: the
            seasonal one where there is a season (Hyndman and Koehler 2006).
        errors: by way, forecast less truth, (origins, steps), NaN where one of them has no forecast or there
            is no truth.
        level_errors: truth less forecast of the network in levels, (origins, steps), likewise.
    """

    step: int
    part: Split
    column: str
    ahead: str
    origins: np.ndarray
    possible: int
    season: int
    unit: float
    errors: Mapping[Way, np.ndarray]
    level_errors: np.ndarray

    @property
    def steps(self) -> int:
        return int(self.level_errors.shape[1])

    @property
    def counts(self) -> np.ndarray:
        """From how many origins each step could be judged, (steps,)."""
        counts: np.ndarray = (~np.isnan(self.errors[Way.NETWORK])).sum(0)
        return counts

    def by_step(self, way: Way) -> Figures:
        """Of each step ahead, (steps,); NaN where nothing could be judged."""
        return self._figures(self.errors[way])

    def overall(self, way: Way) -> Figures:
        """Of all steps together, (1,), each error counted once."""
        return self._figures(self.errors[way].reshape(-1, 1))

    def _figures(self, errors: np.ndarray) -> Figures:
        """Of each column."""
        known = ~np.isnan(errors)
        numbers, counts = np.where(known, errors, 0.0), known.sum(0)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            absolute = np.abs(numbers).sum(0) / counts
            return Figures(absolute, np.sqrt((numbers**2).sum(0) / counts), absolute / self.unit)

    def spread(self) -> np.ndarray:
        """How far truth lay from the forecast in levels, (2, steps): the 10 % and 90 % quantiles by step; NaN
        where fewer than FEWEST errors tell them.
        """
        spread = np.full((2, self.steps), np.nan)
        for i, errors in enumerate(self.level_errors.T):
            known = errors[np.isfinite(errors)]
            if len(known) >= FEWEST and len(known) == (~np.isnan(errors)).sum():
                spread[:, i] = np.quantile(known, (TAIL, 1 - TAIL))
        return spread


def why_none(data: Dataset) -> str:
    """Why there is no backtest of this data, in a sentence; "" where there is one."""
    if data.series is None:
        return "Only of a time series forecasts can be judged step by step."
    if data.judging == Split.TRAINING:
        return "No part of the series was held back to tell how far off forecasts are: set a Test share."
    if not len(_origins(data.series, data.judging)):
        return "Too few rows come before the part for testing to forecast it from."
    return ""


def backtested(
    session: Evaluation, weights: np.ndarray, steps: int, most: int | None = None, target: int = 0
) -> Generator[None, None, Backtest]:
    """Forecast up to ``steps`` ahead with these weights, flat, from all origins, or from ``most``, evenly
    spaced; of the target of this number. For data of which `why_none` is "". Each ``yield`` is a chance to
    cancel.
    """
    data, step = session.data, session.steps
    whole = data.series
    assert whole is not None
    part = data.judging
    possible, origins, steps = _chosen(whole, part, steps, most)
    paths = (yield from rolled(session, weights, origins, steps))[:, :, target]
    return _judged(whole, step, part, origins, len(possible), paths, target)


def pieces_of_backtest(data: Dataset, steps: int, most: int | None = None) -> int:
    """How often `backtested` lets training go on; 0 where `why_none` says that there is none."""
    if data.series is None or why_none(data):
        return 0
    _possible, origins, steps = _chosen(data.series, data.judging, steps, most)
    return steps * pieces_of(len(origins))


def _chosen(
    whole: WholeSeries, part: Split, steps: int, most: int | None
) -> tuple[np.ndarray, np.ndarray, int]:
    """The origins that there are, those that are taken, and how far ahead forecasts go."""
    origins = possible = _origins(whole, part)
    if most is not None and len(possible) > most:
        origins = possible[np.unique(np.linspace(0, len(possible) - 1, most).round().astype(int))]
    return possible, origins, farthest(whole, min(steps, int(whole.ends[part].max() - origins.min())))


def _origins(whole: WholeSeries, part: Split) -> np.ndarray:
    """The rows, the last known ones, from which a part is forecast, (n,); their windows have no gaps."""
    ends = whole.ends[part]
    rows = np.arange(ends.min() - 1, ends.max())
    rows = rows[rows >= rows_needed(whole) - 1]
    starts = rows + 2 - whole.horizon - whole.window
    usable: np.ndarray = rows[~touch_gaps(whole, starts, predict_known=False)]
    return usable


def _judged(
    whole: WholeSeries,
    step: int,
    part: Split,
    origins: np.ndarray,
    possible: int,
    paths: np.ndarray,
    target: int,
) -> Backtest:
    values, season = whole.series.target[:, target], whole.season.rows
    ahead = np.arange(1, paths.shape[1] + 1)
    rows = origins[:, None] + ahead
    # Rows behind the part are not its own, though they may be known.
    is_judged = rows <= whole.ends[part].max()
    truth = np.where(is_judged, values[np.minimum(rows, len(values) - 1)], np.nan)
    forecasts = {Way.NETWORK: whole.scale.values(paths)}
    if season:
        before = rows - -(-ahead // season) * season
        forecasts[Way.SEASONAL] = np.where(before >= 0, values[np.maximum(before, 0)], np.nan)
    forecasts[Way.NAIVE] = np.broadcast_to(values[origins][:, None], rows.shape)
    errors = {way: forecast - truth for way, forecast in forecasts.items()}
    lacks = np.any([np.isnan(error) for error in errors.values()], 0)
    level_errors = whole.scale.levels(truth) - paths
    return Backtest(
        step, part, whole.series.columns[target], whole.ahead(len(ahead), 1), origins, possible, season,
        naive_error(values[: int(whole.ends[Split.TRAINING].max()) + 1], season or 1),
        {way: np.where(lacks, np.nan, error) for way, error in errors.items()},
        np.where(lacks, np.nan, level_errors),
    )  # fmt: skip


def naive_error(values: np.ndarray, lag: int) -> float:
    """The mean absolute error of taking each value from ``lag`` rows before, NaN of too few rows."""
    errors = np.abs(values[lag:] - values[:-lag])
    known = errors[np.isfinite(errors)]
    return float(known.mean()) if len(known) else float("nan")
