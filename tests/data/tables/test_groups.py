"""Columns of few values part the rows, whatever the network gets of them; each row keeps its own group."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import Split, load
from nnstudio.data.tables.groups import MOST_COLUMNS, NO_VALUE


@pytest.fixture
def table(tmp_path):
    """Loads a table with options."""

    def table(text, **options):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return load("csv", {"path": str(path), **options})

    return table


def rows(count, line):
    return "".join(line(i) + "\n" for i in range(count))


def test_each_sample_has_the_group_that_stands_in_its_row(table):
    towns = ["Rome", "Oslo", "Bern"]
    data = table(
        "n,town,y\n" + rows(90, lambda i: f"{i},{towns[i % 7 % 3]},{i * 1.5}"),
        columns="town: left out; n: as it is",
    )
    assert data.features == ("n",)
    (grouping,) = data.groupings
    assert grouping.column == "town" and grouping.groups == ("Bern", "Oslo", "Rome")
    assert len(data.parts) == 3
    for part in Split:
        numbers = data.part(part)[0][:, 0].round().astype(int)
        named = [grouping.groups[code] for code in grouping.parts[part]]
        assert named == [towns[n % 7 % 3] for n in numbers]


def test_the_target_and_columns_of_one_or_many_values_part_nothing(table):
    data = table(
        "many,one,two,y\n" + rows(60, lambda i: f"{i * 0.5},same,{i % 2},{'ab'[i % 3 % 2]}"), target="y"
    )
    assert [grouping.column for grouping in data.groupings] == ["two"]
    assert data.groupings[0].groups == ("0", "1")


def test_numbers_stand_in_their_order_and_words_in_the_one_that_a_person_gave(table):
    sizes = ["small", "large", "medium"]
    data = table(
        "size,grade,y\n" + rows(60, lambda i: f"{sizes[i % 3]},{(2, 10, 1)[i % 5 % 3]},{i * 1.5}"),
        columns="size: ordered small < medium < large",
    )
    size, grade = data.groupings
    assert size.groups == ("small", "medium", "large") and grade.groups == ("1", "2", "10")
    codes = np.concatenate([size.parts[part] for part in Split])
    assert np.bincount(codes).tolist() == [20, 20, 20]
    ranks = data.x_train[:, 0]
    assert (np.diff([ranks[size.parts[Split.TRAINING] == code].mean() for code in range(3)]) > 0).all()


def test_rows_without_a_value_are_a_group_of_their_own(table):
    data = table("group,x,y\n" + rows(40, lambda i: f"{'' if i % 4 == 0 else 'ab'[i % 2]},{i},{i * 1.5}"))
    (grouping,) = data.groupings
    assert grouping.groups == ("a", "b", NO_VALUE)
    counts = np.bincount(np.concatenate([grouping.parts[part] for part in Split]))
    assert counts.tolist() == [10, 20, 10]


def test_of_many_columns_the_first_are_kept(table):
    count = MOST_COLUMNS + 3
    names = [f"c{i}" for i in range(count)]
    lines = rows(40, lambda i: ",".join(str((i + k) % 2) for k in range(count)) + f",{i}")
    data = table(",".join(names) + ",y\n" + lines)
    assert [grouping.column for grouping in data.groupings] == names[:MOST_COLUMNS]


def test_large_tables_let_go_of_their_columns_only_after_that(table, monkeypatch):
    monkeypatch.setattr("nnstudio.data.tables.inputs.MANY_ROWS", 10)
    data = table("side,x,y\n" + rows(60, lambda i: f"{'lr'[i % 2]},{i},{i * 1.5}"))
    assert [grouping.groups for grouping in data.groupings] == [("l", "r")]
