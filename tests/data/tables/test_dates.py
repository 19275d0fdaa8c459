"""Dates: the way they are written is found out from all values of a column."""

from __future__ import annotations

import pandas as pd
import pytest

from nnstudio.data.dialect import guess
from nnstudio.data.table_reader import read_table
from nnstudio.data.tables import dates
from nnstudio.data.tables.dates import DateFormat, date_format


@pytest.mark.parametrize(
    "values, wanted",
    [
        (["2024-01-31", "2024-02-29"], DateFormat("%Y-%m-%d")),
        (["1949-01", "1949-02"], DateFormat("%Y-%m")),
        (["31.12.2024", "01.02.2024"], DateFormat("%d.%m.%Y")),
        (["2024-01-31 10:00:00", "2024-02-29 23:59:59"], DateFormat("%Y-%m-%d %H:%M:%S")),
        (["31/12/2024", "01/02/2024"], DateFormat("%d/%m/%Y")),
        (["12/31/2024", "01/02/2024"], DateFormat("%m/%d/%Y")),
        (["01/02/2024", "03/04/2024"], DateFormat("%d/%m/%Y", is_sure=False)),
        (["5-Jan-2024", "6-Feb-2024"], DateFormat("%d-%b-%Y")),
        (["1.5", "2.5"], None),
        (["red", "blue"], None),
        (["2024-01-31", "soon"], None),
        ([None, None], None),
    ],
)
def test_formats(values, wanted):
    assert date_format(pd.Series(values, dtype=object)) == wanted


def test_text_that_no_date_looks_like_is_not_tried_as_each_of_them(monkeypatch):
    monkeypatch.setattr(dates, "parsed", lambda *_: pytest.fail("This takes 0.3 s for each column of text."))
    assert date_format(pd.Series([f"a long text, number {i}" for i in range(9)])) is None


@pytest.mark.parametrize(
    "name, last, is_date", [("start_date", 20240229, 1), ("day", 20230229, 0), ("n", 20240229, 0)]
)
def test_whole_numbers_below_the_name_of_a_date_are_some(tmp_path, name, last, is_date):
    path = tmp_path / "t.csv"
    path.write_text(f"{name},y\n20240131,1.5\n{last},2\n,3\n", encoding="utf-8")
    table = read_table(path, guess(path))
    assert any("such as 20240131, taken as dates" in note for note in table.notes) == is_date
    assert (
        (date_format(table.frame[name]) == DateFormat("%Y%m%d"))
        if is_date
        else table.frame[name].dtype == float
    )
