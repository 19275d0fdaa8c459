"""One table, however it is written: the same data, and what reads a file follows from its name."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from nnstudio.data.dataset import load, sources
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.tables.source import reader_of, table_suffixes

KINDS = ("csv", "excel", "parquet", "json")
ROWS = 25


def write_csv(path, columns):
    rows = zip(*columns.values(), strict=True)
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines, ""]), encoding="utf-8")


def write_excel(path, columns):
    book = Workbook()
    book.active.append(list(columns))
    for row in zip(*columns.values(), strict=True):
        book.active.append(row)
    book.save(path)


def write_parquet(path, columns):
    pq.write_table(pa.table(columns), path)


def write_json(path, columns):
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    path.write_text("".join(f"{json.dumps(row, default=str)}\n" for row in rows), encoding="utf-8")


def written(folder: Path, columns, name="t"):
    """The files of a table, by the kinds of data."""
    paths = {kind: folder / f"{name}{sources[kind].suffixes[0]}" for kind in KINDS}
    for kind, write in zip(KINDS, (write_csv, write_excel, write_parquet, write_json), strict=True):
        write(paths[kind], columns)
    return paths


def column(values, gaps=False):
    cells = st.none() | values if gaps else values
    return st.lists(cells, min_size=ROWS, max_size=ROWS)


NUMBERS = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))
DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2030, 12, 31))
WORDS = st.sampled_from(["red", "blue", "é", "NA", "n/a", " blank", "US", "new york", "?", "unknown"])
SIZES = st.sampled_from([3, 4, 5, 6, -999])
TABLES = st.fixed_dictionaries(
    {
        "count": column(st.integers(-50, 50), gaps=True),
        "width": column(NUMBERS, gaps=True),
        "height": column(NUMBERS),
        "size": column(SIZES),
        "colour": column(WORDS, gaps=True),
        "on": column(st.booleans(), gaps=True),
        "day": column(DAYS, gaps=True),
        "label": st.permutations(["yes", "no"] * 10 + ["maybe"] * 5),
    }
)


def understood(kind, path):
    """All that a person or a network sees of the data."""
    data = load(kind, {"path": str(path)})
    arrays = (data.x_train, data.y_train, data.x_test, data.y_test, data.x_shift, data.x_scale)
    look = sources[kind].look(sources[kind].complete({"path": str(path)}))
    told = (data.features, data.classes, data.targets, data.notes, look.columns, set(look.marks))
    return told, arrays, data


# Without making a counterexample smaller, which takes minutes.
@settings(
    max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(TABLES)
def test_the_same_table_in_each_format_is_the_same_data(tmp_path, columns):
    paths = written(tmp_path, columns)
    told, arrays, data = understood("csv", paths["csv"])
    for kind in KINDS[1:]:
        other_told, other_arrays, _ = understood(kind, paths[kind])
        assert other_told == told, kind
        for one, other in zip(arrays, other_arrays, strict=True):
            np.testing.assert_array_equal(one, other, kind)
    rows = [read_new_rows(path, {}, data) for path in paths.values()]
    assert all(np.array_equal(one.x, rows[0].x) and one.notes == rows[0].notes for one in rows)


@pytest.mark.parametrize("named", [True, False])
def test_targets_are_guessed_alike(tmp_path, named):
    numbers = list(range(ROWS))
    columns = {
        "id": numbers, "price" if named else "a": [n * 1.5 for n in numbers],
        "b": [n % 5 for n in numbers], "name": [f"n{n}" for n in numbers],
    }  # fmt: skip
    paths = written(tmp_path, columns)
    targets = {kind: load(kind, {"path": str(path)}).targets for kind, path in paths.items()}
    assert set(targets.values()) == {("price",) if named else ("b",)}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_columns_holds_in_each_format(tmp_path, kind):
    columns = {
        "zip": [100 + i % 3 for i in range(ROWS)],
        "size": [(None, 5, -1)[i % 3] for i in range(ROWS)],
        "note": ["x"] * ROWS,
        "y": [i / 3 for i in range(ROWS)],
    }
    options = {
        "path": str(written(tmp_path, columns)[kind]), "columns": "zip: category; note: left out",
        "missing_marks": "-1", "target": "y", "skip_rows": "1-3",
    }  # fmt: skip
    data = load(kind, options)
    assert data.features == ("zip = 100", "zip = 101", "zip = 102", "size", "size is missing")
    look = sources[kind].look(sources[kind].complete(options))
    assert not look.problem and len(look.frame) == ROWS
    assert len(look.train) + len(look.validation) + len(look.test) == ROWS - 3


def test_numbers_that_are_texts_are_numbers(tmp_path):
    columns = {"a": ["1", "2"] * ROWS, "b": ["1.5", None] * ROWS, "y": ["p", "q"] * ROWS}
    paths = written(tmp_path, columns)
    frames = [
        sources[kind].look(sources[kind].complete({"path": str(path)})).frame for kind, path in paths.items()
    ]
    assert frames[0]["a"].dtype == np.int64 and frames[0]["b"].dtype == np.float64
    assert all(frame.equals(frames[0]) for frame in frames)


def test_truth_values_are_classes_with_their_names(tmp_path):
    columns = {"a": list(range(ROWS)), "y": [i % 3 == 0 for i in range(ROWS)]}
    for kind, path in written(tmp_path, columns).items():
        assert load(kind, {"path": str(path)}).classes == ("False", "True")


def test_the_name_decides_what_reads_a_table():
    assert {reader_of(Path(f"x{suffix}")).id for suffix in table_suffixes()} == set(KINDS)
    assert reader_of(Path("X.XLSX")).id == "excel" and reader_of(Path("x.unknown")).id == "csv"
