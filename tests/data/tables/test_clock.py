"""How far rows are apart in time: usual distances have names, and where rows are missing is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnstudio.data.tables.clock import clock_of, distances


def dates(*texts: str) -> pd.Series:
    return pd.to_datetime(pd.Series(texts))


@pytest.mark.parametrize(
    ("start", "step", "count", "usual", "seasons"),
    [
        ("1990-01-01", "MS", 60, "a month", (12,)), ("1990-01-01", "D", 60, "a day", (7, 365)),
        ("1990-01-01", "B", 60, "a weekday", (5,)), ("1990-01-01", "h", 60, "an hour", (24, 168)),
        ("1990-01-01", "QS", 60, "a quarter of a year", (4,)), ("1990-01-01", "YS", 60, "a year", ()),
        ("1990-01-01", "10D", 60, "10 days", ()), ("1990-01-31", "ME", 60, "a month", (12,)),
    ],
)  # fmt: skip
def test_usual_distances_have_names(start, step, count, usual, seasons):
    apart = distances(pd.Series(pd.date_range(start, periods=count, freq=step)))
    assert (apart.usual, apart.seasons, apart.are_even) == (usual, seasons, True)
    assert not len(apart.breaks)


def test_missing_rows_are_breaks_and_a_holiday_of_a_series_of_weekdays_is_one():
    months = pd.Series(pd.date_range("1990-01-01", periods=60, freq="MS"))
    assert distances(months.drop([20, 21, 40])).breaks.tolist() == [20, 38]
    weekdays = pd.Series(pd.date_range("1990-01-01", periods=60, freq="B"))
    assert distances(weekdays.drop([17])).breaks.tolist() == [17]
    months.iloc[-1] = None
    assert distances(months).breaks.tolist() == [59], "nobody knows when that was"


def test_uneven_dates_have_no_breaks():
    apart = distances(dates("1990-01-01", "1990-01-02", "1990-01-09", "1990-01-10", "1990-03-01"))
    assert not apart.are_even and not len(apart.breaks)
    for few in (dates(), dates("1990-01-01"), dates("1990-01-01", "1990-01-01")):
        assert not distances(few).are_even


def test_years_that_count_are_a_clock_and_others_are_numbers():
    frame = pd.DataFrame({"n": np.arange(40) % 7, "Year": np.arange(1700, 1740)})
    name, years = clock_of(frame)
    assert name == "Year" and years.iloc[0] == pd.Timestamp("1700-01-01")
    assert clock_of(frame.assign(Year=frame["Year"] // 2)) is None
    assert clock_of(frame.assign(Year=frame["Year"] - 1700)) is None
    assert clock_of(frame.rename(columns={"Year": "rank"})) is None
