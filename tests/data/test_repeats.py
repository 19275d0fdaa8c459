"""Equal samples stay in one part, or are there once; whatever the split, and always the same way."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, Split, load
from nnstudio.data.repeats import numbered

TOGETHER, ONCE = {"repeats": "in one part"}, {"repeats": "once"}


def samples(count=60, times=3):
    """Inputs (n, 2) of whole numbers and classes (n,), each sample several times."""
    rng = np.random.default_rng(0)
    x = rng.permutation(1000)[: 2 * count].reshape(count, 2)
    return np.tile(x, (times, 1)), np.tile(np.arange(count) % 3, times)


@pytest.fixture
def table(tmp_path):
    x, y = samples()
    lines = [f"{a},{b},{'pqr'[kind]}" for (a, b), kind in zip(x, y, strict=True)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b,kind", *lines]), "utf-8")
    return "csv", {"path": str(path)}


@pytest.fixture
def array(tmp_path):
    x, y = samples()
    np.savez(tmp_path / "t.npz", x=x, y=y)
    return "npz", {"path": str(tmp_path / "t.npz")}


@pytest.fixture(params=["table", "array"])
def data(request):
    return request.getfixturevalue(request.param)


def parts_of(data):
    """Of each part, its samples as texts; twice if they are there twice."""
    return {
        split: [json.dumps([a.tolist(), b.tolist()]) for a, b in zip(*data.part(split), strict=True)]
        for split in data.parts
    }


def overlaps(data):
    return [set(a) & set(b) for a, b in combinations(parts_of(data).values(), 2)]


@pytest.mark.parametrize("more", [{}, {"fold": "2 of 4"}, {"examples": "30"}], ids=["share", "fold", "some"])
def test_equal_samples_are_in_one_part_and_all_of_them_are_there(data, more):
    kind, options = data
    assert any(overlaps(load(kind, {**options, **more})))
    one, other = (load(kind, {**options, **TOGETHER, **more}) for _ in range(2))
    assert not any(overlaps(one)) and set(one.parts) == set(Split)
    whole = [
        texts for split, texts in parts_of(one).items() if "examples" not in more or split != Split.TRAINING
    ]
    assert all(texts.count(sample) == 3 for texts in whole for sample in texts)
    assert len(one.x_train) == (30 if "examples" in more else 180 - sum(map(len, whole[1:])))
    assert parts_of(one) == parts_of(other)
    assert "120 samples repeat an earlier one; equal samples are in one part." in one.notes


def test_shares_hold_of_equal_samples_too(table):
    kind, options = table
    chosen = load(kind, {**options, **TOGETHER, "test_ratio": 0.2, "validation_ratio": 0.2})
    assert [len(chosen.part(split)[0]) for split in Split] == [108, 36, 36]
    counts = [np.bincount(chosen.part(split)[1][:, 0].astype(int)).tolist() for split in Split]
    assert counts == [[36, 36, 36], [12, 12, 12], [12, 12, 12]]


def test_each_sample_is_there_once(data):
    kind, options = data
    chosen = load(kind, {**options, **ONCE})
    texts = [text for part in parts_of(chosen).values() for text in part]
    assert len(texts) == len(set(texts)) == 60
    assert "120 samples repeat an earlier one and are left out." in chosen.notes


def test_what_is_in_another_part_of_the_file_is_not_learned_from(tmp_path):
    x, y = samples(40, 2)
    np.savez(tmp_path / "t.npz", x_train=x, y_train=y, x_test=x[:10], y_test=y[:10])
    options = {"path": str(tmp_path / "t.npz")}
    chosen = load("npz", {**options, **ONCE})
    assert not any(overlaps(chosen)) and len(chosen.x_test) == 10
    assert len(chosen.x_train) + len(chosen.x_validation) == 30
    assert "10 training samples that another part holds as well are left out." in chosen.notes
    with pytest.raises(DataError, match="parts of its own"):
        load("npz", {**options, **TOGETHER})


def test_groups_and_equal_rows_cannot_both_stay_together(table):
    kind, options = table
    with pytest.raises(DataError, match="Set Repeated samples to once"):
        load(kind, {**options, **TOGETHER, "columns": "a: group"})


def test_other_columns_do_not_make_rows_different(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"{i},{i % 20},{i % 20 * 3},{i % 2}" for i in range(100)]
    path.write_text("\n".join(["number,a,b,kind", *rows]), "utf-8")
    chosen = load("csv", {"path": str(path), "columns": "number: left out", **ONCE})
    assert sum(map(len, parts_of(chosen).values())) == 20


def test_nothing_repeated_is_said(tmp_path):
    np.savez(tmp_path / "t.npz", x=np.arange(40.0).reshape(20, 2), y=np.arange(20) % 2)
    assert "No sample is there twice." in load("npz", {"path": str(tmp_path / "t.npz"), **ONCE}).notes


def test_numbers_are_those_of_first_sight():
    assert numbered([b"z", b"a", b"z", b"b", b"a"]).tolist() == [0, 1, 0, 2, 1]
