"""Tables as data: what a person says is done, what is filled or left out is told, inputs are fitted on the
training part only.
"""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load
from nnstudio.model.projectfile import FORMAT
from nnstudio.project import Project


@pytest.fixture
def table(tmp_path):
    """Loads a table with options."""

    def table(text, **options):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return load("csv", {"path": str(path), "validation_ratio": 0.0, **options})

    return table


def rows(count, line):
    return "".join(line(i) + "\n" for i in range(count))


PEOPLE = "id,age,zip,paid\n" + rows(60, lambda i: f"{i + 1},{20 + i % 7},{1000 + i % 4},{i * 1.5}")


def original(data):
    return np.concatenate([data.x_train, data.x_test]) * data.x_scale + data.x_shift


def test_gaps_are_filled_from_the_training_part_and_no_row_is_lost(table):
    b = ["", "x", "y", "x", "y"] * 8
    data = table("a,b,y\n" + rows(40, lambda i: f"{'' if i % 4 == 0 else i},{b[i]},{i * 1.5}"))
    assert len(data.all_inputs()) == 40
    assert data.features == ("a", "a is missing", "b = x", "b = y", "b is missing")
    (note,) = (n for n in data.notes if "filled" in n)
    assert "'a' (10)" in note and "'b' (8) by a value of its own" in note
    first = original(data)[:, 0]
    train = first[: len(data.x_train)][data.x_train[:, 1] < data.x_train[:, 1].max()]
    filled = first[len(data.x_train) :][data.x_test[:, 1] > data.x_test[:, 1].min()]
    assert filled == pytest.approx(np.median(train))


def test_columns_are_what_a_person_says(table):
    assert table(PEOPLE).features == ("age", "zip") and any(
        "'id' is left out" in n for n in table(PEOPLE).notes
    )
    data = table(PEOPLE, columns="id: input; zip: category; age: left out")
    assert data.features == ("id", "zip = 1000", "zip = 1001", "zip = 1002", "zip = 1003")
    raw = table(PEOPLE, columns="age: as it is; zip: min-max", test_ratio=0.0)
    assert sorted(set(raw.x_train[:, 0])) == [20, 21, 22, 23, 24, 25, 26]
    assert (raw.x_train[:, 1].min(), raw.x_train[:, 1].max()) == (0, 1)
    assert np.allclose(
        sorted(table(PEOPLE, columns="age: log", test_ratio=0.0).x_train[:, 0])[0], -1.6, atol=0.1
    )


def test_the_task_is_what_a_person_says(table):
    text = "a,stars\n" + rows(40, lambda i: f"{i},{i % 5}")
    assert table(text).classes == ("0", "1", "2", "3", "4")
    data = table(text, task="number")
    assert data.classes == () and data.fitting_loss == "mse"
    letters = "a,letter\n" + rows(60, lambda i: f"{i / 3},{i % 30}")
    assert table(letters).classes == () and len(table(letters, task="classes").classes) == 30
    with pytest.raises(DataError, match=r"is 'no' in data row 1, which is not a number"):
        table("a,b\n1,no\n2,yes\n3,no\n", task="number")


def test_classes_stand_in_the_order_that_a_person_gives(table):
    text = "a,size\n" + rows(30, lambda i: f"{i},{('small', 'big', 'huge')[i % 3]}")
    assert table(text).classes == ("big", "huge", "small")
    assert table(text, columns="size: ordered small < big < huge").classes == ("small", "big", "huge")
    with pytest.raises(DataError, match="does not name its value 'huge'"):
        table(text, columns="size: ordered small < big")


def test_several_numbers_are_predicted_at_once(table):
    text = "t,yield,purity\n" + rows(30, lambda i: f"{i},{i * 2},{50 - i}")
    data = table(text, columns="yield: target; purity: target")
    assert data.targets == ("yield", "purity") and data.y_train.shape == (26, 2) and data.features == ("t",)
    assert (data.y_train * data.y_scale + data.y_shift)[:, 0].max() <= 58.001
    with pytest.raises(DataError, match="not a number"):
        table("t,a,b\n1,x,1\n2,y,2\n3,x,3\n", columns="a: target; b: target")


def test_more_than_a_fifth_of_the_rows_is_left_out_only_where_a_person_says_so(table):
    text = "a,y\n" + rows(20, lambda i: f"{i},{'' if i % 3 == 0 else i}")
    with pytest.raises(DataError, match=r"missing in 7 of the 20 rows.*y: leave rows out"):
        table(text)
    data = table(text, columns="y: leave rows out")
    assert len(data.all_inputs()) == 13 and "7 rows are left out" in data.notes[0]


def test_cells_that_are_not_of_the_chosen_type_count_as_missing(table):
    text = "a,y\n" + rows(20, lambda i: f"{'n/k' if i == 5 else i},{i}")
    with pytest.raises(DataError, match="'n/k' in data row 6"):
        table(text)
    data = table(text, columns="a: number")
    assert data.features == ("a", "a is missing") and "1 values of 'a' count as missing" in data.notes[0]
    assert "row 6" in data.notes[0] and "n/k" in data.notes[0]
    marked = table(text, missing_marks="n/k")
    assert marked.features == ("a", "a is missing")
    text = "a,y\n" + rows(20, lambda i: f"{-999 if i == 5 else i},{i}")
    assert table(text, missing_marks="-999").features == ("a", "a is missing")


