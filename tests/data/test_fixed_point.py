"""Numbers with few decimals are kept as whole ones, and come back to the last bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.data import large_tables
from nnstudio.data.fixed_point import MOST, MOST_DECIMALS, counted, packed, unpacked, with_decimals
from nnstudio.data.tables.dataset import without_marks
from nnstudio.data.tables.description import describe
from nnstudio.data.tables.packed_frame import FixedPoint, FixedPointArray, PackedFrame


def same_bits(one, other):
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


@given(st.lists(st.integers(-MOST, MOST), max_size=20), st.integers(0, MOST_DECIMALS))
def test_what_a_text_of_some_decimals_gives_comes_back(whole, decimals):
    numbers = np.array([float(f"{number}e-{decimals}") for number in whole])
    codes = packed(numbers, decimals)
    assert codes is not None and codes.dtype == np.int32
    assert same_bits(unpacked(codes, decimals), numbers)


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20), st.integers(0, MOST_DECIMALS))
def test_whatever_is_packed_comes_back(numbers, decimals):
    codes = packed(np.array(numbers), decimals)
    assert codes is None or same_bits(unpacked(codes, decimals), np.array(numbers))


@pytest.mark.parametrize("number", [np.inf, -np.inf, 1e300, 2.0**31, 1 / 3, 0.12345678901])
def test_other_numbers_are_not_packed(number):
    assert packed(np.array([1.0, number]), MOST_DECIMALS) is None


def test_missing_values_and_both_zeros():
    numbers = np.array([0.0, -0.0, np.nan, -1.25, 0.0])
    codes = packed(numbers, 2)
    assert same_bits(unpacked(codes, 2), numbers)
    assert counted(codes) == (1, 2)
    assert counted(packed(np.array([np.nan]), 0)) == (1, 0) and counted(codes[:0]) == (0, 0)


def test_more_decimals(monkeypatch):
    numbers = np.array([1.5, -0.0, np.nan, -3.0])
    codes = packed(numbers, 1)
    assert with_decimals(codes, 3) and same_bits(unpacked(codes, 4), numbers)
    before = codes.copy()
    assert not with_decimals(codes, 6) and np.array_equal(codes, before)


@pytest.mark.parametrize(
    "pieces, kept",
    [
        ([[1.0, 2.5], [0.125, -7.0]], np.int32),
        ([[1.0, 2.5], [1 / 3, 0.5]], None),
        ([[2e9, 1.0], [0.125, 0.5]], None),
        ([[1.5, -0.0], [np.nan, np.inf], [2.0, 1 / 7]], None),
    ],
)
def test_a_column_that_grows(pieces, kept):
    numbers = np.concatenate(pieces)
    column = large_tables._Numbers(len(numbers), 1)
    at = 0
    for piece in pieces:
        assert column.add(at, pd.Series(piece))
        at += len(piece)
    finished = column.finished(at)
    assert same_bits(np.asarray(finished), numbers)
    assert (finished.codes.dtype if isinstance(finished, FixedPointArray) else None) == kept


@pytest.fixture
def frame():
    def kept(numbers, decimals, are_whole=False):
        return FixedPointArray(packed(np.array(numbers, float), decimals), FixedPoint(decimals, are_whole))

    return PackedFrame(
        {"a": kept([1.5, np.nan, -0.5, 2.0], 1), "n": kept([3, 1, 2, 1], 0, True), "t": ["x", "y", "x", None]}
    )


def test_a_column_that_is_asked_for_is_plain(frame):
    assert frame["a"].dtype == np.float64 and frame["n"].dtype == np.int64
    assert isinstance(frame.kept("a"), FixedPointArray) and frame.kept("t") is None
    assert frame.kept("a").nbytes == 16 and list(frame["t"][:2]) == ["x", "y"]
    pd.testing.assert_series_equal(frame.pop("a"), pd.Series([1.5, np.nan, -0.5, 2.0], name="a"))
    assert list(frame.columns) == ["n", "t"]


@pytest.mark.parametrize(
    "what",
    [
        lambda table: table.drop(index=[1]).infer_objects(),
        lambda table: table[table["n"] > 1],
        lambda table: table.iloc[::2],
        lambda table: table[["n", "a"]],
        lambda table: table.reset_index(drop=True),
        lambda table: table.assign(n=table["n"].mask(table["n"] == 1)),
        lambda table: table.isna(),
        lambda table: table.take([3, 0]),
        lambda table: without_marks(table, "2, x"),
    ],
)
def test_tables_of_both_kinds_do_the_same(frame, what):
    plain = pd.DataFrame({name: frame[name] for name in frame.columns})
    expected, got = what(plain), what(frame)
    assert list(expected.columns) == list(got.columns)
    for name in expected.columns:
        pd.testing.assert_series_equal(expected[name], got[name], check_exact=True)


def test_it_is_described_the_same(frame):
    plain = pd.DataFrame({name: frame[name] for name in frame.columns})
    assert describe(frame, {}, ("n",)) == describe(plain, {}, ("n",))
