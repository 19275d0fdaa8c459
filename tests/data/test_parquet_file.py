"""Parquet: types of columns come out right, nested ones are opened or told, and what is no Parquet."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.new_rows import read_new_rows

ROWS = 24


@pytest.fixture
def file(tmp_path):
    def file(columns, name="t.parquet"):
        pq.write_table(pa.table(columns), tmp_path / name)
        return tmp_path / name

    return file


def read(path):
    return sources["parquet"].read(path, sources["parquet"].complete({"path": str(path)}))


def column(file, values):
    """What a column becomes, and the notes."""
    table = read(file({"x": values, "y": pa.array(np.arange(len(values)))})).table
    return table.frame["x"], table.notes


MOMENT = datetime.datetime(2024, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    "values, expected",
    [
        (pa.array([1, None, 3]), [1, None, 3]),
        (pa.array([2**60 + 1, None]), [2**60 + 1, None]),
        (pa.array([2**60 + 1, 2]), [2**60 + 1, 2]),
        (pa.array([1, 255], pa.uint8()), [1, 255]),
        (pa.array([1.5, None], pa.float32()), [1.5, None]),
        (pa.array([True, None, False]), [True, None, False]),
        (pa.array(["a", "b", "a", None]).dictionary_encode(), ["a", "b", "a", None]),
        (pa.array([1, 2, 1]).dictionary_encode(), [1, 2, 1]),
        (pa.array([Decimal("1.25"), None]), [1.25, None]),
        (pa.array([datetime.date(2024, 1, 2), None]), ["2024-01-02", None]),
        (pa.array([MOMENT, None], pa.timestamp("ns")), ["2024-01-02 03:04:05", None]),
        (pa.array([MOMENT], pa.timestamp("s", "Europe/Berlin")), ["2024-01-02 03:04:05"]),
        (pa.array([datetime.time(1, 30)], pa.time64("ns")), [90]),
        (pa.array([datetime.timedelta(hours=2)], pa.duration("ns")), [120]),
        (pa.array([" a ", "n/a", "NA", ""]), ["a", None, None, None]),
        (pa.array([b"a", None]), ["a", None]),
        (pa.array([None, None]), [None, None]),
    ],
)
def test_types_come_out_right(file, values, expected):
    cells, _notes = column(file, values)
    assert [
        None if missing else value for value, missing in zip(cells, cells.isna(), strict=True)
    ] == expected


def test_numbers_are_numbers(file):
    assert column(file, pa.array([1, None, 3]))[0].dtype == np.float64
    assert column(file, pa.array([1, 2], pa.int8()))[0].dtype.kind == "i"
    assert column(file, pa.array([True, False]))[0].dtype == bool


def test_time_zones_and_lost_fractions_are_told(file):
    at = MOMENT.replace(microsecond=5)
    _, notes = column(file, pa.array([at], pa.timestamp("us", "UTC")))
    assert notes == ("Times of 'x' are in UTC.", "Fractions of seconds in 'x' are left out.")


def test_codes_of_two_letters_hold_na(file):
    cells, notes = column(file, pa.array(["DE", "FR", "NA", "US"]))
    assert cells.tolist() == ["DE", "FR", "NA", "US"] and notes[0].startswith("'NA' in column 'x'")


def test_objects_are_opened_one_level_and_lists_are_told(file):
    table = read(
        file(
            {
                "place": [{"lat": 1.5, "deep": {"x": 1}}, {"lat": 2.5, "deep": None}],
                "tags": [["a"], []],
                "y": [1, 2],
            }
        )
    ).table
    assert list(table.frame.columns) == ["place.lat", "y"]
    assert table.notes[0].startswith("Each value inside of 'place' is a column of its own")
    assert table.notes[1].startswith("'place.deep', 'tags' are left out")


def test_bytes_that_are_no_text_are_left_out(file):
    table = read(file({"raw": [b"\xff\xfe", b"\x00"], "a": [1, 2], "y": [1, 2]})).table
    assert list(table.frame.columns) == ["a", "y"]
    assert table.notes[0].startswith("Column 'raw' (binary) is left out: ")


def test_it_is_learned_from_and_predicted(file):
    columns = {
        "when": [datetime.date(2024, 1, 1 + i) for i in range(ROWS)],
        "colour": pa.array([("red", "blue")[i % 2] for i in range(ROWS)]).dictionary_encode(),
        "price": [i * 1.5 for i in range(ROWS)],
    }
    data = load("parquet", {"path": str(file(columns))})
    assert data.targets == ("price",) and "when: day" in data.features and "colour = red" in data.features
    columns.pop("price")
    assert read_new_rows(file(columns, "new.parquet"), {}, data).answered.all()


def test_what_is_no_parquet_is_a_sentence(file, tmp_path):
    path = file({"a": list(range(ROWS)), "y": list(range(ROWS))})
    content = path.read_bytes()
    for wrong, words in (
        (b"a,b\n1,2\n", "is not a Parquet file"),
        (b"", "is not a Parquet file"),
        (content[:-20], "is cut off"),
        (b"PARE" + content[4:], "is encrypted"),
        (b"PAR1PAR1", "cannot be read"),
        (content[:40] + content[-90:], "cannot be read"),
    ):
        path.write_bytes(wrong)
        with pytest.raises(DataError, match=words):
            read(path)


@pytest.mark.parametrize("columns, words", [({}, "no table"), ({"a": [[1], [2]]}, "no column with single")])
def test_a_table_without_values_is_a_sentence(file, columns, words):
    with pytest.raises(DataError, match=words):
        read(file(columns))


def test_no_rows_are_a_sentence(file):
    with pytest.raises(DataError, match="no rows of data"):
        read(file({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}))


def test_flipped_bytes_are_a_sentence_or_a_table(file):
    path = file({"a": list(range(ROWS)), "b": [f"word {i % 3}" for i in range(ROWS)]})
    content = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(300):
        spoiled = bytearray(content)
        for at in random.integers(4, len(content) - 4, 3):
            spoiled[at] ^= 1 << random.integers(8)
        path.write_bytes(bytes(spoiled))
        try:
            read(path)
        except DataError as error:
            assert str(error).endswith((".", "?"))
