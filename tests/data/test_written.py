"""New rows are read with the marks and units of the training table; what is written otherwise is said."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import DataError, load
from nnstudio.data.new_rows import read_new_rows


@pytest.fixture
def new(tmp_path):
    def new(header: str, row, text: str):
        """The inputs of new rows for a table of 40 rows, and the notes."""
        table, rows = tmp_path / "train.csv", "".join(row(i) + "\n" for i in range(40))
        table.write_text(f"{header};y\n{rows}", encoding="utf-8")
        data = load("csv", {"path": str(table), "test_ratio": 0.0, "validation_ratio": 0.0})
        path = tmp_path / "new.csv"
        path.write_text(f"{header}\n{text}", encoding="utf-8")
        return read_new_rows(path, {}, data)

    return new


def with_commas(i: int) -> str:
    return f"{i % 3 + 1}.{100 + i},{i % 10}5;{i};{'ab'[i % 2]}"


def test_a_number_that_tells_no_mark_is_read_as_in_training_and_that_is_said(new):
    rows = new("price;n", with_commas, "1.274;3\n")
    assert rows.x[0, 0] == 1274
    assert any("'1.274' is read with “,” as the decimal mark, as in training" in n for n in rows.notes)
    assert not any("under Data" in n for n in rows.notes)


def test_points_stay_points(new):
    rows = new("price;n", lambda i: f"{i}.25;{i};{'ab'[i % 2]}", "1,274;3\n1.274;4\n")
    assert rows.x[0, 0] == 1274 or not rows.answered[0]


def test_a_file_that_tells_another_mark_is_read_so_and_that_is_said(new):
    rows = new("price;n", with_commas, "1274.5;3\n")
    assert rows.x[0, 0] == 1274.5
    assert any("with “.” as the decimal mark, those of the training table with “,”" in n for n in rows.notes)


@pytest.mark.parametrize(
    ("trained", "given"), [("{} g", "12 g"), ("€ {}", "12 EUR"), ("{}%", "12 %"), ("{} kg", "12kg")]
)
def test_the_unit_of_training_is_understood(new, trained, given):
    rows = new("w;n", lambda i: f"{trained.format(i)};{i};{'ab'[i % 2]}", f"{given};3\n")
    assert rows.x[0, 0] == 12 and rows.answered.all()
    assert not any("unit" in note for note in rows.notes)


def test_another_unit_is_refused(new):
    with pytest.raises(DataError, match=r"'w' is in kg in 'new\.csv', but in g in the training table"):
        new("w;n", lambda i: f"{i} g;{i};{'ab'[i % 2]}", "12 kg;3\n")


def test_another_unit_in_some_rows_leaves_those_without_a_prediction(new):
    rows = new("w;n", lambda i: f"{i} g;{i};{'ab'[i % 2]}", "12 g;3\n13 kg;4\n14;5\n")
    assert rows.answered.tolist() == [True, False, True] and rows.x[:, 0].tolist() == [12, 14]
    assert any("'w' is not a number ('13 kg') in data row 2" in note for note in rows.notes)


def test_numbers_without_the_unit_of_training_are_said(new):
    rows = new("w;n", lambda i: f"{i} %;{i};{'ab'[i % 2]}", "12;3\n")
    assert rows.x[0, 0] == 12
    assert "'w' has no unit; its numbers count as %, as in training." in rows.notes


def test_a_unit_that_training_did_not_have_is_said(new):
    rows = new("w;n", lambda i: f"{i};{i};{'ab'[i % 2]}", "12 g;3\n")
    assert any("The training table names no unit for 'w'" in note for note in rows.notes)


def test_categories_with_units_stay_categories(new):
    rows = new("pack;n", lambda i: f"{('12 g', '3 ml')[i % 2]};{i};{'ab'[i % 2]}", "12 g;3\n")
    assert rows.answered.all() and not any("not in the training data" in note for note in rows.notes)
