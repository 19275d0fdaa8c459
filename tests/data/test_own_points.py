"""Points set by hand: read, written, and refused with a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load
from nnstudio.data.own_points import read, write


def test_what_is_written_is_read_again():
    data = load("own_points", {"points": "1 2 1; -0.5 3 3;", "classes": 3})
    assert data.classes == ("blue", "orange", "green") and data.is_plane
    order = np.argsort(data.y_train[:, 0])
    np.testing.assert_array_equal(data.x_train[order], np.float32([[1, 2], [-0.5, 3]]))
    np.testing.assert_array_equal(data.y_train[order, 0], [0, 2])
    again = read(write(data.x_train, data.y_train[:, 0]), 3)
    np.testing.assert_allclose(again[:, :2], data.x_train)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 2", "Point 1"),
        ("1 2 1; a b 2", "Point 2"),
        ("1 2 3", "classes 1 to 2"),
        (" ", "no points"),
        ("nan 1 1", "class"),
    ],
)
def test_bad_points_are_told(text, words):
    with pytest.raises(DataError, match=words):
        load("own_points", {"points": text})
