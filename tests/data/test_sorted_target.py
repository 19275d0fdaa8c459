"""A target that was sorted by itself is told in the notes of a table; one whose rows were sorted is not."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from nnstudio.data.dataset import load

RNG = np.random.default_rng


def loaded(folder, cells, **options):
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
    return load("csv", {"path": str(path), "target": list(cells)[-1], **options})


def told(data):
    return [note for note in data.notes if "sorted by itself" in note]


def in_rows(x, y):
    """Columns of rows that were sorted by the target, whole."""
    order = np.argsort(y, kind="stable")
    return {f"x{i}": column for i, column in enumerate(x[order].T)} | {"y": y[order]}


@pytest.mark.parametrize("task", ["numbers", "falling", "classes"])
def test_a_column_that_was_sorted_apart_is_told(tmp_path, task):
    rng = RNG(1)
    x = rng.normal(size=(200, 3)).round(4)
    y = np.sort(rng.gamma(3, 100, 200).round(1))
    y = {"numbers": y, "falling": y[::-1], "classes": np.array(list("abc"))[np.arange(200) // 70]}[task]
    data = loaded(tmp_path, {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y})
    assert data.sorted_target.column == "y" and data.sorted_target.rows == 200
    assert data.sorted_target.in_order == 1 and data.sorted_target.strongest < 0.15
    (note,) = told(data)
    assert note.startswith("The rows are in the order of 'y'")


FOLLOWED = {
    "a line": lambda x: x[:, 0],
    "a square": lambda x: x[:, 0] ** 2,
    "a product": lambda x: x[:, 0] * x[:, 1],
    "a third of it": lambda x: x[:, 0] + RNG(3).normal(0, 1.4, len(x)),
}


@pytest.mark.parametrize("what", FOLLOWED)
def test_whole_rows_that_were_sorted_are_not(tmp_path, what):
    x = RNG(2).normal(size=(300, 3)).round(4)
    assert loaded(tmp_path, in_rows(x, FOLLOWED[what](x).round(4))).sorted_target is None


@pytest.mark.parametrize("share", [0.08, 0.5])
def test_classes_that_inputs_tell_together_or_that_are_rare_are_not(tmp_path, share):
    rng = RNG(4)
    x = rng.normal(size=(400, 2)).round(4)
    if share == 0.5:
        y = np.where(x[:, 0] * x[:, 1] > 0, 1, 0)
    else:
        y = np.arange(400) < 32
        x[:, 0] += 2 * y
    columns = in_rows(x, y.astype(int))
    columns["y"] = np.array(["no", "yes"])[columns["y"]]
    assert loaded(tmp_path, columns).sorted_target is None


def test_rows_that_follow_in_time_or_in_no_order_or_are_few_are_not(tmp_path):
    rng = RNG(5)
    x, y = rng.normal(size=200).round(4), np.sort(rng.normal(size=200)).round(4)
    assert loaded(tmp_path, {"a": x, "y": y}).sorted_target is not None
    assert loaded(tmp_path, {"a": x, "y": rng.permutation(y)}).sorted_target is None
    assert loaded(tmp_path, {"a": x[:30], "y": y[:30]}).sorted_target is None
    day = np.arange(200)
    timed = loaded(tmp_path, {"a": x, "day": day, "y": y}, columns="day: time")
    assert timed.sorted_target is None
    assert loaded(tmp_path, {"a": x, "day": day, "y": y}).sorted_target is None, "the day follows it"
