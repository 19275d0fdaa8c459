"""The column of a table that tells when each row was, and how far the rows are apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.tables.dates import date_format, parsed
from nnstudio.data.tables.description import is_number

if TYPE_CHECKING:
    import pandas as pd

# Days between two rows (a month has 28 to 31), in words, and the rows after which a time may come again.
USUAL_DISTANCES: tuple[tuple[float, float, str, tuple[int, ...]], ...] = (
    (1 / 24, 1 / 24, "an hour", (24, 168)), (1, 1, "a day", (7, 365)), (7, 7, "a week", (52,)),
    (27, 32, "a month", (12,)), (89, 93, "a quarter of a year", (4,)), (364, 367, "a year", ()),
)  # fmt: skip
WEEKDAYS, DAYS_OF_WEEK = "a weekday", 5
# Distances within these of the usual one are even; what is beyond the last lacks a row.
SHORTEST, LONGEST, LACKS = 0.85, 1.15, 1.5
# From this share of even distances on, the others are gaps and not the way of the series.
MOSTLY = 0.95
YEAR = re.compile(r"years?|jahr|année|año|anno", re.IGNORECASE)
# Years that whole numbers may be.
FIRST_YEAR, LAST_YEAR = 1000, 2200


@dataclass(frozen=True, eq=False)
class Distances:
    """How far the dates of rows are apart that stand in their order.

    Attributes:
        steps: distance of each row but the first from the one before, as a multiple of the usual one,
            (rows - 1,), float64; NaN where a date is missing.
        usual: the usual distance in words, such as "a month".
        seasons: rows after which the same time may come again, such as of a day of the week and of the year.
    """

    steps: np.ndarray
    usual: str
    seasons: tuple[int, ...]

    @property
    def are_even(self) -> bool:
        even = (self.steps >= SHORTEST) & (self.steps <= LONGEST)
        return bool(len(even)) and float(even.mean()) >= MOSTLY

    @property
    def breaks(self) -> np.ndarray:
        """Rows before which some are missing, or that do not tell when they were; none where distances are
        uneven anyway.
        """
        if not self.are_even:
            return np.zeros(0, np.int64)
        return np.flatnonzero((self.steps > LACKS) | np.isnan(self.steps)) + 1


def clock_of(frame: pd.DataFrame) -> tuple[str, pd.Series] | None:
    """The first column of dates, or of years one after the other, and its dates; None for none."""
    for name in frame.columns:
        written = None if is_number(frame[name]) else date_format(frame[name])
        if written is not None:
            return str(name), parsed(frame[name], written.text)
    for name in frame.columns:
        if YEAR.fullmatch(str(name).strip()) and _counts_years(frame[name]):
            return str(name), parsed(frame[name].astype("int64").astype(str), "%Y")
    return None


def _counts_years(cells: pd.Series) -> bool:
    """Whether they are years, each the one after that before."""
    if not is_number(cells):
        return False
    years = cells.to_numpy(np.float64)
    counts = bool(len(years)) and bool((np.diff(years) == 1).all())
    return counts and FIRST_YEAR <= years[0] <= years[-1] <= LAST_YEAR and years[0] == round(years[0])


def distances(dates: pd.Series) -> Distances:
    """How far dates are apart that stand in their order, NaT last."""
    moments = dates.to_numpy("datetime64[s]")
    days = np.diff(moments).astype("timedelta64[s]").astype(np.float64) / 86_400
    missing = np.isnat(moments)
    days[missing[1:] | missing[:-1]] = np.nan
    known = days[np.isfinite(days)]
    usual = float(np.median(known)) if len(known) else 0.0
    if usual <= 0:
        return Distances(np.full(len(days), np.nan), "", ())
    if usual == 1 and (on_weekdays := _weekdays(moments[~missing])):
        days[np.isfinite(days)] = on_weekdays
        return Distances(days, WEEKDAYS, (DAYS_OF_WEEK,))
    words, seasons = next(
        ((words, seasons) for low, high, words, seasons in USUAL_DISTANCES if _is_within(usual, low, high)),
        (f"{usual:.6g} days", ()),
    )
    return Distances(days / usual, words, seasons)


def _is_within(usual: float, low: float, high: float) -> bool:
    return low * (1 - 1e-9) <= usual <= high * (1 + 1e-9)


def _weekdays(moments: Any) -> list[float]:
    """Distances of days in weekdays, where all of many are some; else none."""
    days = moments.astype("datetime64[D]")
    if len(days) <= DAYS_OF_WEEK or (days != moments).any() or not np.is_busday(days).all():
        return []
    return [float(count) for count in np.busday_count(days[:-1], days[1:])]
