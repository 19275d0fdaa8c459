"""Rows to predict: found by name, answered in order; what is missing, unknown or odd is said."""

from __future__ import annotations

import pytest

from nnstudio import cli
from nnstudio.data.dataset import DataError, load
from nnstudio.data.new_rows import read_new_rows
from nnstudio.from_data import project_from_data


@pytest.fixture
def data(tmp_path):
    rows = "".join(
        f"{20 + i % 40},{('red', 'green', 'blue')[i % 3]},{1000 + 7 * i},{'yn'[i % 2]}\n" for i in range(60)
    )
    path = tmp_path / "train.csv"
    path.write_text("age,colour,income,paid\n" + rows)
    return load("csv", {"path": str(path), "test_ratio": 0.0, "validation_ratio": 0.0})


@pytest.fixture
def new(tmp_path, data):
    def new(text: str, **options):
        path = tmp_path / "new.csv"
        path.write_text(text)
        return read_new_rows(path, options, data)

    return new


def test_columns_are_found_by_name_in_any_order(new):
    plain = new("age,colour,income\n25,red,1200\n30,blue,1300\n")
    mixed = new("income,age,extra,colour\n1200,25,1,red\n1300,30,2,blue\n")
    assert plain.x.tolist() == mixed.x.tolist() and plain.notes == ()
    assert "Not an input, and ignored: 'extra'." in mixed.notes


def test_each_row_has_its_place_and_what_is_missing_is_named(new):
    rows = new("age,colour,income\n25,red,1200\n,green,1300\n50,,1100\n55,red,1250\n")
    assert rows.answered.tolist() == [True, False, False, True] and len(rows.x) == 2
    (note,) = rows.notes
    assert note.startswith("2 of 4 rows have no prediction")
    assert "'age' is missing in data row 2" in note and "'colour' is missing in data row 3" in note


def test_an_empty_target_does_not_matter(new):
    rows = new("age,colour,income,paid\n25,red,1200,\n30,green,1300,\n")
    assert rows.answered.all() and rows.notes == ()


def test_unknown_values_are_named(new):
    rows = new("age,colour,income\n25,red,1200\n30,purple,1300\n50,Blue,1100\n")
    (note,) = rows.notes
    assert "'purple', 'Blue' in data row 2, 3" in note and "none of 'blue', 'green', 'red'" in note
    assert rows.answered.all()


def test_numbers_outside_of_what_was_seen_are_named(new):
    (note,) = new("age,colour,income\n25,red,1200\n99,red,1200\n").notes
    assert note == "'age' is outside of what the network was trained on (20 to 59) in data row 2."


def test_without_a_header_the_order_counts(new):
    rows = new("25,red,1200\n30,blue,1300\n")
    assert len(rows.x) == 2 and rows.notes == ()
    with_target = new("25,red,1200,y\n30,blue,1300,n\n")
    assert with_target.x.tolist() == rows.x.tolist() and "taken for the target" in with_target.notes[0]


def test_names_in_other_capitals_are_found_in_any_order(new):
    rows = new("Income,COLOUR,Age\n1200,red,25\n1300,blue,30\n")
    assert rows.x.tolist() == new("age,colour,income\n25,red,1200\n30,blue,1300\n").x.tolist()
    assert rows.notes == ("Column 'Income' is taken for the input 'income', and 2 more likewise.",)


def test_numbers_as_names_are_a_header_where_the_inputs_are_called_so(tmp_path):
    path, rows = tmp_path / "t.csv", "".join(f"0.{i},0.{9 - i},{'wo'[i % 2]}\n" for i in range(10))
    path.write_text("350,400,class\n" + rows)
    data = load("csv", {"path": str(path)})
    path.write_text("350,400\n0.9,0.1\n0.1,0.9\n")
    assert read_new_rows(path, {}, data).x.tolist() == [[0.9, 0.1], [0.1, 0.9]]


def test_how_the_training_table_is_written_holds_for_new_rows(new):
    rows = new("25|red|1200\n30|blue|1300\n", delimiter="bar", header="no")
    assert len(rows.x) == 2


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("age,income\n25,1200\n", "has no column 'colour'"),
        ("1,2\n3,4\n", "has 2 columns, but the network needs: age, colour, income"),
        ("age,colour,income\n,red,5\n", "no row that can be predicted"),
        ("age,colour,income\n", "no rows of data"),
    ],
)
def test_what_cannot_be_predicted_is_a_sentence(new, text, sentence):
    with pytest.raises(DataError, match=sentence):
        new(text)