def test_a_day_that_is_none_is_named_and_can_be_missing(table):
    text = "when,y\n" + rows(40, lambda i: f"2020-{'02-30' if i == 7 else f'01-{i % 28 + 1:02d}'},{i % 9}")
    with pytest.raises(DataError, match=r"Column 'when' .* '2020-02-30' in data row 8 is none"):
        table(text)
    data = table(text, columns="when: date")
    assert len(data.x_train) + len(data.x_test) == 40


def test_a_column_called_by_the_sign_for_numbers_names_the_rows(table):
    data = table("#,a,y\n" + rows(40, lambda i: f"{i},{i % 7},{i % 9}"))
    assert data.features == ("a",) and any("'#' is left out" in note for note in data.notes)


def test_rows_are_split_by_class_group_or_time(table):
    groups = "patient,a,y\n" + rows(60, lambda i: f"p{i % 12},{i},{'no' if i % 2 else 'yes'}")
    data = table(groups, columns="patient: group")
    assert data.features == ("a",) and any("new groups" in note for note in data.notes)
    train = {round(v) % 12 for v in (data.x_train * data.x_scale + data.x_shift)[:, 0]}
    test = {round(v) % 12 for v in (data.x_test * data.x_scale + data.x_shift)[:, 0]}
    assert not train & test
    times = "day,a,y\n" + rows(30, lambda i: f"2024-03-{30 - i:02},{i},{i * 1.5}")
    data = table(times, columns="day: time")
    assert data.features == ("a",) and "by time" in data.notes[0]
    assert (data.x_test * data.x_scale + data.x_shift).max() < 9
    with pytest.raises(DataError, match="holds the groups"):
        table(times, split="by group")
    with pytest.raises(DataError, match="only where the target is a class"):
        table(times, split="stratified")


def test_a_value_that_only_test_rows_have_is_told(table):
    data = table("a,b,y\n" + rows(20, lambda i: f"{i},{'xy'[i == 19]},{i * 1.5}"), split="in order")
    assert data.features == ("a", "b = x") and any("in no training row" in note for note in data.notes)


def test_na_is_a_code_among_codes_and_missing_elsewhere(table):
    text = "land,a,y\n" + rows(40, lambda i: f"{('DE', 'NA', 'US')[i % 3]},{'NA' if i == 3 else i},{i * 1.5}")
    data = table(text)
    assert "land = NA" in data.features and "a is missing" in data.features
    assert any("taken for a code like 'DE'" in note for note in data.notes)
    assert "land = NA" not in table(text, missing_marks="NA").features


def test_an_older_project_reads_its_table_as_it_did(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + rows(20, lambda i: f"{'' if i == 5 else i},{'no' if i % 3 else 'yes'}"))
    project = Project()
    project.document.graph.fill({"nodes": [], "links": []})
    project.link_data(path)
    project.document.data = type(project.document.data)("csv", {"path": str(path)})
    project.save(tmp_path / "new.nns")
    assert len(Project.open(tmp_path / "new.nns").load_data().features) == 2
    import zipfile

    with zipfile.ZipFile(tmp_path / "new.nns") as new, zipfile.ZipFile(tmp_path / "old.nns", "w") as old:
        for name in new.namelist():
            content = new.read(name)
            old.writestr(name, content.replace(f'"format": {FORMAT}'.encode(), b'"format": 3'))
    opened = Project.open(tmp_path / "old.nns")
    assert (
        opened.load_data().features == ("a",)
        and not len(opened.load_data().x_validation)
        and opened.document.data.options["split"] == "random"
    )


@pytest.mark.parametrize("word, low, high", [("as it is", 0.0, 118.0), ("min-max", 0.0, 1.0)])
def test_a_target_is_scaled_as_a_person_says(table, word, low, high):
    text = "a,y\n" + "".join(f"{i % 7},{2 * i}\n" for i in range(60))
    data = table(text, columns=f"y: {word}", test_ratio=0.0)
    assert (data.y_train.min(), data.y_train.max()) == (low, high)
    assert (data.y_train * data.y_scale + data.y_shift).max() == pytest.approx(118)


def test_each_of_several_targets_has_its_own_scaling(table):
    text = "a,u,v\n" + "".join(f"{i % 7},{2 * i},{i / 4}\n" for i in range(60))
    data = table(text, columns="u: target, as it is; v: target", test_ratio=0.0)
    assert data.y_train[:, 0].max() == 118 and abs(data.y_train[:, 1].mean()) < 1e-5
    assert data.y_scale[0] == 1 and data.y_shift[1] == pytest.approx(7.375)


def test_what_a_target_cannot_be_is_said(table):
    data = table("a,y\n" + "".join(f"{i % 7},{2 * i}\n" for i in range(60)), columns="y: log")
    assert "'y' is standardised: log is for inputs, since it could not be undone." in data.notes
    assert abs(data.y_train.mean()) < 1e-5


def test_numbers_that_are_taken_together_are_as_each_alone(table, monkeypatch):
    numbers = np.random.default_rng(4).normal(size=(300, 6)) * 10.0 ** np.arange(-3, 3)
    lines = [",".join(f"{v:.6g}" for v in row) + f",{i % 9},{i}" for i, row in enumerate(numbers)]
    text = "\n".join(["a,b,c,d,e,f,count,y", *lines, ""])
    for said in ({}, {"columns": "c: min-max; d: as it is"}):
        together = table(text, **said)
        with monkeypatch.context() as alone:
            alone.setattr("nnstudio.data.tables.inputs.BLOCK_CELLS", 1)
            each = table(text, **said)
        pairs = zip(
            (*together.arrays, together.x_shift, together.x_scale),
            (*each.arrays, each.x_shift, each.x_scale),
            strict=True,
        )
        assert all(np.array_equal(one, other) for one, other in pairs)
