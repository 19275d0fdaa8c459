"""What stands at nearly all numbers of a column is offered as its unit; what is part of a name is not."""

from __future__ import annotations

import csv
import subprocess
import sys

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.data.common_unit import common_unit
from nnstudio.data.dataset import DataError, load, sources

ROWS = 60
AS_NUMBERS = "v: without unit"
NUMBERS = [3 + 0.37 * row for row in range(ROWS)]


@pytest.fixture
def table(tmp_path):
    """A table with a column of these cells, a second input and a target."""

    def write(cells, delimiter=";"):
        path = tmp_path / "t.csv"
        lines = (delimiter.join((cell, str(i % 7), str(i * 13 % 11))) for i, cell in enumerate(cells))
        path.write_text("\n".join((delimiter.join("vwy"), *lines, "")), encoding="utf-8")
        return path

    return write


def look(path, said=""):
    return sources["csv"].look(sources["csv"].complete({"path": str(path), "columns": said, "target": "y"}))


def notes(path, said=""):
    return load("csv", {"path": str(path), "columns": said, "target": "y"}).notes


def assert_read(path):
    """The column's numbers are all there once they are read without their unit."""
    data = load("csv", {"path": str(path), "columns": AS_NUMBERS, "target": "y"})
    read = data.all_inputs()[:, 0] * data.x_scale[0] + data.x_shift[0]
    np.testing.assert_allclose(sorted(read), NUMBERS, atol=0.006)


UNKNOWN = (
    "mm/s",
    " mm/s",
    "1/min",
    " 1/min",
    "€/kg",
    " €/kg",
    " l/100 km",
    " foo",
    "foo",
    "kWh/100km",
    " °dH",
)


@pytest.mark.parametrize("unit", UNKNOWN)
def test_numbers_with_a_unit_that_is_not_known_are_offered_and_read(table, unit):
    path = table([f"{number:.2f}{unit}" for number in NUMBERS])
    assert (
        f"All 60 values of 'v' end in “{unit.strip()}”; it stays text with a category for each. To read them "
        f"as numbers without it, set Columns to v: without unit."
    ) in notes(path)
    seen = look(path)
    assert seen.columns[0].type == "category" and seen.units == {"v": unit.strip()}
    assert_read(path)
    told = notes(path, AS_NUMBERS)
    assert f"'v' is read without its unit: 60 values are in {unit.strip()}." in told
    assert not any("stays text" in note for note in told)


@pytest.mark.parametrize("before", ["~", "€/kg ", "< ", "approx "])
def test_what_stands_before_numbers_is_offered_too(table, before):
    path = table([f"{before}{number:.2f}" for number in NUMBERS])
    assert any(f"begin with “{before.strip()}”" in note for note in notes(path))
    assert_read(path)


def test_how_many_do_not_fit_is_said_before_and_after(table):
    path = table([f"{n:.2f}mm/s" if i % 10 else "broken" for i, n in enumerate(NUMBERS)])
    assert any("54 of 60 values of 'v' end in “mm/s”, 6 do not;" in note for note in notes(path))
    told = " ".join(notes(path, AS_NUMBERS))
    assert "54 values are in mm/s." in told and "6 values of 'v' count as missing" in told


def test_numbers_without_it_are_counted_apart(table):
    cells = [f"{n:.2f}{'' if i % 3 == 0 else 'mm/s'}" for i, n in enumerate(NUMBERS)]
    cells[1] = "?!"
    told = "39 of 60 values of 'v' end in “mm/s”, 20 are numbers without it, 1 fits neither;"
    assert any(told in note for note in notes(table(cells)))
    read = " ".join(notes(table(cells), AS_NUMBERS))
    assert "39 values are in mm/s, and 20 have none; all of them count alike" in read


