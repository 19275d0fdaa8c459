"""Large tables are read in pieces: the same values, types and notes as in one go."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnstudio.data import large_tables, table_reader
from nnstudio.data.csv_file import as_written
from nnstudio.data.dataset import load, sources
from nnstudio.data.table_reader import read_table
from nnstudio.data.tables import description


def lines(count, line, header="a,b,c,y"):
    return f"{header}\n" + "".join(f"{line(i)}\n" for i in range(count))


TABLES = {
    "numbers": lines(900, lambda i: f"{i},{i / 7:.3f},{-i},{i % 3}"),
    "gaps": lines(900, lambda i: f"{i if i % 50 else '?'},{'' if i % 9 == 0 else i / 4},{i},{i % 3}"),
    "texts": lines(900, lambda i: f'{i},"x, {i % 5}",{"NA" if i % 8 == 0 else "DE"},{i % 3}'),
    "whole numbers, then others": lines(900, lambda i: f"{i if i < 500 else i / 8},1,{i},{i % 3}"),
    "numbers, then a text": lines(900, lambda i: f"{'1.50' if i != 700 else 'n. a.'},{i},{i},{i % 3}"),
    "gaps, then texts": lines(900, lambda i: f"{'' if i < 500 else 'late'},{i},{i},{i % 3}"),
    "true and false": lines(900, lambda i: f"{i % 2 == 0},{i},{i},{i % 3}"),
    "long whole numbers": lines(900, lambda i: f"{2**60 + i},{i},{i},{i % 3}"),
    "a longer row": lines(900, lambda i: f"{i},{i},{i},{i % 3}{',9,9' if i == 800 else ''}"),
    "line breaks inside": lines(900, lambda i: f'{i},"one\ntwo {i % 4}",{i},{i % 3}'),
    "decimal commas": lines(900, lambda i: f"{i};{i},25;{i};{i % 3}", "a;b;c;y"),
    "thousands": lines(900, lambda i: f'{i},"{i * 7:,}.5",{i},{i % 3}'),
    "Latin-1": lines(900, lambda i: f"{i},K\xf6ln {i % 3},{i},{i % 3}"),
}


@pytest.fixture
def in_pieces(monkeypatch):
    monkeypatch.setattr(table_reader, "LARGE", 0)
    monkeypatch.setattr(large_tables, "PIECE", 100)


@pytest.mark.parametrize("name", TABLES)
def test_it_is_the_same_as_in_one_go(tmp_path, monkeypatch, name):
    path = tmp_path / "t.csv"
    path.write_bytes(TABLES[name].encode("latin-1" if name == "Latin-1" else "utf-8"))
    dialect = as_written(path, sources["csv"].complete({"path": str(path)}))
    whole = read_table(path, dialect)
    monkeypatch.setattr(table_reader, "LARGE", 0)
    monkeypatch.setattr(large_tables, "PIECE", 100)
    pieces = read_table(path, dialect)
    assert list(whole.frame.columns) == list(pieces.frame.columns)
    for column in whole.frame.columns:
        pd.testing.assert_series_equal(whole.frame[column], pieces.frame[column], check_exact=True)
    assert whole.notes == pieces.notes


def test_it_is_read_in_pieces_at_all(tmp_path, in_pieces):
    path = tmp_path / "t.csv"
    path.write_text(TABLES["texts"])
    frame = large_tables.read_in_pieces(path, {"header": None, "names": [0, 1, 2, 3], "skiprows": 1})
    assert frame is not None and len(frame) == 900


def test_the_data_is_the_same(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text(TABLES["gaps"])
    whole = load("csv", {"path": str(path)})
    monkeypatch.setattr(table_reader, "LARGE", 0)
    monkeypatch.setattr(large_tables, "PIECE", 100)
    pieces = load("csv", {"path": str(path)})
    assert np.array_equal(whole.x_train, pieces.x_train) and np.array_equal(whole.y_test, pieces.y_test)
    assert whole.notes == pieces.notes


def test_different_numbers_are_counted_as_pandas_does(monkeypatch):
    monkeypatch.setattr(description, "MANY_ROWS", 0)
    for values in ([1.5, -0.0, 0.0, np.nan, 1.5, np.nan, np.inf], [np.nan, np.nan], [], [3.0, 3.0]):
        cells = pd.Series(values, dtype=float, name="c")
        assert description._counted(cells) == (cells.isna().sum(), cells.nunique())
    assert description._counted(pd.Series(["a", "b", "a", None])) == (1, 2)
