"""The dates that follow those of a series, written as they are, and what lies between two of them; must not
know where they were read from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nnstudio.data.tables.clock import USUAL_DISTANCES, WEEKDAYS, distances
from nnstudio.data.tables.dates import date_format, parsed

if TYPE_CHECKING:
    import pandas as pd

# Months between two rows, by what their distance is called.
MONTHS = {"a month": 1, "a quarter of a year": 3, "a year": 12}
# Dates that tell how the others go on, and a row after another where they do not.
ENOUGH_DATES, STEP = 400, "step"


@lru_cache(maxsize=4)
def step_called(times: tuple[str, ...]) -> str:
    """What lies between two of these dates, such as "month", of which several are "months"; "step" where they
    are no dates at even distances, or at ones that have no name.
    """
    texts = _texts(times)
    if _are_years(texts):
        return "year"
    written = date_format(texts) if len(texts) else None
    apart = None if written is None else distances(parsed(texts, written.text).dropna())
    named = {WEEKDAYS, *(words for _low, _high, words, _seasons in USUAL_DISTANCES)}
    if apart is None or not apart.are_even or apart.usual not in named:
        return STEP
    # "a quarter of a year" is a quarter.
    return apart.usual.split()[1]


@lru_cache(maxsize=4)
def later_dates(times: tuple[str, ...], count: int) -> tuple[str, ...]:
    """So many dates after the last of these; none where they are no dates at even distances."""
    texts = _texts(times)
    if _are_years(texts):
        return tuple(f"{int(texts.iloc[-1]) + ahead}" for ahead in range(1, count + 1))
    written = date_format(texts) if len(texts) else None
    if written is None:
        return ()
    dates = parsed(texts, written.text).dropna()
    apart = distances(dates)
    if not apart.are_even:
        return ()
    later = [_step(dates, apart.usual)(ahead) for ahead in range(1, count + 1)]
    if written.text.endswith("%z"):
        later = [moment.tz_localize("UTC") for moment in later]
    return tuple(moment.strftime(written.text) for moment in later)


def _texts(times: tuple[str, ...]) -> pd.Series:
    import pandas as pd

    return pd.Series([time for time in times if time], dtype="string")


def _are_years(texts: pd.Series) -> bool:
    return bool(len(texts)) and bool(texts.str.fullmatch(r"\d{4}").all())


def _step(dates: pd.Series, usual: str) -> Callable[[int], Any]:
    """What gives the date so many rows after the last."""
    import pandas as pd

    last = dates.iloc[-1]
    if usual in MONTHS:
        months = MONTHS[usual]
        if dates.dt.is_month_end.all():
            # 28 February is followed by 31 March.
            return lambda ahead: last + pd.offsets.MonthEnd(ahead * months)
        return lambda ahead: last + pd.DateOffset(months=ahead * months)
    if usual == WEEKDAYS:
        return lambda ahead: last + pd.offsets.BDay(ahead)
    usual_step = dates.diff().median()
    return lambda ahead: last + ahead * usual_step
