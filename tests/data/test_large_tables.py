"""Large tables are read in pieces: the same values, types and notes as in one go."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnstudio.data import csv_file, excel_file, json_file, large_tables, parquet_file, table_reader
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


@pytest.mark.parametrize("name", ["gaps", "numbers", "texts", "whole numbers, then others", "thousands"])
def test_the_data_is_the_same(tmp_path, monkeypatch, name):
    path = tmp_path / "t.csv"
    path.write_text(TABLES[name])
    whole = load("csv", {"path": str(path)})
    monkeypatch.setattr(table_reader, "LARGE", 0)
    monkeypatch.setattr(large_tables, "PIECE", 100)
    pieces = load("csv", {"path": str(path)})
    for one, other in zip(whole.arrays, pieces.arrays, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(whole.x_shift, pieces.x_shift) and np.array_equal(whole.x_scale, pieces.x_scale)
    assert whole.notes == pieces.notes


def test_different_numbers_are_counted_as_pandas_does(monkeypatch):
    monkeypatch.setattr(description, "MANY_ROWS", 0)
    for values in ([1.5, -0.0, 0.0, np.nan, 1.5, np.nan, np.inf], [np.nan, np.nan], [], [3.0, 3.0]):
        cells = pd.Series(values, dtype=float, name="c")
        assert description._counted(cells) == (cells.isna().sum(), cells.nunique())
    assert description._counted(pd.Series(["a", "b", "a", None])) == (1, 2)


@pytest.fixture
def all_slow(monkeypatch):
    """Every file takes long to read."""
    for module in (csv_file, json_file, parquet_file):
        monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(excel_file, "SLOW", 0)


@pytest.mark.parametrize("kind", ["csv", "excel", "json", "parquet"])
def test_the_first_rows_are_there_at_once_and_as_in_the_whole(tmp_path, monkeypatch, all_slow, kind):
    monkeypatch.setattr(csv_file, "START_BYTES", 150)
    monkeypatch.setattr(json_file, "START_BYTES", 700)
    for module in (parquet_file, excel_file):
        monkeypatch.setattr(module, "START_ROWS", 12)
    source = sources[kind]
    options = source.complete({**source.example(tmp_path), "names": "width: size"})
    start, whole = source.look_at_start(options), source.look(options)
    count = len(start.frame)
    assert start.is_start and 5 < count < len(whole.frame) == 40 and not whole.is_start
    assert start.frame.equals(whole.frame.iloc[:count]) and next(iter(start.frame)) == "size"
    assert [(c.name, c.type) for c in start.columns] == [(c.name, c.type) for c in whole.columns]
    # Which rows are held back is known of all only.
    assert not len(start.train) and not len(start.validation) and not len(start.test)


@pytest.mark.parametrize("kind", ["csv", "excel", "json", "parquet"])
def test_a_small_file_has_no_start_of_its_own(tmp_path, kind):
    source = sources[kind]
    assert source.look_at_start(source.complete(source.example(tmp_path))) is None


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [("json", "a.json", b'[{"a": 1}, {"a": 2}]'), ("csv", "a.csv", "a;b\n1;2\n3;4\n".encode("utf-16"))],
)
def test_where_the_first_rows_cannot_be_told_there_are_none(tmp_path, all_slow, kind, name, content):
    (tmp_path / name).write_bytes(content)
    assert sources[kind].look_at_start(sources[kind].complete({"path": str(tmp_path / name)})) is None
