"""What a person says of a column is what its notes, its share of missing values, bars and rows tell."""

from __future__ import annotations

import pytest

from nnstudio import cli
from nnstudio.data.dataset import load, sources
from nnstudio.data.new_rows import read_new_rows
from nnstudio.export.numpy_code import rows as exported
from nnstudio.from_data import project_from_data

ROWS = 40


@pytest.fixture
def file(tmp_path):
    """A table of a column `v` and a target, by the values that take turns in `v`."""

    def write(*values, rows=ROWS, name="t.csv"):
        path = tmp_path / name
        texts = "".join(f'"{values[i % len(values)]}",{i * 1.5}\n' for i in range(rows))
        path.write_text("v,y\n" + texts, encoding="utf-8")
        return path

    return write


def seen(path, said, **more):
    """The data, and the look of it, with this said of `v`."""
    options = {"path": str(path), "columns": said, **more}
    return load("csv", options), sources["csv"].look(sources["csv"].complete(options))


AREAS = ("80 m2", "90", "95", "")


def test_units_at_some_numbers_are_missing_everywhere_once_it_is_a_number(file):
    data, look = seen(file(*AREAS), "v: number")
    column = look.columns[0]
    assert (column.missing, column.rows) == (20, 40) and sum(look.lost["v"]) == 10
    assert all(look.lost["v"][::4])
    assert (look.spreads[0].low, look.spreads[0].high) == ("90", "95")
    assert data.notes[0].startswith("10 values of 'v' count as missing")
    assert data.notes[0].endswith(
        "To read these numbers without their unit, m2, set Columns to v: without unit."
    )
    assert "'v' (20) by 9" in data.notes[1] and not any("stays text" in note for note in data.notes)


def test_numbers_are_read_without_their_unit_when_a_person_says_so(file):
    path = file(*AREAS)
    data, look = seen(path, "v: without unit")
    assert look.columns[0].missing == 10 and not look.lost and look.units == {"v": "m2"}
    assert (look.spreads[0].low, look.spreads[0].high) == ("80", "95")
    assert (
        data.notes[0]
        == "'v' is read without its unit: 10 values are in m2, and 20 have none; all of them count alike."
    )
    # New rows are read so, too; another unit is no number.
    new = path.with_name("new.csv")
    new.write_text("v\n70 m2\n71\n3 ha\n\n72\n")
    rows = read_new_rows(new, {}, data, columns="v: without unit")
    assert rows.x[[0, 1, 3], 0].tolist() == [70, 71, 72] and rows.x[2, 0] == 90
    assert any("'3 ha'" in note for note in rows.notes)


def test_what_is_not_of_the_usual_unit_is_missing_and_told(file):
    data, look = seen(file("80 m2", "3 ha", "70 m2", "60"), "v: without unit")
    assert look.columns[0].missing == 10 and look.lost["v"][1] and not look.lost["v"][3]
    assert (
        "20 values are in m2, and 10 have none" in data.notes[0] and "'3 ha' in data row 2" in data.notes[1]
    )


@pytest.mark.parametrize(
    ("values", "unit", "numbers"),
    [
        (("5 %", "0.5", "7"), "%", {5, 0.5, 7}),
        (("€1,200.5", "900.5", "800.25"), "€", {1200.5, 900.5, 800.25}),
        (("1.200,5 EUR", "€ 900,5", "800,25", "700,5"), "EUR", {1200.5, 900.5, 800.25, 700.5}),
        (("(5) kg", "x", "-7 kg", "6"), "kg", {-7, 6}),
    ],
)
def test_percent_money_and_marks_of_thousands_are_read_as_the_table_has_them(file, values, unit, numbers):
    data, _look = seen(file(*values), "v: without unit")
    fill = {fill for fill in [data.inputs[0].fill] if fill is not None}
    known = {round(float(x), 4) for x in data.all_inputs()[:, 0] * data.x_scale[0] + data.x_shift[0]}
    assert known - fill == numbers - fill and data.written.units == {"v": unit}


def test_a_date_column_takes_the_way_that_most_are_written(file):
    data, look = seen(file("2024-01-31", "unknown", "2024-02-28", "31.01.2024", "2024-03-01"), "v: date")
    column = look.columns[0]
    assert column.format == "%Y-%m-%d" and column.missing == 16 and look.spreads[0].high == "2024-03-01"
    assert [bool(lost) for lost in look.lost["v"][:4]] == [False, True, False, True]
    assert data.notes[0].startswith("16 values of 'v' count as missing") and "'unknown'" in data.notes[0]


