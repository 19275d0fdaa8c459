"""Labels, each of which holds or not: every figure equals a count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.explain.label_results import label_results

HOLDS = [[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]
SHARES = [[0.9, 0.6, 0.1], [0.8, 0.7, 0.2], [0.6, 0.1, 0.3], [0.4, 0.2, 0.2], [0.1, float("nan"), 0.4]]


@pytest.fixture
def results():
    return label_results(("red", "round", "large"), np.array(HOLDS, float), np.array(SHARES))


def test_each_label_is_counted_by_hand(results):
    for at, name in enumerate(results.names):
        pairs = [
            (bool(truth[at]), share[at] > 0.5)
            for truth, share in zip(HOLDS, SHARES, strict=True)
            if share[at] == share[at]
        ]
        counts = results.of(at)
        assert counts.classes == (f"not {name}", name)
        for down in (False, True):
            for across in (False, True):
                assert counts.matrix[int(down), int(across)] == pairs.count((down, across))
    assert results.holds.tolist() == [3, 2, 0]


def test_shares_are_of_what_their_names_say(results):
    # One of five has a prediction that is no number, which is wrong.
    assert results.accuracy == pytest.approx([3 / 5, 2 / 5, 1])
    assert results.precision[:2] == pytest.approx([2 / 3, 1 / 2])
    assert results.recall[:2] == pytest.approx([2 / 3, 1 / 2])
    assert np.isnan(results.precision[2]) and np.isnan(results.recall[2])
    assert results.whole == 1 / 5


def test_labels_without_names_are_numbered():
    assert label_results(("target",), np.zeros((2, 3)), np.zeros((2, 3))).names == ("1", "2", "3")
