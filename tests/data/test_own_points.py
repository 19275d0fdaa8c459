"""Points set by hand: read, written, and refused with a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load
from nnstudio.data.own_points import PointChange
from nnstudio.model.document import DataReference


def test_points_are_read():
    data = load("own_points", {"points": "1 2 1; -0.5 3 3;", "classes": 3})
    assert data.classes == ("teal", "purple", "olive") and data.is_plane
    order = np.argsort(data.y_train[:, 0])
    np.testing.assert_array_equal(data.x_train[order], np.float32([[1, 2], [-0.5, 3]]))
    np.testing.assert_array_equal(data.y_train[order, 0], [0, 2])


def test_a_change_leaves_all_other_points_as_they_were_typed():
    options = {"points": "0.123456789 2 1; -0.1 3 2; 4 4 1", "classes": 3}
    removed = ((float(np.float32(-0.1)), 3.0), (9.0, 9.0))
    change = PointChange(added=((1.23456, -2, 3), (0, 0, 1)), removed=removed)
    assert change.applied(DataReference("own_points", options)).options == {
        "points": "0.123456789 2 1; 4 4 1; 1.235 -2 3; 0 0 1",
        "classes": 3,
    }
    wrong = DataReference("own_points", {"points": "a b 1; 1 2 1"})
    assert PointChange(removed=((1, 2),)).applied(wrong).options["points"] == "a b 1"
    more = PointChange(added=((0, 0, 1),)).applied(DataReference("own_points", {}))
    assert more.options["points"].endswith("1 -2 2; 0 0 1")


def test_points_are_kept_for_validation_and_the_seed_decides_which():
    points = "; ".join(f"{i} {-i} {i % 2 + 1}" for i in range(20))
    options = {"points": points, "validation_ratio": 0.2, "test_ratio": 0.2}
    first, second = (load("own_points", {**options, "seed": seed}) for seed in (1, 2))
    assert (len(first.x_train), len(first.x_validation), len(first.x_test)) == (12, 4, 4)
    assert not np.array_equal(first.x_test, second.x_test)
    assert len(load("own_points", {**options, "fold": "2 of 4"}).x_validation) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 2", "Point 1"),
        ("1 2 1; a b 2", "Point 2"),
        ("1 2 3", "classes 1 to 2"),
        (" ", "no points"),
        ("nan 1 1", "none or beyond"),
        ("1 nan 1", "none or beyond"),
        ("1e300 1 1", "none or beyond"),
    ],
)
def test_bad_points_are_told(text, words):
    with pytest.raises(DataError, match=words):
        load("own_points", {"points": text})


def test_points_with_values_are_numbers_to_predict():
    data = load("own_values", {"points": "1 2 100; 0 0 300; 3 1 200", "validation_ratio": 0.3})
    assert data.is_plane and not data.classes and data.set_by_hand and len(data.x_validation) == 1
    values = data.all_targets() * data.y_scale + data.y_shift
    np.testing.assert_allclose(np.sort(values[:, 0]), [100, 200, 300], rtol=1e-6)
    more = PointChange(added=((0, 1, -2.5),)).applied(DataReference("own_values", {"points": "1 2 100"}))
    assert more.options["points"] == "1 2 100; 0 1 -2.5"


@pytest.mark.parametrize(
    ("text", "words"), [("1 2", "x1, x2 and a value"), ("1 2 inf", "Point 1"), ("", "no points")]
)
def test_bad_values_are_told(text, words):
    with pytest.raises(DataError, match=words):
        load("own_values", {"points": text})