def test_whole_numbers_are_dates_where_a_person_says_so(file):
    data, look = seen(file("20240131", "20240228", "20240301"), "v: date")
    assert look.columns[0].missing == 0 and not look.lost and "v: month" in data.features


@pytest.mark.parametrize(
    ("values", "said", "words"),
    [
        (("01234", "04321", "07777"), "v: number", "holds codes"),
        (("80 m2", "90", "95"), "v: category", "stays text"),
        (("Yes", "yes", "no"), "v: number", "differ"),
    ],
)
def test_notes_on_a_guess_end_with_it(file, values, said, words):
    path = file(*values)
    header, *rows = path.read_text().splitlines()
    # Without any value, `v` is no input, and another one is needed.
    path.write_text("\n".join([f"w,{header}", *(f"{i % 7},{row}" for i, row in enumerate(rows)), ""]))
    for columns, is_told in (("", True), (said, False)):
        data = load("csv", {"path": str(path), "columns": columns, "target": "y"})
        assert any(words in note for note in data.notes) is is_told


def test_two_ways_of_writing_a_category_are_told_whether_it_is_said_or_guessed(file):
    path = file("Yes", "yes", "no")
    for said in ("", "v: category"):
        assert any(
            "'Yes' and 'yes'" in note for note in load("csv", {"path": str(path), "columns": said}).notes
        )


def test_marks_are_missing_in_the_bars_and_cells_as_well(file):
    _, look = seen(file("-999", "5", "7", "8"), "", missing_marks="-999")
    assert look.columns[0].missing == 10 and look.spreads[0].low == "5" and look.lost["v"][0]


def test_rows_that_are_skipped_are_in_no_share(file):
    _, look = seen(file("80 m2", "90", "95"), "v: number", skip_rows="1-10")
    assert look.columns[0].rows == 30 and look.columns[0].missing == 10 and not look.lost["v"][:10].any()


def test_a_category_of_numbers_with_a_unit_is_the_same_in_new_rows(file):
    path = file("80 m2", "90 m2", "95 m2")
    data, _ = seen(path, "v: category")
    new = path.with_name("new.csv")
    new.write_text("v\n80 m2\n95 m2\n")
    rows = read_new_rows(new, {}, data, columns="v: category")
    assert rows.x.tolist() == [[1, 0, 0], [0, 0, 1]] and not any(
        "not in the training" in n for n in rows.notes
    )


def test_the_command_line_and_a_saved_project_read_it_alike(file, capsys):
    path = file(*AREAS)
    out, new = path.with_name("p.nns"), path.with_name("new.csv")
    project_from_data(path, {"columns": "v: without unit", "target": "y"}).project.save(out)
    new.write_text("v\n80 m2\n80\n")
    cli.run(["predict", str(out), str(new)])
    told = capsys.readouterr()
    first, second = told.out.splitlines()[1:]
    assert first == second and first


def test_an_exported_predictor_reads_the_unit_or_none_and_refuses_another(file):
    data, _look = seen(file("80 m2", "90", "95"), "v: without unit")
    columns = data.preprocessing()["inputs"]
    with pytest.warns(UserWarning, match="'3 ha'"):
        inputs, answered = exported.table([{"v": "80 m2"}, {"v": "80"}, {"v": "3 ha"}], columns)
    assert inputs.tolist() == [[80], [80]] and answered.tolist() == [True, True, False]


def test_a_unit_is_offered_where_it_is_rare_and_not_of_free_text(file):
    rare = file(*["90"] * 299, "80 m2", rows=600)
    # Nothing can be learned of it as it is, so that the offer is needed most.
    look = sources["csv"].look(sources["csv"].complete({"path": str(rare)}))
    assert look.problem and look.units == {"v": "m2"}
    data, _look = seen(rare, "v: without unit", task="number")
    assert "2 values are in m2, and 598 have none" in data.notes[0]
    texts = file("3 kg of rice", "12 Main Street", "Oak Lane", "5 kg", rows=40)
    assert not seen(texts, "")[1].units
