"""Other names of columns: given to a table, kept by what is said of it, known to new rows by either."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.tables.names import read_names, rename, write_names
from nnstudio.data.tables.series import rename_in_series
from nnstudio.from_data import project_from_data

NAMES = "x1: age; x2: size"
ROWS = "".join(f"{20 + i % 40},{i % 7} kg,{'yn'[i % 2]}\n" for i in range(60))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text("x1,x2,y\n" + ROWS)
    return {"path": str(path), "names": NAMES}


@pytest.mark.parametrize(
    "names", [{}, {"x1": "age"}, {"a: b": "c; d", '"q"': " e "}, {"x": "größe", "u\\v": 'w"'}]
)
def test_what_is_written_is_read(names):
    assert read_names(write_names(names)) == names


@pytest.mark.parametrize("text", ["x1", "x1: a: b", '"x1: a', "x1:; x2: b"])
def test_what_is_no_pair_is_named(text):
    with pytest.raises(DataError, match="Names"):
        read_names(text)


def test_the_network_has_the_new_names_and_a_note_tells_both(table):
    data = load("csv", {**table, "columns": "age: left out"})
    assert data.features == ("size",) and data.targets == ("y",) and data.written.units == {"size": "kg"}
    assert data.preprocessing()["features"] == ["size"]
    assert any("'x1' is called 'age', 'x2' is called 'size'" in note for note in data.notes)
    complete = sources["csv"].complete(table)
    assert [c.name for c in sources["csv"].look(complete).columns] == ["age", "size", "y"]
    assert sources["csv"].preview(complete).columns == ("age", "size", "y")


@pytest.mark.parametrize("names", ["x1: x2; x2: x1", "x1: y", "x1: a; x2: a"])
def test_no_two_columns_get_one_name(table, names):
    with pytest.raises(DataError, match=r"already the name of another column of 'train\.csv'"):
        load("csv", {**table, "names": names})


def test_a_column_that_is_not_there_is_named(table):
    with pytest.raises(DataError, match="no column 'x9'"):
        load("csv", {**table, "names": "x9: a"})


@pytest.mark.parametrize("head", ["x1,x2", "age,size", "x1,size"])
def test_new_rows_may_have_either_name(tmp_path, table, head):
    data = load("csv", table)
    new = tmp_path / "new.csv"
    new.write_text(f"{head}\n25,3 kg\n31,2 kg\n")
    assert read_new_rows(new, {}, data, names=NAMES).x.tolist() == [[25, 3], [31, 2]]


def test_a_row_of_own_names_above_texts_is_no_row_of_data(tmp_path):
    path, new = tmp_path / "train.csv", tmp_path / "new.csv"
    path.write_text("p,q,y\n" + "".join(f"{'ab'[i % 2]},{'cde'[i % 3]},{i % 5}\n" for i in range(60)))
    options = {"path": str(path), "header": "yes", "names": "p: left; q: right"}
    new.write_text("p,q\na,d\nb,c\n")
    rows = read_new_rows(new, {}, load("csv", options), names=options["names"])
    assert len(rows.answered) == 2 and not [note for note in rows.notes if "not in the training" in note]


def test_without_names_in_the_files_the_places_tell(tmp_path):
    path, new = tmp_path / "train.csv", tmp_path / "new.csv"
    path.write_text(ROWS)
    names = "column 1: age; column 2: size"
    data = load("csv", {"path": str(path), "header": "no", "names": names})
    new.write_text("25,3 kg\n31,2 kg\n")
    assert read_new_rows(new, {}, data, names=names).x.tolist() == [[25, 3], [31, 2]]


def test_what_is_said_of_a_column_stays_with_it():
    options = {"columns": "x1: category; x2: left out", "target": "x1", "names": ""}
    once = {**options, **rename(options, "x1", "age")}
    assert once == {"names": "x1: age", "columns": "age: category; x2: left out", "target": "age"}
    assert rename(once, "age", "years")["names"] == "x1: years"
    assert rename(once, "age", "x1") == options | {"names": ""}


def test_a_saved_project_knows_both_names(tmp_path, table, capsys):
    out, new = tmp_path / "out.nns", tmp_path / "new.csv"
    project_from_data(tmp_path / "train.csv", {"names": NAMES}).project.save(out)
    for head in ("x1,x2", "age,size"):
        new.write_text(f"{head}\n25,3 kg\n")
        capsys.readouterr()
        assert cli.run(["predict", str(out), str(new)]) == 0
        assert capsys.readouterr().out.splitlines()[1][0] in "yn"


def test_columns_of_a_series_get_other_names(tmp_path):
    path, options = tmp_path / "t.csv", {"column": "a; b", "inputs": "a", "window": 3}
    path.write_text("day,a,b\n" + "".join(f"2020-01-{i + 1:02},{i},{i % 3}\n" for i in range(30)))
    options = {**options, **rename_in_series(options, "a", "price")}
    assert options == {"names": "a: price", "column": "price; b", "inputs": "price", "window": 3}
    options = {**options, **rename_in_series(options, "price", "cost"), "path": str(path)}
    source, data = sources["series"], load("series", options)
    assert data.targets == ("cost", "b") and data.features[:2] == ("cost 2 before", "cost 1 before")
    assert any("'a' is called 'cost'" in note for note in data.notes)
    look = source.look(source.complete(options))
    assert look.known == ("day", "cost", "b") and look.series.names == ("cost",)
    assert source.preview(source.complete(options)).columns == look.known
    new = tmp_path / "new.csv"
    ends = []
    for name in ("a", "cost"):
        new.write_text(f"{name},b\n" + "".join(f"{i},0\n" for i in range(9)))
        ends.append(source.read_ending(new, source.complete(options), data)[0])
    assert np.array_equal(*ends) and ends[0].shape == (1, 3, 1)