def test_of_many_inputs_the_first_are_listed(tmp_path):
    many = tmp_path / "many.csv"
    names = [f"c{i}" for i in range(40)]
    rows = [",".join([str(i), *["2.5"] * 39, str(i % 2)]) for i in range(9)]
    many.write_text("\n".join([",".join([*names, "y"]), *rows]))
    data = load("csv", {"path": str(many)})
    (tmp_path / "new.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"needs: c0, c1, .*, c11 and 28 more"):
        read_new_rows(tmp_path / "new.csv", {}, data)


def test_what_stands_for_a_missing_value_in_training_does_so_in_new_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{-9 if i % 10 == 3 else i % 7},{i},{i * 1.5}\n" for i in range(60)))
    data = load("csv", {"path": str(path), "missing_marks": "-9"})
    path.write_text("a,b\n-9,1\n,1\n")
    rows = read_new_rows(path, {}, data, "-9")
    assert rows.x[0].tolist() == rows.x[1].tolist() and "'a' is missing in data row 1, 2" in rows.notes[0]


@pytest.mark.parametrize(
    "values, cells, codes",
    [
        (("1", "2", "2.5"), "1\n2\n", [0, 1]),
        (("1.0", "2.0", "x"), "1.0\n2\n", [0, 1]),
        (("1", "3", "4"), "1.0\nx\n", [0, -1]),
        (("01", "02", "x"), "1\n2\n", [-1, -1]),
        (("1", "1.0", "x"), "1.00\nx\n", [-1, 2]),
    ],
)
def test_a_number_that_names_a_category_is_the_same_however_it_is_written(tmp_path, values, cells, codes):
    path, expected = tmp_path / "t.csv", [[float(i == code) for i in range(3)] for code in codes]
    path.write_text("z,y\n" + "".join(f"{values[i % 3]},{i * 1.5}\n" for i in range(60)))
    data = load("csv", {"path": str(path), "columns": "z: category"})
    path.write_text("z\n" + cells)
    rows = read_new_rows(path, {"header": "yes"}, data)
    assert rows.x.tolist() == expected and bool(rows.notes) == (-1 in codes)


def test_without_names_columns_are_those_of_the_same_number(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"{i % 3},{i}.5,{(i * 7) % 10}.25\n" for i in range(30)]
    path.write_text("".join(rows))
    data = load("csv", {"path": str(path), "target": "column 1"})
    whole = read_new_rows(path, {}, data)
    assert data.features == ("column 2", "column 3") and whole.x[1].tolist() == [1.5, 7.25]
    path.write_text("".join(row.partition(",")[2] for row in rows))
    assert read_new_rows(path, {}, data).x.tolist() == whole.x.tolist()


def test_cells_that_are_not_of_a_chosen_type_are_treated_as_in_training(tmp_path, capsys):
    rows = [f"{'oops' if i % 20 == 7 else i},{i % 5},{'yn'[i % 2]}" for i in range(60)]
    train, new, out = tmp_path / "train.csv", tmp_path / "new.csv", tmp_path / "p.nns"
    train.write_text("\n".join(["a,b,c", *rows, ""]))
    new.write_text("a,b\n3,1\noops,2\nbad,3\n5,x\n")
    proposed = project_from_data(train, {"columns": "a: number"})
    proposed.project.save(out)
    (trained,) = (note for note in proposed.data.notes if "'oops'" in note)
    assert trained.startswith("3 values of 'a' count as missing, because they are not of the type number")
    assert cli.run(["predict", str(out), str(new)]) == 3
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[4] == "," and all(line[0] in "yn" for line in lines[1:4])
    assert (
        "'a' is not of the type number ('oops') in data row 2, 3, which counts as missing there" in told.err
    )
    assert (
        "'a' is missing in data row 2, 3; it counts as" in told.err and "median, as in training" in told.err
    )
    assert "1 of 4 rows have no prediction: 'b' is not a number ('x') in data row 4" in told.err


def test_without_gaps_in_training_a_wrong_cell_has_no_prediction(tmp_path):
    train = tmp_path / "train.csv"
    train.write_text("a,day,c\n" + "".join(f"{i},2024-01-{i % 28 + 1:02},{i % 2}\n" for i in range(40)))
    columns = "a: number; day: date"
    data = load("csv", {"path": str(train), "columns": columns})
    new = tmp_path / "new.csv"
    new.write_text("a,day\n1,2024-01-05\nx,2024-01-06\n2,soon\n")
    rows = read_new_rows(new, {}, data, columns=columns)
    assert rows.answered.tolist() == [True, False, False]
    assert "'a' is not a number ('x') in data row 2" in rows.notes[0] and "('soon')" in rows.notes[0]


def days(tmp_path, rows: list[str]):
    """A table whose price follows from its days."""
    path = tmp_path / "days.csv"
    path.write_text("\n".join(["day,price", *(f"{row},{i}" for i, row in enumerate(rows)), ""]))
    options = {"target": "price", "test_ratio": 0.0, "validation_ratio": 0.0}
    return load("csv", {"path": str(path), **options})


def notes_on(tmp_path, trained, *cells: str) -> tuple[str, ...]:
    path = tmp_path / "new.csv"
    path.write_text("\n".join(["day", *cells, ""]))
    return read_new_rows(path, {}, trained).notes


def test_a_date_outside_of_training_is_named_though_its_parts_are_usual(tmp_path):
    every = [f"{year}-{part}" for year in (2019, 2020, 2021) for part in ("03-01", "03-20", "07-01", "07-20")]
    trained = days(tmp_path, [*every[1:], "2021-02-11"] * 3)
    notes = notes_on(tmp_path, trained, "2020-02-20", "2021-12-20", "2019-03-02", "2025-03-01")
    assert (
        "'day' is outside of what the network was trained on (2019-03-20 to 2021-07-20) in data row 2, 3, 4, "
        "such as '2021-12-20'."
    ) in notes
    assert not any("'day: year'" in note for note in notes)


def test_dates_of_one_year_are_told_apart_from_those_of_another(tmp_path):
    trained = days(tmp_path, [f"{i % 28 + 1:02}.{i % 12 + 1:02}.2020" for i in range(60)])
    assert not any("year" in name for name in trained.features)
    notes = notes_on(tmp_path, trained, "05.05.2020", "05.05.2031")
    assert any("in data row 2, such as '05.05.2031'" in note for note in notes)
