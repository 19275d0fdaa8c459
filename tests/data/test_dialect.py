"""How tables are written: every convention is understood, and said."""

from __future__ import annotations

import pytest

from nnstudio.data import number_marks
from nnstudio.data.dataset import DataError, load
from nnstudio.data.dialect import guess
from nnstudio.data.table_reader import read_table


@pytest.fixture
def write(tmp_path):
    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def read(path):
    dialect = guess(path)
    return dialect, read_table(path, dialect)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_words_are_the_same_in_every_encoding(write, encoding):
    rows = "".join(f"{word};{i}\n" for i in range(4) for word in ("Köln", "Kåln", "Kéln"))
    dialect, table = read(write("Stadt;Größe\n" + rows, encoding))
    assert dialect.columns == ("Stadt", "Größe")
    assert sorted(set(table.frame["Stadt"])) == sorted(("Köln", "Kåln", "Kéln"))
    titles = {"cp1252": "Windows-1252", "utf-32": "UTF-32"}
    wanted = titles.get(encoding, "UTF-16" if "16" in encoding else None)
    assert (f"written in {wanted}" in dialect.sentence) if wanted else "written in" not in dialect.sentence


def test_an_encoding_that_shows_late_is_no_other_for_the_start(write):
    rows = "plain;1\n" * 100_000
    table = read(write(f"word;n\n{rows}Köln;2\n", "cp1252"))[1]
    assert table.frame["word"].iloc[-1] == "Köln"


def test_one_line_in_another_encoding_makes_no_wrong_letters_of_the_others(write):
    path = write("Stadt,y\n" + "".join(f"K{'öäü'[i % 3]}ln,{i}\n" for i in range(20)))
    path.write_bytes(path.read_bytes() + "Köln,20\n".encode("cp1252"))
    with pytest.raises(DataError, match="UTF-8 but for line 22, 'K\ufffdln,20'"):
        read(path)


def test_the_line_of_excel_that_names_the_delimiter_is_obeyed(write):
    dialect, table = read(write("sep=;\na;b\n1,5;2\n2,5;3\n"))
    assert dialect.columns == ("a", "b") and table.frame["a"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    "text, delimiter, columns, first",
    [
        ("6,1;3,2;1,3\n7,5;8,3;5,9\n5,3;8,5;7,5\n", ";", 3, [6.1, 3.2, 1.3]),
        ("a b\n1.5 2.5\n3.5 4.5\n", " ", 2, [1.5, 2.5]),
        ("when,n\n2020-01-01 10:00,5\n2020-01-02 11:00,6\n", ",", 2, ["2020-01-01 10:00", 5]),
        ("note;n\nred, green;1\nblue, red;2\n", ";", 2, ["red, green", 1]),
    ],
)
def test_a_delimiter_is_what_makes_cells_numbers(write, text, delimiter, columns, first):
    dialect, table = read(write(text))
    assert dialect.delimiter == delimiter and len(dialect.columns) == columns
    assert table.frame.iloc[0].tolist() == first


@pytest.mark.parametrize(
    "text, header",
    [
        # Numbers as names: the class's name is none of the classes.
        ("350,400,class\n0.4,0.9,water\n0.1,0.2,oil\n0.3,0.2,water\n0.5,0.1,oil\n", True),
        # Text only.
        ("outlook,play\nsunny,go\nrain,go\nsunny,stay\nrain,stay\n", True),
        ("sunny,go\nrain,go\nsunny,stay\nrain,stay\n", False),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n6.1,2.9,virginica\n6.5,3.0,virginica\n", False),
        ("1,2\n3,4\n2,3\n", False),
        ("a,b\n1,2\n3,4\n", True),
        ("'1 kg',2\n3,4\n", True),
    ],
)
def test_a_first_row_is_a_header_where_its_words_do_not_recur_below(write, text, header):
    assert guess(write(text)).header is header


