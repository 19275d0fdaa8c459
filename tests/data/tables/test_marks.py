"""What stands for missing values: counted as it is written, and a value where a person says so."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from nnstudio.data.dataset import load, sources
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.tables.marks import Mark
from nnstudio.data.tables.source import reader_of
from nnstudio.export.numpy_code import rows as exported

CELLS = ("3", "?", "-999", "", "5", "4", "7", "?", "NA", "6")
ROOMS = ("None", "one", "two", "-", "unknown")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "house.csv"
    lines = "".join(f"{CELLS[i % 10]},{ROOMS[i % 5]},{i % 2}\n" for i in range(100))
    path.write_text("size,rooms,sold\n" + lines)
    return {"path": str(path)}


def marks(options):
    return sources["csv"].look(sources["csv"].complete(options)).marks


def test_marks_are_counted_as_they_are_written(table):
    assert marks(table) == (
        Mark("", 10, True, True), Mark("?", 20, True, True), Mark("None", 20, True, True),
        Mark("-", 20, True, True), Mark("NA", 10, True, True), Mark("-999", 10, False, False),
        Mark("unknown", 20, False, False),
    )  # fmt: skip


def test_what_a_person_says_is_shown_and_holds(table):
    said = {**table, "missing_marks": "-999, unknown, x", "kept_marks": "None, -"}
    by_text = {mark.text: mark for mark in marks(said)}
    assert by_text["None"] == Mark("None", 20, False, True) and by_text["x"] == Mark("x", 0, True, False)
    assert by_text["-999"] == Mark("-999", 10, True, False) and by_text["?"].is_missing
    data = load("csv", said)
    assert data.features == (
        "size", "size is missing", "rooms = -", "rooms = None", "rooms = one", "rooms = two",
        "rooms is missing",
    )  # fmt: skip


def test_a_mark_that_is_a_value_is_one_in_new_rows_and_exports(tmp_path, table):
    said = {**table, "kept_marks": "None, -"}
    data, new = load("csv", said), tmp_path / "new.csv"
    new.write_text("size,rooms\n3,None\n3,one\n")
    read = read_new_rows(new, said, data)
    (column,) = (c for c in data.preprocessing()["inputs"] if c["column"] == "rooms")
    for row, cell in zip(read.x, ("None", "one"), strict=True):
        assert exported.encoded(column, cell) == row[-len(column["values"]) :].tolist()
    assert exported.text_of("None") == "" and read.x[0].tolist() != read.x[1].tolist()


def test_a_code_that_looks_like_a_mark_is_none_until_a_person_says_so(tmp_path):
    path = tmp_path / "lands.csv"
    path.write_text("land,y\n" + "".join(f"{('NA', 'DE', 'FR')[i % 3]},{i}\n" for i in range(60)))
    assert marks({"path": str(path)}) == (Mark("NA", 20, False, False),)
    assert marks({"path": str(path), "missing_marks": "NA"}) == (Mark("NA", 20, True, False),)


def test_marks_are_the_same_in_each_format(tmp_path):
    rows = [{"size": CELLS[i % 10], "rooms": ROOMS[i % 5], "sold": i % 2} for i in range(100)]
    for suffix, mark in ((".csv", ","), (".tsv", "\t")):
        lines = (mark.join(map(str, row)) for row in (rows[0], *(row.values() for row in rows)))
        (tmp_path / f"t{suffix}").write_text("\n".join(lines))
    # A column of a Parquet file has one type.
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    for row in rows:
        is_number = row["size"].lstrip("-").isdigit()
        row["size"] = int(row["size"]) if is_number else row["size"] or None
    (tmp_path / "t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    book = Workbook()
    for row in (rows[0], *(row.values() for row in rows)):
        book.active.append(list(row))
    book.save(tmp_path / "t.xlsx")
    for said in ({}, {"missing_marks": "-999, unknown, x", "kept_marks": "None, -"}):
        understood = []
        for path in sorted(tmp_path.glob("t.*")):
            source, options = reader_of(path), {"path": str(path), **said}
            look, data = source.look(source.complete(options)), load(source.id, options)
            new = read_new_rows(path, said, data, said.get("missing_marks", ""))
            understood.append((look.marks, look.columns, data.features, data.notes, new.x.tolist()))
        assert all(one == understood[0] for one in understood)


def test_lines_before_a_table_are_said_or_guessed(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "made,by,hand\n1,2,3\nage,size,y\n" + "".join(f"{i},{i % 7},{i % 3}\n" for i in range(30))
    )
    options = {"path": str(path), "skip_lines": "2"}
    data = load("csv", options)
    assert data.features == ("age", "size") and len(data.all_inputs()) == 30
    assert any("2 lines before the table are left out" in note for note in data.notes)
    for wrong, why in (
        ("", "'age' in data row 2 is not one"),
        ("x", "takes a number of lines"),
        ("900", "no table behind its first 900 lines"),
    ):
        with pytest.raises(ValueError, match=why):
            load("csv", {**options, "skip_lines": wrong})
