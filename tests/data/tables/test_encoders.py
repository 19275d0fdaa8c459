"""Columns as inputs: fitted on some rows, the same for any others; missing and unknown values are told."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.fitting import fit
from nnstudio.data.tables.settings import ColumnType


def column(*values):
    return pd.Series(list(values), name="a").infer_objects()


def test_numbers_are_filled_with_the_median_and_another_input_tells_where():
    encoder = fit(ColumnType.NUMBER, column(1.0, 3.0, None, 100.0), True, {})
    assert encoder.features == ("a", "a is missing") and encoder.filled_with == "3, the median"
    encoded = encoder.encode(column(5.0, None))
    assert encoded.values.tolist() == [[5, 0], [3, 1]] and encoded.missing.tolist() == [False, True]
    plain = fit(ColumnType.NUMBER, column(1.0, 2.0), False, {})
    assert np.isnan(plain.encode(column(None, 2.0)).values[0, 0]) and plain.filled_with == ""
    assert plain.encode(column("x", "2")).wrong.tolist() == [True, False]
    assert fit(ColumnType.NUMBER, column(None, None), True, {}).encode(column(None)).values.tolist() == [
        [0, 1]
    ]


def test_the_log_of_numbers():
    encoder = fit(ColumnType.NUMBER, column(0.0, 9.0), False, {"log": True})
    encoded = encoder.encode(column(0.0, np.e - 1, -1.0))
    assert encoded.values[:2, 0] == pytest.approx([0, 1]) and encoder.features == ("log(1 + a)",)
    assert encoded.wrong.tolist() == [False, False, True]


def test_categories_have_one_input_each_and_unknown_ones_are_none():
    encoder = fit(ColumnType.CATEGORY, column("red", "blue", "red"), False, {})
    assert encoder.features == ("a = blue", "a = red")
    encoded = encoder.encode(column("red", "green", None))
    assert encoded.values[:2].tolist() == [[0, 1], [0, 0]] and np.isnan(encoded.values[2]).all()
    assert encoded.unknown.tolist() == [False, True, False]
    with_gaps = fit(ColumnType.CATEGORY, column("red", None), True, {})
    assert with_gaps.encode(column(None, "red")).values.tolist() == [[0, 1], [1, 0]]


def test_codes_are_the_same_with_and_without_gaps_among_them():
    encoder = fit(ColumnType.CATEGORY, column(1, 2, 3), False, {})
    assert encoder.features == ("a = 1", "a = 2", "a = 3")
    assert encoder.encode(column(2.0, None)).values[0].tolist() == [0, 1, 0]
    assert texts_of(column(1.5, None)).tolist()[0] == "1.5"
    assert texts_of(column(True, False)).tolist() == ["True", "False"]


def test_ordered_values_are_their_position():
    facts = {"order": ("small", "medium", "large")}
    encoder = fit(ColumnType.ORDERED, column("large", "small", None), True, facts)
    encoded = encoder.encode(column("large", None, "huge"))
    assert encoded.values[:2].tolist() == [[2, 0], [1, 1]] and encoded.wrong.tolist() == [False, False, True]
    assert "'medium'" in encoder.filled_with
    assert fit(ColumnType.ORDERED, column("10", "9"), False, {"order": ()}).values == ("9", "10")
    assert fit(ColumnType.ORDERED, column("b", "a"), False, {"order": ()}).values == ("a", "b")


def test_dates_become_the_parts_that_differ():
    dates = column("2024-01-31", "2024-02-29", None)
    encoder = fit(ColumnType.DATE, dates, True, {"format": "%Y-%m-%d"})
    assert encoder.features == ("a: month", "a: day", "a: weekday", "a is missing")
    encoded = encoder.encode(column("2024-03-01", "soon", None))
    assert encoded.values[0].tolist() == [3, 1, 4, 0] and encoded.wrong.tolist() == [False, True, False]
    assert encoded.values[2].tolist() == [1.5, 30, 2.5, 1]


def test_months_have_no_weekday():
    months = column("1949-01", "1949-02", "1950-03")
    assert fit(ColumnType.DATE, months, False, {"format": "%Y-%m"}).features == ("a: year", "a: month")


@pytest.mark.parametrize("kind", ColumnType)
def test_all_travel_as_plain_data(kind):
    facts = {"order": (), "format": "%Y"}
    encoder = fit(kind, column("2001", "2002", None), True, facts)
    assert json.loads(json.dumps(encoder.plain()))["type"] == kind
    assert len(encoder.features) == encoder.encode(column("2001")).values.shape[1] >= encoder.quantities


def test_clipped_numbers_stay_where_most_of_training_lie():
    column = pd.Series([*range(1, 100), 10_000.0], name="a")
    encoder = fit(ColumnType.NUMBER, column, False, {"clip": True})
    encoded = encoder.encode(pd.Series([-5.0, 50.0, 1e6], name="a"))
    low, high = np.quantile(column, [0.01, 0.99])
    assert encoded.values[:, 0].tolist() == [low, 50.0, high] and not encoded.wrong.any()
    assert encoder.plain()["clip"] == [low, high]