@pytest.mark.parametrize(
    "cells, numbers",
    [
        (["1.000,00", "1.137,25", "12.345.678,5"], [1000.0, 1137.25, 12345678.5]),
        (["1'000.5", "2'000.25", "7"], [1000.5, 2000.25, 7.0]),
        (['"1,000.5"', '"2,000.25"', "7"], [1000.5, 2000.25, 7.0]),
        (["0,125", "1,5", "-2,25"], [0.125, 1.5, -2.25]),
        (["1.125", "2.250", "3.500"], [1.125, 2.25, 3.5]),
    ],
)
def test_marks_of_decimals_and_thousands(write, cells, numbers):
    table = read(write("n;v\n" + "".join(f"{i};{cell}\n" for i, cell in enumerate(cells))))[1]
    assert table.frame["v"].tolist() == numbers


@pytest.mark.parametrize("usual, odd", [("1.{:03},50", "1.5"), ("{},50", "1.500"), ("{},50", "1.5")])
def test_a_number_with_other_marks_further_down_is_named_and_not_guessed(write, usual, odd):
    rows = "".join(f"{i};{usual.format(i)}\n" for i in range(300))
    with pytest.raises(DataError, match=rf"'{odd}' in column 'v' .*data row 301.* “,” for decimals"):
        read(write(f"n;v\n{rows}300;{odd}\n"))


def test_texts_with_points_are_texts_in_a_file_with_decimal_commas(write):
    table = read(write("v;n\n" + "".join(f"{i}.{i}.{i};{i},5\n" for i in range(9))))[1]
    assert table.frame["v"].iloc[3] == "3.3.3" and table.frame["n"].iloc[3] == 3.5


def test_fields_beyond_the_header_shift_nothing_and_are_named(write):
    table = read(write("temp,load\n20,100,7\n21,103,8\n"))[1]
    assert table.frame["temp"].tolist() == [20, 21]
    assert "2 rows have more fields than the 2 that its header names" in table.notes[0]
    assert "such as '7' in data row 1" in table.notes[0]
    assert "'9' in data row 2" in read(write("a,b\n1,2\n3,4,9\n"))[1].notes[0]


def test_a_long_row_far_below_is_named_with_its_number(write):
    rows = "1,2\n" * 5000
    table = read(write(f"a,b\n{rows}3,4,extra\n5,6\n"))[1]
    assert len(table.frame) == 5002 and "1 row has" in table.notes[0]
    assert "'extra' in data row 5,001" in table.notes[0]


def test_delimiters_at_the_ends_of_rows_are_nothing(write):
    table = read(write("a,b\n1,2,\n3,4,\n"))[1]
    assert list(table.frame.columns) == ["a", "b"] and not table.notes


def test_numbers_with_the_other_decimal_mark_are_named_where_they_stay_text(write):
    _, table = read(write("a;b;y\n" + "".join(f"{i},5;{i}.25;{i * 7 % 11}.5\n" for i in range(30))))
    assert any(note.startswith("'a' holds numbers such as '0,5', but those of the") for note in table.notes)


def test_a_column_with_points_among_decimal_commas_is_read_as_numbers_and_said_to_be(write):
    rows = "".join(f'{"n/a" if i % 9 == 4 else f"{i}.6"},"{i},59"\n' for i in range(30))
    data = load("csv", {"path": str(write(f"temp,price\n{rows}")), "target": "price"})
    told = [note for note in data.notes if "that point" in note]
    assert len(told) == 1 and told[0].startswith("'temp'") and "is read as numbers with that point" in told[0]
    assert not any("stays text" in note for note in data.notes)
    assert data.features[0] == "temp" and data.x_shift[0] == pytest.approx(15, abs=4)


def test_names_are_given_and_kept_apart(write):
    assert guess(write("a,,a\n1,2,3\n4,5,6\n")).columns == ("a", "column 2", "a (2)")


def test_more_columns_than_can_be_used_are_refused(write):
    with pytest.raises(DataError, match="at most 10,000"):
        guess(write(",".join(f"c{i}" for i in range(10_001)) + "\n" + "1," * 10_000 + "1\n"))


