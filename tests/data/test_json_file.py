"""JSON lines and arrays: nesting, gaps, names that occur twice, and what is neither."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.new_rows import read_new_rows

ROWS = [{"size": i / 2, "colour": ("red", "blue")[i % 2], "price": 10.5 * i} for i in range(30)]


@pytest.fixture
def file(tmp_path):
    def file(content, name="t.json"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            path.write_text(text, encoding="utf-8")
        return path

    return file


def read(path):
    return sources["json"].read(path, sources["json"].complete({"path": str(path)}))


def lines(rows):
    return "\n".join(map(json.dumps, rows)) + "\n"


def test_lines_arrays_and_an_array_inside_of_an_object_are_the_same(file):
    for content, name, text in (
        (lines(ROWS), "t.jsonl", "an object on each line"),
        (lines(ROWS).replace("\n", "\n\n"), "t.ndjson", "an object on each line"),
        (lines(ROWS), "t.json", "an object on each line"),
        (ROWS, "t.json", "an array of objects"),
        (ROWS, "t.jsonl", "an array of objects"),
        ({"rows": ROWS}, "t.json", "the array 'rows'"),
        (json.dumps(ROWS).encode("utf-16"), "t.json", "an array of objects"),
        (b"\xef\xbb\xbf" + json.dumps(ROWS).encode(), "t.json", "an array of objects"),
    ):
        known = read(file(content, name))
        assert known.text == f"JSON, {text}, 3 columns" and known.target == "price"
        assert known.table.frame.to_dict("records") == ROWS and known.table.notes == ()


def test_what_else_the_object_holds_is_told(file):
    known = read(file({"version": 1, "rows": ROWS}))
    assert known.table.notes == ("The rows are those of 'rows'; left out: version.",)


def test_objects_are_opened_one_level_and_the_rest_is_told(file):
    rows = [{"id": {"a": i, "deep": {"x": 1}}, "tags": [1], "y": i} for i in range(5)]
    table = read(file(rows)).table
    assert list(table.frame.columns) == ["id.a", "y"]
    assert table.notes[0].startswith("Each value inside of 'id' is a column of its own")
    assert table.notes[1].startswith("'id.deep', 'tags' are left out")


def test_what_is_not_there_is_missing(file):
    rows = [{"a": 1, "b": "x"}, {"b": None, "c": True}, {"a": float("nan"), "b": "n/a", "c": False}]
    frame = read(file(rows)).table.frame
    assert frame["a"].tolist()[0] == 1 and frame.isna().sum().tolist() == [2, 2, 1]


def test_numbers_longer_than_a_float_are_kept(file):
    frame = read(file([{"id": 2**70 + i, "y": i} for i in range(3)])).table.frame
    assert frame["id"].tolist() == [2**70, 2**70 + 1, 2**70 + 2]


def test_new_rows_of_a_csv_and_back(file, tmp_path):
    data = load("json", {"path": str(file(ROWS))})
    new = file(lines([{"colour": "red", "size": 2}, {"size": 3, "colour": "blue"}]), "new.jsonl")
    text = tmp_path / "new.csv"
    text.write_text("size,colour\n2,red\n3,blue\n")
    of_json, of_csv = (read_new_rows(path, {}, data) for path in (new, text))
    assert np.array_equal(of_json.x, of_csv.x) and of_json.answered.all()


def test_what_cannot_be_encoded_is_replaced(file):
    frame = read(file('[{"a": "\\ud800", "y": 1}, {"a": "b", "y": 2}]')).table.frame
    assert frame["a"].tolist() == ["\ufffd", "b"]


@pytest.mark.parametrize(
    "content, words",
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "is not JSON"),
        (b"\xff\xfe\xfd", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"a":' * 100_000, "is not JSON"),
        ("[]", "has no values"),
        ("[1, 2]", "Entry 1 of 't.json' is 1, not an object"),
        ('{"a": 1}\n[2]\n', r"Row 2 of 't.json' is \[2\], not an object"),
        ('{"a": 1}\n{"a": 2\n', "Line 2 of 't.json' is not JSON"),
        ('{"a": [1, 2], "b": [3, 4]}', "no array of objects"),
        ('{"a": [{"x": 1}], "b": [{"x": 1}]}', "several arrays of objects: 'a', 'b'. Say which .* set Array"),
        ('[{"a": 1, "a": 2}]', "Entry 1 of 't.json' has 'a' more than once"),
        ('[{"a": {"b": 1}, "a.b": 2}]', "two values 'a.b'"),
        ('[{"a": [1]}]', "has no values.*is left out"),
        ('[{"a": ' + "9" * 5000 + "}]", "is not JSON"),
        (json.dumps([{str(i): 1 for i in range(10_001)}]), "more than 10,000 different names"),
    ],
)
def test_what_is_no_table_is_a_sentence(file, content, words):
    path = file(content)
    with pytest.raises(DataError, match=words):
        load("json", {"path": str(path)})
    with pytest.raises(DataError, match=words):
        sources["json"].look(sources["json"].complete({"path": str(path)}))


def test_of_several_arrays_a_person_chooses_one_by_its_name(file):
    one = [{"a": i, "y": i % 2} for i in range(20)]
    path = file({"n": 3, "deep": {"items": one, "more": [{"b": 1}]}, "top": {"x": [1]}})
    options = {"path": str(path), "array": "deep.items"}
    data = load("json", options)
    assert data.features == ("a",) and len(data.all_inputs()) == 20
    assert "The rows are those of 'deep.items'; left out: deep.more, n, top." in data.notes
    with pytest.raises(DataError, match=r"no array of objects 'deep'\. It has: 'deep\.items'"):
        load("json", {**options, "array": "deep"})
    # The outermost is taken where there is one, and new rows need no array of that name.
    outer = file({"rows": one, "meta": {"b": [{"c": 1}]}}, "outer.json")
    assert load("json", {"path": str(outer)}).features == ("a",)
    assert len(read_new_rows(file(lines(one), "new.jsonl"), {"array": "deep.items"}, data).x) == 20
    assert load("series", {**options, "column": "a", "window": 2}).targets == ("a",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"a": [{"x": 1}], "b": {"c": [{"x": 2}], "d": 3}, "e": [1]}', ("a", "b.c")),
        ('{"a": [{"x": 1}]}', ("a",)),
        ('[{"x": 1}]', ()),
        ('{"x": 1}\n{"x": 2}\n', ()),
        ('{"x": 1}', ()),
        ('{"x": ', ()),
    ],
)
def test_the_arrays_are_offered(tmp_path, text, names):
    (tmp_path / "t.json").write_text(text)
    assert sources["json"].listed_in(tmp_path / "t.json") == {"array": names}


def test_an_error_names_all_arrays(tmp_path):
    rows = [{"x": i} for i in range(9)]
    (tmp_path / "t.json").write_text(json.dumps({f"part {i}": rows for i in range(6)}))
    source = sources["json"]
    with pytest.raises(DataError, match=r"'part 0', .*, 'part 5'\. Say which"):
        source.load(source.complete({"path": str(tmp_path / "t.json")}))
