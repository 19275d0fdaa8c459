"""Pairs of pictures have one scale, go from the worst to the best, and leave out what is not finite."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.explain.picture_pairs import MOST, pairs_of


def pictures(count: int) -> Dataset:
    x = np.linspace(0, 1, count * 4, dtype=np.float32).reshape(count, 2, 2, 1)
    return Dataset("pictures", x, x.reshape(count, -1), x[:0], x[:0], x_scale=255.0, y_scale=255.0)


def test_pairs_go_from_the_worst_to_the_best_on_one_scale():
    data = pictures(30)
    truth = data.y_train * 255.0
    predicted = truth + np.arange(30)[:, None]
    predicted[29] = np.nan
    pairs = pairs_of(data, data.x_train, truth, predicted)
    assert len(pairs) == MOST and (pairs[0].index, pairs[-1].index) == (28, 0)
    assert [p.error for p in pairs] == sorted((p.error for p in pairs), reverse=True)
    assert pairs[0].target is None and pairs[0].error == 28.0
    np.testing.assert_allclose(pairs[-1].drawn, pairs[-1].entered, atol=1e-6)
    assert pairs[0].drawn.shape == (2, 2, 1) and pairs[0].drawn.max() <= 1


def test_a_target_that_is_not_the_input_is_shown_too():
    data = pictures(3)
    truth = 255.0 - data.y_train * 255.0
    pairs = pairs_of(data, data.x_train, truth, truth)
    assert [p.index for p in pairs] == [0, 1, 2]
    np.testing.assert_allclose(pairs[0].target, 1 - pairs[0].entered, atol=1e-6)


def test_what_draws_no_picture_and_what_is_never_finite_has_no_pairs():
    data = pictures(3)
    nowhere = np.full((3, 4), np.nan)
    assert pairs_of(data, data.x_train, data.y_train, nowhere) == ()
    flat = Dataset("flat", data.y_train, data.y_train, data.y_test, data.y_test)
    assert pairs_of(flat, flat.x_train, flat.y_train, flat.y_train) == ()
