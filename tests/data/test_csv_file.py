"""A person's own CSV: guesses, one-hot columns, missing values, and sentences for what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.csv_file import as_written
from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.dialect import guess
from nnstudio.data.table_reader import read_table


def write(folder, text, name="t.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "text, delimiter, header, decimal, columns",
    [
        ("a,b,c\n1,2,x\n3,4,y\n", ",", True, ".", ("a", "b", "c")),
        ("1,2,x\n3,4,y\n", ",", False, ".", ("column 1", "column 2", "column 3")),
        ("a;b\n1,5;2\n3,25;4\n", ";", True, ",", ("a", "b")),
        ("a\tb\n1.5\t2\n", "\t", True, ".", ("a", "b")),
        ("\ufeffa|b\n1|2\n", "|", True, ".", ("a", "b")),
    ],
)
def test_guesses(tmp_path, text, delimiter, header, decimal, columns):
    style = guess(write(tmp_path, text))
    assert (style.delimiter, style.header, style.decimal, style.columns) == (
        delimiter,
        header,
        decimal,
        columns,
    )


def test_text_columns_become_one_hot_and_the_target_classes(tmp_path):
    rows = "".join(f"{i},{'red' if i % 2 else 'blue'},{'yes' if i % 3 else 'no'}\n" for i in range(30))
    data = load("csv", {"path": write(tmp_path, "size,colour,bought\n" + rows)})
    assert data.features == ("size", "colour = blue", "colour = red")
    assert data.classes == ("no", "yes") and data.targets == ("bought",)
    original = data.x_train * data.x_scale + data.x_shift
    assert set(np.round(original[:, 1] + original[:, 2], 5)) == {1.0}


def test_decimal_commas_and_a_chosen_target(tmp_path):
    path = write(tmp_path, "x;y;z\n1,5;2;3\n2,5;3;4\n3,5;5;9\n4,5;5,5;1\n")
    data = load("csv", {"path": path, "target": "x", "test_ratio": 0.0, "validation_ratio": 0.0})
    assert data.targets == ("x",) and data.features == ("y", "z")
    values = np.sort((data.y_train * data.y_scale + data.y_shift)[:, 0])
    np.testing.assert_allclose(values, [1.5, 2.5, 3.5, 4.5], rtol=1e-6)


def test_rows_that_lack_a_value_are_left_out_where_a_person_says_so(tmp_path):
    text = "a,b\n1,2\n,3\n4,\n?,1\n5,6\n7,8\n"
    data = load("csv", {"path": write(tmp_path, text), "gaps": "leave rows out", "validation_ratio": 0.0})
    assert len(data.all_inputs()) == 3
    assert "3 rows" in data.notes[0] and "'a' (2)" in data.notes[0] and "'b' (1)" in data.notes[0]


def test_text_with_too_many_values_is_left_out_and_said(tmp_path):
    rows = "".join(f"id{i},{i},{i * 2.5}\n" for i in range(300))
    data = load("csv", {"path": write(tmp_path, "name,a,b\n" + rows)})
    assert data.features == ("a",) and "'name' is left out" in data.notes[0]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "is empty"),
        ("a,b\n", "no rows"),
        ("a,b\n1,\n,\n", "no rows of data.*missing"),
        ("a,b\n1,\n,2\n", "target is missing in 1 of the 2 rows.*leave rows out"),
        ("a,b\n1,2\n", "only one row"),
        ("a\n1\n2\n3\n", "only one column"),
        ("a,b\n" + "1,2\n" * 9 + "1x,2\n", r"'1x' in data row 10"),
        ("a,b\n1,2\ninf,3\n4,5\n", "infinite"),
    ],
)
def test_bad_files_get_a_sentence(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        load("csv", {"path": write(tmp_path, text)})


def test_no_file_and_no_such_column(tmp_path):
    with pytest.raises(DataError, match="No file is chosen"):
        load("csv", {})
    with pytest.raises(DataError, match="cannot be opened: No such file"):
        load("csv", {"path": str(tmp_path / "none.csv")})
    with pytest.raises(DataError, match=r"no column 'z'.*a, b"):
        load("csv", {"path": write(tmp_path, "a,b\n1,2\n3,4\n"), "target": "z"})


def test_ten_million_columns_are_refused_before_the_table_is_parsed(tmp_path, monkeypatch):
    def parse(*_words, **_settings):
        raise AssertionError("the whole table was parsed")

    monkeypatch.setattr("pandas.read_csv", parse)
    path = tmp_path / "wide.csv"
    line = b"1," * 9_999_999 + b"1\n"
    path.write_bytes(line * 2)
    with pytest.raises(DataError, match="columns"):
        load("csv", {"path": str(path)})


@pytest.mark.parametrize("top", ['"a\nb",c', 'x,"b\r\nc\n\nd"', '\ufeff"a\nb",c'])
def test_no_row_is_lost_behind_a_name_of_two_lines(top, tmp_path):
    path = tmp_path / "two.csv"
    path.write_bytes(f"{top}\n1,2\n3,4\n5,6\n".encode())
    assert read_table(path, guess(path)).frame.to_numpy().tolist() == [[1, 2], [3, 4], [5, 6]]


def test_a_binary_file_is_no_table(tmp_path):
    path = tmp_path / "b.csv"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(DataError, match="not a text file"):
        load("csv", {"path": str(path)})


def test_a_folder_is_called_one(tmp_path):
    with pytest.raises(DataError, match=r"' is a folder; a file is needed\. Choose another file\.$"):
        guess(tmp_path)


@pytest.mark.parametrize("encoding", ["Windows-1251", "Shift-JIS", "cp437", "UTF-16", "utf-16-be", "UTF-8"])
def test_a_chosen_encoding_is_that_of_preview_and_table(tmp_path, encoding):
    word = {"Windows-1251": "Москва", "Shift-JIS": "ソ表"}.get(encoding, "Köln")
    path = tmp_path / "t.csv"
    path.write_bytes(("town|y\n" + f"{word}|1\nBonn|2\n" * 4).encode(encoding))
    options = sources["csv"].complete({"path": str(path), "encoding": encoding})
    assert sources["csv"].preview(options).rows[0] == (word, "1")
    assert sources["csv"].read(path, options).table.frame["town"][0] == word
    assert "encoding" in sources["series"].listed_options and sources["csv"].listed_in(path)["encoding"]


def test_letters_of_another_encoding_are_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"town,y\nBonn,1\nK\x81ln,3\n")
    assert "line 3 holds control characters instead of letters: 'K\ufffdln,3'" in guess(path).sentence
    for encoding, said in (("UTF-8", "is not written in UTF-8, as byte 16"), ("base64", "'base64' is none")):
        with pytest.raises(DataError, match=said):
            as_written(path, sources["csv"].complete({"encoding": encoding}))


def test_decimal_commas_between_commas_are_asked_about(tmp_path):
    path = write(tmp_path, "a,b\n" + "".join(f"{i},{i + 11},{i * 7}\n" for i in range(12)))
    with pytest.raises(DataError, match=r"12 of the 12 rows .* such as 0,11,0 in .* the decimal mark, save"):
        read_table(Path(path), guess(path))
