"""Awkward tables are read rightly, or what was left out, read otherwise or is unclear is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from reading import Reading
from readings_of_files import FILES
from readings_of_shared import SHARED
from readings_of_values import VALUES

from nnstudio.data.csv_file import as_written
from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.dialect import DELIMITERS
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.table_reader import read_table

READINGS = (*VALUES, *FILES, *SHARED)


def write(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture(params=READINGS, ids=str)
def case(request) -> Reading:
    return request.param


def test_a_table_is_read_rightly(tmp_path, case):
    path, source = write(tmp_path, case.text), sources["csv"]
    options = source.complete({"path": str(path), **case.options})
    preview, look = source.preview(options), source.look(options)
    assert preview is not None and look is not None
    assert preview.columns == tuple(c.name for c in look.columns) == case.columns
    assert f"separated by {DELIMITERS[case.delimiter]}," in preview.text and preview.target == case.target
    assert f"decimal mark “{case.decimal}”" in preview.text
    assert ("first row names the columns" in preview.text) is case.header
    first = [None if value != value else value for value in look.frame.iloc[0]]
    assert tuple(first) == case.first and len(look.frame) == case.rows
    assert "".join(str(column.type)[0] for column in look.columns) == case.types
    said = " ".join([look.text, look.problem, *(column.why for column in look.columns)])
    try:
        said += " ".join(load("csv", options).notes)
        assert not case.problem
    except DataError as error:
        assert case.problem and case.problem in str(error)
        said += str(error)
    assert [words for words in case.notes if words not in said] == []
    if not case.notes:
        assert read_table(path, as_written(path, options)).notes == ()


@pytest.mark.parametrize("case", [case for case in READINGS if case.new is not None], ids=str)
def test_new_rows_are_read_as_the_table_was(tmp_path, case):
    data = load(
        "csv",
        {"path": str(write(tmp_path, case.text)), **case.options, "test_ratio": 0.0, "validation_ratio": 0.0},
    )
    rows = read_new_rows(write(tmp_path, case.new, "new.csv"), case.options, data)
    assert rows.x.tolist() == [list(row) for row in case.inputs] and rows.answered.all()


def test_there_are_many_kinds():
    assert len({case.name for case in READINGS}) == len(READINGS) >= 100


def test_nul_bytes_far_below_are_no_text(tmp_path):
    text = b"a,y\n" + b"1,2\n" * 10_000 + b"3,\0\n"
    with pytest.raises(DataError, match="not a text file"):
        load("csv", {"path": str(write(tmp_path, text))})


def test_a_wrong_cell_can_be_missing_left_out_or_text(tmp_path):
    rows = "".join(f"{'n.v.' if i == 4 else i},{i % 7},{'pq'[i % 2]}\n" for i in range(20))
    path = {"path": str(write(tmp_path, "age,b,y\n" + rows)), "test_ratio": 0.0, "validation_ratio": 0.0}
    with pytest.raises(DataError, match=r"'age' .*'n.v.' in data row 5") as error:
        load("csv", path)
    for words in ("columns='age: number'", "skip_rows='5'", "columns='age: category'"):
        assert words in str(error.value)
    missing = load("csv", {**path, "columns": "age: number"})
    assert missing.features == ("age", "age is missing", "b") and "'n.v.' in data row 5" in missing.notes[0]
    assert len(load("csv", {**path, "skip_rows": "5"}).x_train) == 19
    assert "age = n.v." in load("csv", {**path, "columns": "age: category"}).features


def test_codes_with_a_nought_in_front_can_be_numbers(tmp_path):
    rows = "".join(f"0{1000 + i},{'pq'[i % 2]}\n" for i in range(8))
    path = {"path": str(write(tmp_path, "zip,y\n" + rows)), "test_ratio": 0.0, "validation_ratio": 0.0}
    assert len(load("csv", path).features) == 8
    data = load("csv", {**path, "columns": "zip: number"})
    assert data.features == ("zip",)
    assert sorted((data.x_train * data.x_scale + data.x_shift)[:, 0].round()) == list(range(1000, 1008))


def test_what_was_said_when_training_holds_for_new_rows_and_is_said_again(tmp_path):
    rows = "".join(f"{i} kg;{'pq'[i % 2]}\n" for i in range(1, 9))
    data = load(
        "csv", {"path": str(write(tmp_path, "w;y\n" + rows)), "test_ratio": 0.0, "validation_ratio": 0.0}
    )
    new = read_new_rows(write(tmp_path, "# new\nw\n3 kg\n"), {}, data)
    assert "'w' is in kg." in new.notes and "A line before the table is left out: '# new'." in new.notes