def test_what_was_left_out_is_told_with_the_data(write):
    path = write("temp,load,wear\n" + "".join(f"{i},{i % 7},{i * 0.5},9\n" for i in range(30)))
    data = load("csv", {"path": str(path)})
    assert data.features == ("temp", "load") and data.targets == ("wear",)
    assert "more fields" in data.notes[0]


@pytest.mark.parametrize(
    "text, target",
    [
        ("rooms,median_house_value,place\n1.5,100,bay\n2.5,200,inland\n3,300,bay\n", "median_house_value"),
        ("a,b,c\n1,2,3\n4,5,6\n", "c"),
        ("letter,x,y1\nT,2,8\nI,5,12\nT,4,11\n", "letter"),
        ("species,width\ncat,1.5\ndog,2.5\n", "species"),
        ("Price,class of car,year\n1,a,2\n3,b,4\n", "class of car"),
        ("evaluate,x\n1,2\n3,4\n", "x"),
        ("a,score,id\n" + "".join(f"{i % 3},{i / 2},{i}\n" for i in range(40)), "score"),
        ("a,b,name\n" + "".join(f"{i % 3},{i % 5},n{i}\n" for i in range(40)), "b"),
        ("y2,day\n" + "".join(f"{i},2024-01-{i % 28 + 1:02}\n" for i in range(40)), "y2"),
        ("rooms,area,price\n" + "".join(f"{i % 6},{i % 9} m2,{1000 + i} €\n" for i in range(40)), "price"),
    ],
)
def test_the_target_is_called_like_one_or_stands_where_one_does(write, text, target):
    assert guess(write(text)).target == target


def test_a_target_with_a_single_value_is_one_sentence(write):
    path = write("a,label\n" + "".join(f"{i},ok\n" for i in range(20)))
    with pytest.raises(DataError, match=r"'label' of 't\.csv' has a single value, 'ok', so there is"):
        load("csv", {"path": str(path)})


def test_of_very_many_columns_few_rows_tell_the_marks(tmp_path, monkeypatch):
    judged = []
    real = number_marks.is_number
    for module in ("header", "dialect", "number_marks"):
        name = f"nnstudio.data.{module}.is_number"
        monkeypatch.setattr(name, lambda text: judged.append(1) or real(text))
    width, rows = 2000, 150
    body = [";".join(f"{i},{(i * at) % 97:02}" for at in range(width - 1)) + ";yes" for i in range(rows)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([";".join(f"c{at}" for at in range(width)), *body]))
    known = guess(path)
    assert (known.delimiter, known.decimal, known.header, len(known.columns)) == (";", ",", True, width)
    assert known.target == "c1999" and len(judged) < 3 * width * rows
    frame = read_table(path, known).frame
    assert frame.shape == (rows, width) and frame.dtypes.iloc[:-1].eq(float).all()


def test_codes_with_an_e_inside_are_no_numbers(write):
    table = read(write("part,load,y\n" + "66E1,1E5,1\n1234,2.5,2\n1E5,3,3\n" * 4))[1]
    assert table.frame["part"].tolist()[:3] == ["66E1", "1234", "1E5"]
    assert table.frame["load"].tolist()[:2] == [1e5, 2.5]
    assert [n for n in table.notes if n.startswith("'part' holds codes with an E inside, such as '66E1'")]


@pytest.mark.parametrize(
    "cells", ["12,54,000;54,000;9,20,500", "1_054;2_100;7", "0x36;0x1F;0x20", "8.4±0.1;7.2 ± 1;3"]
)
def test_what_nearly_is_a_number_is_said(write, cells):
    first, *others = cells.split(";")
    table = read(write("v;y\n" + "".join(f"{cell};{i}.5\n" for i, cell in enumerate([first, *others] * 4))))[
        1
    ]
    assert [note for note in table.notes if note.startswith("'v' holds") and f"such as '{first}'" in note]
