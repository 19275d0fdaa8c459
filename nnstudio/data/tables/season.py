"""After how many rows a series comes round again, guessed from its dates and from what is learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnkernels.spec import Option

SEASON = Option(
    "season",
    0,
    "Rows after which a series comes round again, such as 12 months; 0 guesses it from the dates.",
    0,
    10_000,
    unit="rows",
    zero="guess",
)


@dataclass(frozen=True)
class Season:
    """``rows`` after which a series comes round again, 0 where none is known, and where that is from."""

    rows: int
    told: str


def season_of(values: np.ndarray, candidates: Sequence[int], chosen: int = 0) -> Season:
    """The season that a person chose, else that of the candidates which explains most of the rows (rows,) to
    learn from; the shortest where there are too few rows to tell.
    """
    if chosen:
        return Season(chosen, f"A season of {chosen:,} rows was chosen.")
    if not candidates:
        return Season(0, "No season is known, since no dates tell one; Season can say it.")
    shares = {season: explained_by_season(values, season) for season in candidates}
    known = {season: share for season, share in shares.items() if np.isfinite(share)}
    best = max(known, key=known.__getitem__, default=min(candidates))
    why = "too few rows to tell how much it explains"
    if best in known:
        why = f"it explains {max(known[best], 0.0):.0%} of how training values differ from their trend"
    told = f"A season of {best:,} rows is guessed from the dates: {why}. Season can say another."
    return Season(best, told)


def explained_by_season(values: np.ndarray, season: int) -> float:
    """Which share of the variance around the trend the position in a season explains; NaN of fewer rows than
    two seasons.

    The trend is the centred mean of a season's rows; the share is an R² adjusted for as many means as there
    are positions, so that noise gets about 0 (Wang, Smith and Hyndman 2006, "Characteristic-based
    clustering for time series data", have the same without the adjustment).
    """
    known = np.isfinite(values)
    if known.sum() < 2 * season + 2:
        return float("nan")
    at = np.arange(len(values))
    filled = np.interp(at, at[known], values[known])
    weights = np.ones(season + 1 - season % 2)
    if season % 2 == 0:
        # A season of even length has no row in its middle: its two ends count half.
        weights[[0, -1]] = 0.5
    half = len(weights) // 2
    trend = np.convolve(filled, weights / weights.sum(), "valid")
    rest, where = filled[half : len(filled) - half] - trend, at[half : len(filled) - half] % season
    counts = np.bincount(where, minlength=season)
    means = np.bincount(where, rest, season) / np.maximum(counts, 1)
    spare = len(rest) - int((counts > 0).sum())
    total = float(((rest - rest.mean()) ** 2).sum()) / max(len(rest) - 1, 1)
    if spare < 1 or not total > 0:
        return float("nan")
    return 1 - float(((rest - means[where]) ** 2).sum()) / spare / total
