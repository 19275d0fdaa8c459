"""Dates and times in tables: which way they are written is found out from a whole column."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# The usual ways, those of the standard first; of two that fit all values alike, the first is taken.
FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m", "%Y/%m/%d",
    "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y",
    "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d-%m-%Y", "%m-%d-%Y",
    "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M%z", "%Y-%m-%dT%H:%M%z",
    "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%d %B %Y",
    "%B %d, %Y", "%d.%m.%y",
)  # fmt: skip
RUN_TOGETHER = "%Y%m%d"
# Columns of which whole numbers may be dates, and the years that they then are of.
DATE_WORDS = {"date", "dates", "day", "datum", "tag"}
YEARS = (1900, 2100)
# What stands for a part of a date; at least what pandas reads, which then decides.
DIRECTIVES = {
    "%Y": r"\d{4}", "%f": r"\d+", "%b": r"[^\W\d]+", "%B": r"[^\W\d]+", "%p": r"[^\W\d]+", "%z": r"\S+",
}  # fmt: skip
# Those that differ in which number is the day.
SWAPPED = {"%d/%m": "%m/%d", "%m/%d": "%d/%m", "%d-%m": "%m-%d", "%m-%d": "%d-%m"}
# From this share of values on, the others are mistakes.
MOSTLY = 0.95
# Values that a format is judged by first.
TRIED = 200


@dataclass(frozen=True)
class DateFormat:
    """How dates are written, for ``strptime``.

    Attributes:
        is_sure: whether no value could be read with day and month the other way round.
    """

    text: str
    is_sure: bool = True


def date_format(column: pd.Series) -> DateFormat | None:
    """How a column of texts writes dates; None where it holds none."""
    texts = column.dropna().astype(str).str.strip()
    start = texts.iloc[:TRIED]
    if not start.empty and start.str.fullmatch(r"\d{8}").all():
        return DateFormat(RUN_TOGETHER) if _share(texts, RUN_TOGETHER) >= MOSTLY else None
    if start.empty or not start.str.contains(r"\d").all() or not start.str.contains(r"[-/.: ]").all():
        return None
    values = start.tolist()
    for text in FORMATS:
        if _may_be(values, text) and _share(start, text) >= MOSTLY and _share(texts, text) >= MOSTLY:
            other = _swapped(text)
            return DateFormat(text, is_sure=not other or _share(texts, other) < _share(texts, text))
    return None


def most_fitting(column: pd.Series) -> DateFormat | None:
    """How most of the dates of a column are written that a person says holds some; None where none is one."""
    texts = column.dropna().astype(str).str.strip()
    some = texts.iloc[:TRIED].tolist()
    may_be = [text for text in FORMATS if any(map(_shape(text).fullmatch, some))]
    shares = {text: _share(texts, text) for text in may_be}
    best = max(shares, key=shares.__getitem__, default="")
    return DateFormat(best) if best and shares[best] else None


def _may_be(values: Sequence[str], text: str) -> bool:
    """Whether enough values look like it. Asked of pandas, each column of text would take 0.3 s."""
    shape, wrong = _shape(text), int(len(values) * (1 - MOSTLY))
    for value in values:
        wrong -= shape.fullmatch(value) is None
        if wrong < 0:
            return False
    return True


@functools.cache
def _shape(text: str) -> re.Pattern[str]:
    parts = re.split(r"(%\w|\s)", text)
    return re.compile("".join(_pattern(part) for part in parts))


def _pattern(part: str) -> str:
    if part.startswith("%"):
        return DIRECTIVES.get(part, r"\d{1,2}")
    return r"\s+" if part.isspace() else re.escape(part)


def _swapped(text: str) -> str:
    return next((text.replace(one, other) for one, other in SWAPPED.items() if text.startswith(one)), "")


def _share(texts: pd.Series, text: str) -> float:
    return float(parsed(texts, text).notna().mean())


def parsed(column: pd.Series, text: str) -> pd.Series:
    """Dates of a column, NaT where there is none of this format; of those with a time zone, in UTC."""
    import pandas as pd

    # Of other zones than one, pandas makes no dates but in UTC.
    is_zoned = text.endswith("%z")
    dates = pd.to_datetime(column.astype("string").str.strip(), format=text, errors="coerce", utc=is_zoned)
    return dates.dt.tz_localize(None) if is_zoned else dates


def names_date(name: str) -> bool:
    """Whether a column is called as one of dates is."""
    return not DATE_WORDS.isdisjoint(re.split(r"[\W\d_]+", name.lower()))


def run_together(column: pd.Series) -> pd.Series | None:
    """Numbers such as 20240131 as texts, where all of them are dates; else None."""
    if column.dtype.kind not in "iuf":
        return None
    present = column.dropna()
    low, high = (year * 10_000 for year in (YEARS[0], YEARS[1] + 1))
    if present.empty or not (present.between(low, high) & (present == present.round())).all():
        return None
    texts = column.astype(object).map(lambda cell: f"{cell:.0f}", na_action="ignore")
    return None if parsed(texts.dropna(), RUN_TOGETHER).isna().any() else texts


# Parts of a date by their names, and what pandas calls them.
PARTS = {
    "year": "year", "month": "month", "day": "day", "weekday": "day_of_week", "hour": "hour",
    "minute": "minute",
}  # fmt: skip


def part_of(dates: pd.Series, part: str) -> np.ndarray:
    """A part of each date as float64, NaN where there is no date; Monday is weekday 0."""
    return np.asarray(getattr(dates.dt, PARTS[part]), np.float64)
