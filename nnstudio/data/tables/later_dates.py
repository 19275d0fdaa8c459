"""The dates that follow those of a series, written as they are; must not know where they were read from."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nnstudio.data.tables.clock import WEEKDAYS, distances
from nnstudio.data.tables.dates import date_format, parsed

if TYPE_CHECKING:
    import pandas as pd

# Months between two rows, by what their distance is called.
MONTHS = {"a month": 1, "a quarter of a year": 3, "a year": 12}


@lru_cache(maxsize=4)
def later_dates(times: tuple[str, ...], count: int) -> tuple[str, ...]:
    """So many dates after the last of these; none where they are no dates at even distances."""
    import pandas as pd

    texts = pd.Series([time for time in times if time], dtype="string")
    if len(texts) and texts.str.fullmatch(r"\d{4}").all():
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
