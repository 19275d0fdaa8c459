"""Dates after the end of a series are at its usual distance, and written as its own are."""

from __future__ import annotations

import pandas as pd
import pytest

from nnstudio.data.tables.later_dates import later_dates, step_called

ROWS = 24


def written(start: str, step: str, how: str) -> tuple[str, ...]:
    return tuple(pd.date_range(start, periods=ROWS, freq=step).strftime(how))


@pytest.mark.parametrize(
    ("start", "step", "how"),
    [
        ("1990-01-01", "MS", "%Y-%m"), ("1990-01-31", "ME", "%d.%m.%Y"), ("1990-01-01", "D", "%Y-%m-%d"),
        ("1990-01-03", "B", "%d/%m/%Y"), ("1990-01-01 05:00", "h", "%Y-%m-%d %H:%M"),
        ("1990-01-01", "QS", "%Y-%m-%d"), ("1990-01-01", "10D", "%Y-%m-%d"), ("1990-01-01", "YS", "%Y"),
    ],
)  # fmt: skip
def test_they_go_on_as_pandas_would_have_gone_on(start, step, how):
    whole = pd.date_range(start, periods=ROWS + 5, freq=step).strftime(how)
    assert later_dates(tuple(whole[:ROWS]), 5) == tuple(whole[ROWS:])


def test_what_is_no_date_or_uneven_has_none_after_it():
    uneven = ("1990-01-01", "1990-01-02", "1990-01-09", "1990-01-10", "1990-03-01")
    for times in ((), ("", ""), tuple("abc"), uneven):
        assert later_dates(times, 3) == ()


def test_of_dates_with_a_zone_the_later_ones_are_in_utc():
    times = written("1990-01-01", "D", "%Y-%m-%dT%H:%M:%S+0000")
    assert later_dates(times, 1) == ("1990-01-25T00:00:00+0000",)


@pytest.mark.parametrize(
    ("step", "how", "called"),
    [
        ("MS", "%Y-%m", "month"), ("D", "%Y-%m-%d", "day"), ("B", "%d/%m/%Y", "weekday"),
        ("h", "%Y-%m-%d %H:%M", "hour"), ("7D", "%Y-%m-%d", "week"), ("QS", "%Y-%m-%d", "quarter"),
        ("YS", "%Y", "year"), ("YS", "%Y-%m-%d", "year"), ("10D", "%Y-%m-%d", "step"),
    ],
)  # fmt: skip
def test_what_lies_between_two_of_them_has_its_usual_name(step, how, called):
    assert step_called(written("1990-01-01", step, how)) == called


def test_without_dates_at_even_distances_it_is_a_step():
    for times in ((), ("", ""), tuple("abc"), ("1990-01-01", "1990-01-02", "1990-01-09", "1990-03-01")):
        assert step_called(times) == "step"