NAMES = {
    "codes": [f"P{i:03}" for i in range(ROWS)],
    "rooms": [f"Room {i}" for i in range(ROWS)],
    "numbers of houses": [f"{i}{'abc'[i % 3]}" for i in range(ROWS)],
    "versions": [f"1.{i}.0" for i in range(ROWS)],
    "ranges": [f"{i}-{i + 5}" for i in range(ROWS)],
    "one of twenty": [f"{i}/20" for i in range(ROWS)],
    "addresses of machines": [f"{i}.example.com" for i in range(ROWS)],
    "parts": [f"{i}-A" for i in range(ROWS)],
    "lists": [f"red; {i}" for i in range(ROWS)],
    "one text alone": ["12 foo"] * ROWS,
    "words": [f"{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10]}" for i in range(ROWS)],
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_with_a_number_in_them_have_no_unit(table, kind):
    path = table(NAMES[kind], ",")
    assert not any("without unit" in note for note in notes(path, "v: embedding"))
    assert not any(" end in " in note or "begin with" in note for note in notes(path))


def test_a_number_that_stands_before_one_over_something_keeps_its_digits():
    counts = dict.fromkeys(("12.51/min", "13.51/min", "141/min", "1500 1/min"), 1)
    unit = common_unit(counts)
    assert unit is not None and (unit.text, unit.cells, unit.share) == ("1/min", 4, 1)
    other = common_unit(dict.fromkeys(("12.5/min", "13/min"), 1))
    assert other is not None and other.text == "/min"


def test_a_column_has_the_decimal_mark_that_its_numbers_tell(table):
    path = table([f"{n:.2f}mm/s".replace(".", ",") for n in NUMBERS])
    text = path.read_text().splitlines()
    path.write_text("\n".join((text[0], *(f"{line}.5" for line in text[1:]), "")))
    assert_read(path)
    assert any("Its decimal mark is “,”, unlike that of the table." in n for n in notes(path, AS_NUMBERS))


def every_column_with_one(folder):
    path = folder / "all.csv"
    rows = (f"{n:.2f}mm/s,{i % 9 + 0.5} €/kg,{2 * n + i % 9:.2f}l/100 km" for i, n in enumerate(NUMBERS))
    path.write_text("\n".join(("speed,price,use", *rows, "")), encoding="utf-8")
    return path


def test_names_above_such_columns_are_names_and_rows_without_names_are_rows(tmp_path):
    path = every_column_with_one(tmp_path)
    options = {"path": str(path)}
    assert sources["csv"].preview(sources["csv"].complete(options)).columns == ("speed", "price", "use")
    path.write_text("".join(path.read_text("utf-8").splitlines(True)[1:]), "utf-8")
    assert sources["csv"].preview(sources["csv"].complete(options)).columns[0] == "column 1"


def test_where_nothing_else_can_be_learned_from_the_offer_is_in_the_refusal(tmp_path):
    path = tmp_path / "t.csv"
    cells = [f"{n * 1.7 + i:.3f}mm/s,{'ab'[i % 2]}" for i, n in enumerate(NUMBERS * 4)]
    path.write_text("\n".join(("v,y", *cells, "")), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"All 240 values of 'v' end in “mm/s”.*set Columns to v: without unit"
    ):
        load("csv", {"path": str(path)})


def test_predictions_and_the_exported_predictor_read_it_as_training_did(tmp_path, capsys):
    path, new = every_column_with_one(tmp_path), tmp_path / "new.csv"
    project, out = str(tmp_path / "p.nns"), tmp_path / "out"
    said = "columns=speed: without unit; price: without unit; use: without unit"
    assert cli.run(["new", "--data", str(path), "--target", "use", "--option", said, project]) == 0
    assert "'speed' is read without its unit: 60 values are in mm/s." in capsys.readouterr().out
    rows = ("12.5mm/s,1 €/kg", "12.5 mm/s,1", "3 km/h,3 €/kg", "14,1.5€/kg")
    new.write_text("\n".join(("speed,price", *rows, "")), encoding="utf-8")
    cli.run(["predict", project, str(new)])
    told = capsys.readouterr()
    ours = [row["use"] for row in csv.DictReader(told.out.splitlines())]
    assert ours[0] == ours[1] != "" and ours[2] == "" and ours[3] and "'3 km/h'" in told.err
    assert cli.run(["export", project, str(out), "--format", "numpy"]) == 0
    command = [sys.executable, "-I", "-B", str(out / "predictor.py"), str(new)]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    theirs = [row["use"] for row in csv.DictReader(ran.stdout.splitlines())]
    assert "row 3 is left out: 'speed' is '3 km/h'" in ran.stderr and theirs[2] == ""
    np.testing.assert_allclose(
        [float(theirs[row]) for row in (0, 1, 3)], [float(ours[row]) for row in (0, 1, 3)], rtol=1e-4
    )
