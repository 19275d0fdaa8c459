"""What a series lacks, values and whole rows, and what becomes of the windows that touch that."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError
from nnstudio.data.tables.dataset import MOST_LEFT_OUT
from nnstudio.data.tables.series import Series
from nnstudio.data.whole_series import WholeSeries


class TimeGaps(StrEnum):
    """What becomes of gaps; a guess leaves windows out, up to a fifth of them."""

    GUESS = "guess"
    LEAVE_OUT = "leave windows out"
    INTERPOLATE = "interpolate"
    REFUSE = "refuse"


TIME_GAPS = Option(
    "time_gaps",
    TimeGaps.GUESS.value,
    "What becomes of missing values and dates; a guess leaves out the few windows that touch some.",
    choices=tuple(TimeGaps),
)
MENDED = f"set Time gaps to {TimeGaps.INTERPOLATE}"


def windows_of(
    path: Path, whole: WholeSeries, starts: np.ndarray, gaps: TimeGaps
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The first rows of those windows that touch no gap, and notes. Raises DataError where a gap is refused,
    or more windows would be left out than a guess may.
    """
    gaps_told = told_gaps(whole.series)
    if gaps_told and gaps == TimeGaps.REFUSE:
        raise DataError(f"'{path.name}' has gaps. {' '.join(gaps_told)} Correct the file, or {MENDED}.")
    kept = starts[~touch_gaps(whole, starts)]
    left = len(starts) - len(kept)
    if not left:
        return kept, gaps_told
    counted = f"{left:,} of the {len(starts):,} windows touch gaps"
    if gaps == TimeGaps.GUESS and left > MOST_LEFT_OUT * len(starts):
        raise DataError(
            f"{counted} of '{path.name}', more than are left out without being asked. {' '.join(gaps_told)} "
            f"To take missing values from the line between their neighbours, {MENDED}; to leave these "
            f"windows out, set it to {TimeGaps.LEAVE_OUT}."
        )
    said = f"{counted} and are left out; to take missing values from their neighbours, {MENDED}."
    return kept, (*gaps_told, said)


def touch_gaps(whole: WholeSeries, starts: np.ndarray, predict_known: bool = True) -> np.ndarray:
    """Which windows (n,) hold a missing value, predict one, or reach over rows that are not there, bool; not
    ``predict_known``: what they predict comes after all that is known.
    """
    last = starts + whole.window - 1
    end = last + whole.horizon if predict_known else last
    is_break = np.zeros(len(whole.series.values), np.int64)
    is_break[whole.series.breaks] = 1
    lacks = _between(np.isnan(whole.all_entering()).any(1), starts, last)
    # A change reaches back over a gap, too.
    jumps = _between(is_break, np.maximum(starts + 1 - whole.scale.lag, 0), end)
    touched: np.ndarray = lacks | jumps
    if predict_known:
        touched |= np.isnan(whole.predicted()[end]).any(1)
    return touched


def _between(marked: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Whether a row from ``first`` to ``last`` is marked."""
    counts = np.concatenate([[0], np.cumsum(marked)])
    are_some: np.ndarray = counts[last + 1] > counts[first]
    return are_some


def told_gaps(series: Series) -> tuple[str, ...]:
    """Sentences on missing values, with the first of each column, and on rows that are not there."""
    columns = [*zip(series.names, series.values.T, strict=True)]
    columns += zip(series.columns, series.target.T, strict=True)
    told = []
    for name, numbers in dict(columns).items():
        missing = np.flatnonzero(np.isnan(numbers))
        if len(missing):
            where = f"in {series.call(int(missing[0]))}"
            many = f"{len(missing):,} values of '{name}' are missing, the first {where}."
            told.append(many if len(missing) > 1 else f"1 value of '{name}' is missing, {where}.")
    count = len(series.breaks)
    if count:
        before = series.call(int(series.breaks[0]) - 1)
        many = f"is {count:,} gap" if count == 1 else f"are {count:,} gaps, the first"
        told.append(f"Between the dates of '{series.clock}' there {many} after {before}.")
    return tuple(told)
