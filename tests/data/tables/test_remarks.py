"""What is odd about a table is said; an ordinary one gets no remark."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load


def _numbers(seed):
    rng = random.Random(seed)
    return [rng.gauss(0, 1) for _ in range(200)]


A, B, C = _numbers(1), _numbers(2), _numbers(3)


def notes(tmp_path, header, line, **options):
    path = tmp_path / "t.csv"
    path.write_text(header + "\n" + "".join(line(i) + "\n" for i in range(200)))
    return load("csv", {"path": str(path), "validation_ratio": 0.0, **options}).notes


def test_an_ordinary_table_gets_none(tmp_path):
    assert notes(tmp_path, "a,b,c,y", lambda i: f"{A[i]},{B[i]},{C[i]},{A[i] + B[i] * C[i]}") == ()


@pytest.mark.parametrize(
    "header, line, words",
    [
        ("a,b,y", lambda i: f"{A[i]},5,{C[i]}", "same value stands in all rows of 'b'"),
        ("a,b,y", lambda i: f"{A[i]},{-999 if i % 9 == 0 else B[i]},{C[i]}", "'b' is -999 in 23 rows"),
        ("a,b,y", lambda i: f"{A[i]},{i % 4},{C[i]}", "'b' has few whole numbers"),
        ("a,b,y", lambda i: f"{A[i]},{3 * C[i] - 1},{C[i]}", "'b' gives 'y' away"),
        ("a,b,y", lambda i: f"{A[i]},{'pq'[i % 2]},{('no', 'yes')[i % 2]}", "'b' gives 'y' away"),
        ("a,b,y", lambda i: f"{A[i]},{B[i]},{'rare' if i < 3 else 'common'}", "'rare' has fewer than 5"),
        ("a,b,y", lambda i: f"{A[i]},{B[i]},{'rare' if i < 9 else 'common'}", "always says 'common' .* 96%"),
        (
            "a,b,c,y",
            lambda i: f"{A[i % 90]},{B[i % 90]},1.{i % 90},{C[i % 90]}",
            "also stand in the training",
        ),
        ("a,b,y", lambda i: f"{A[i]},{1e6 if i == 7 else B[i]},{C[i]}", "'b' has values far beyond"),
    ],
)
def test_what_is_odd_is_said(tmp_path, header, line, words):
    said = notes(tmp_path, header, line, test_ratio=0.5 if "training" in words else 0.0)
    assert any(re.search(words, note) for note in said), said


def test_parts_that_differ_are_told(tmp_path):
    said = notes(tmp_path, "a,b,y", lambda i: f"{A[i] + i / 40},{B[i]},{C[i]}", split="in order")
    assert any("differs from the training part in 'a'" in note for note in said)


def test_rows_in_the_order_of_time_that_are_tested_by_chance_are_told(tmp_path):
    def dated(header="when,a,y", day=lambda i: i, **options):
        days = [str(np.datetime64("2020-03-01") + day(i)) for i in range(200)]
        return notes(tmp_path, header, lambda i: f"{days[i]},{A[i]},{C[i]}", **options)

    (said,) = dated(test_ratio=0.2)
    assert "in the order of 'when'" in said and "set Split to in order" in said
    assert len(dated(day=lambda i: -i)) == 1
    for options in ({"split": "random"}, {"split": "in order"}, {"columns": "when: time"}):
        assert not any("stand in the order" in note for note in dated(**options))
    assert dated(day=lambda i: i * 37 % 200) == () and dated(day=lambda i: i // 50) == ()


@pytest.mark.parametrize("name", ["a;b", "a: b", 'a"b', " a"])
def test_what_is_advised_for_a_column_can_be_set(tmp_path, name):
    cell = '"' + name.replace('"', '""') + '"'
    told = notes(tmp_path, f"{cell},b,y", lambda i: f"{i % 4},{B[i]},{C[i]}")
    advice = next(note for note in told if "has few whole numbers" in note)
    chosen = re.search(r"set Columns to (.*: category)\.", advice)[1]
    assert not notes(tmp_path, f"{cell},b,y", lambda i: f"{i % 4},{B[i]},{C[i]}", columns=chosen)


def test_whole_numbers_below_the_name_of_a_code_are_no_quantities_unasked(tmp_path):
    told = notes(tmp_path, "Operator ID,Speed [1/min],y", lambda i: f"{1001 + i % 9},{2 + i % 5},{C[i]}")
    assert len(told) == 1, "what has a unit is a quantity"
    assert told[0].startswith("'Operator ID' has whole numbers and the name of a code")
    assert "set Columns to Operator ID: category; " in told[0] and "Operator ID: left out." in told[0]
    for said in ("Operator ID: category", "Operator ID: left out", "Operator ID: number"):
        assert not notes(tmp_path, "Operator ID,b,y", lambda i: f"{1001 + i % 9},{B[i]},{C[i]}", columns=said)
    both = notes(tmp_path, "Shop no.,MachineNo,y", lambda i: f"{i % 9},{i % 7},{C[i]}")
    assert both[0].startswith("'Shop no.', 'MachineNo' have whole numbers and names of codes")


def test_numbers_too_large_are_refused_without_a_warning(tmp_path):
    with pytest.raises(DataError, match="holds too large a number"):
        notes(tmp_path, "a,b,y", lambda i: f"{i}e300,{B[i]},{C[i]}")


def test_where_groups_are_too_few_for_a_test_part_that_is_said(tmp_path):
    options = {"columns": "g: group"}
    told = notes(tmp_path, "g,b,y", lambda i: f"{i % 2},{B[i]},{C[i]}", **options)
    assert "Each group is in one part only, and there are too few groups for a test part." in told


def test_shares_that_leave_nothing_to_train_on_are_said(tmp_path):
    path, shares = tmp_path / "t.csv", {"test_ratio": 0.5, "validation_ratio": 0.5}
    path.write_text("a,b,y\n" + "".join(f"{A[i]},{B[i]},{C[i]}\n" for i in range(200)))
    data = load("csv", {"path": str(path), **shares})
    assert any("leave nothing to train on" in note for note in data.notes) and len(data.x_train) == 1
    assert "leave nothing" not in " ".join(load("csv", {"path": str(path), **shares, "fold": "1 of 5"}).notes)
