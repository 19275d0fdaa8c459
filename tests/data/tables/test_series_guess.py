"""Which tables are taken for a time series, and which are not though their rows have a date."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnstudio.data.dataset import DataError
from nnstudio.data.tables.series_guess import why_series
from nnstudio.from_data import project_from_data, proposed_source
from nnstudio.new_command import write_new

MONTHS = pd.date_range("1990-01-01", periods=60, freq="MS")
VALUES = np.arange(60) % 12 * 5.0 + np.arange(60)


def months(**columns) -> pd.DataFrame:
    """60 months with a column of numbers, and others."""
    return pd.DataFrame({"month": MONTHS.strftime("%Y-%m"), "sales": VALUES, **columns})


def with_dates(days) -> pd.DataFrame:
    return months().assign(month=[str(day)[:10] for day in days])


NAMES = ("a", "b", "c", "d", "e", "f")


@pytest.mark.parametrize(
    "frame",
    [
        months(), months().iloc[:30], months().iloc[::-1].reset_index(drop=True), months(costs=VALUES * 2),
        months(**{name: VALUES + i for i, name in enumerate(NAMES[:5])}),
        months(sales=np.where(VALUES == 5, np.nan, VALUES)), months(empty=np.nan),
        months(id=np.arange(60)), months().drop(index=[7, 8]).reset_index(drop=True),
        with_dates(pd.date_range("2020-01-01", periods=60, freq="B")),
        months().rename(columns={"sales": "price"}),
        pd.DataFrame({"YEAR": np.arange(1700, 1760), "SUNACTIVITY": VALUES}),
    ],
)  # fmt: skip
def test_dates_at_even_distances_and_numbers_are_a_series(frame):
    why = why_series(frame, ())
    assert why.startswith("Taken as a time series, since the dates of ") and "--kind table" in why


GAPPED = [day for i, day in enumerate(pd.date_range("2020-01-01", periods=80)) if i % 4]


@pytest.mark.parametrize(
    ("frame", "targets"),
    [
        (months(shop=["north", "south"] * 30), ()),
        (months(is_good=np.arange(60) % 2), ()),
        (months(sales=np.arange(60) % 6), ()),
        (months(**{name: VALUES + i for i, name in enumerate(NAMES)}), ()),
        (months(target=VALUES * 3), ()),
        (months().iloc[:29], ()),
        (with_dates(MONTHS.repeat(2)[:60]), ()),
        (with_dates(np.random.default_rng(1).permutation(MONTHS)), ()),
        (with_dates(GAPPED), ()),
        (months(other=MONTHS.strftime("%Y-%m-%d")), ()),
        (months(sales=[*map(str, VALUES[:-1]), "closed"]), ()),
        (months().assign(month=[None, *months()["month"][1:]]), ()),
        (months(comment=[f"seen {i}" for i in range(60)]), ()),
        (months(), ("month",)),
        (pd.DataFrame({"a": VALUES, "b": VALUES}), ()),
    ],
)
def test_rows_that_merely_have_a_date_stay_a_table(frame, targets):
    assert why_series(frame, targets) == ""


def test_a_target_that_a_person_names_may_be_called_like_one():
    assert why_series(months(price=VALUES * 3), ("price",)) and not why_series(months(price=VALUES * 3), ())


@pytest.fixture
def path(tmp_path):
    months().to_csv(tmp_path / "sales.csv", index=False)
    return tmp_path / "sales.csv"


def test_what_only_tables_have_makes_it_a_table(path):
    assert proposed_source(path, {})[0].id == proposed_source(path, {"window": "6"})[0].id == "series"
    assert proposed_source(path, {"task": "number"}) == proposed_source(path, {"columns": "month: time"})
    assert proposed_source(path, {"task": "number"})[0].id == "csv"
    assert proposed_source(path, {"header": "no"})[0].id == "csv", "a name would be among the numbers"


def test_where_a_series_cannot_be_read_it_is_said_why_it_was_taken_for_one(path):
    months(sales=np.where(np.arange(60) % 9, VALUES, np.nan)).to_csv(path, index=False)
    with pytest.raises(
        DataError, match=r"windows touch gaps .* Taken as a time series, .* --kind table\)\.$"
    ):
        write_new(path, (), (), path.with_name("p.nns"), False)


def test_the_command_line_says_why_and_takes_a_table_where_that_is_said(path, capsys):
    out = path.with_name("p.nns")
    assert write_new(path, (), ("window=6",), out, False) == 0
    told = capsys.readouterr().out
    assert "Time series" in told and "Note:       Taken as a time series, since the dates of 'month'" in told
    assert write_new(path, (), (), out, True, "table") == 0
    told = capsys.readouterr().out
    assert "CSV file" in told and "Taken as" not in told
    assert project_from_data(path, {}).why and not project_from_data(path, {}, kind="table").why
