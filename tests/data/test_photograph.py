"""The photographs that ship: which one is learned from, and what the targets hold."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from nnstudio.data.dataset import Split, load

SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
KERNELS = {
    "brightness": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "blurred": np.full((3, 3), 1 / 9),
    "sharpened": SHARPEN,
    "edges left to right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "edges top to bottom": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "all edges": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
}


@pytest.mark.parametrize("target", KERNELS)
def test_a_target_is_the_brightness_under_a_kernel_with_zeros_around_the_picture(target):
    data = load("photograph", {"size": 20, "target": target})
    for x, y in (data.part(Split.TRAINING), data.part(Split.TEST)):
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x[0, ..., 0], 1), (3, 3))
        wanted = np.einsum("rcij,ij->rc", windows, np.array(KERNELS[target], float))
        assert x.shape == (1, 20, 20, 1) and y.shape == (1, 400)
        np.testing.assert_allclose(y[0].reshape(20, 20), wanted, atol=1e-5)


def test_the_one_that_is_seen_is_tested_on_and_the_other_learned_from():
    cat = load("photograph", {"photograph": "cat"})
    coffee = load("photograph", {"photograph": "coffee"})
    assert np.array_equal(cat.x_test, coffee.x_train) and np.array_equal(cat.x_train, coffee.x_test)
    assert not np.array_equal(cat.x_train, cat.x_test)
    assert cat.watched == cat.judging == Split.TEST and cat.own_parts == (Split.TEST,)


def test_the_target_of_a_colour_picture_is_its_brightness():
    data = load("photograph", {"colour": True})
    assert data.x_test.shape == (1, 64, 64, 3)
    red, green, blue = np.moveaxis(data.x_test[0].astype(float), -1, 0)
    wanted = 0.299 * red + 0.587 * green + 0.114 * blue
    np.testing.assert_allclose(data.y_test[0].reshape(64, 64), wanted, atol=1e-6)
    assert np.array_equal(load("photograph", {}).y_test, data.y_test)
    # The fur is brown: red is the brightest, on the whole.
    assert red.mean() > green.mean() > blue.mean()


def test_a_smaller_picture_is_the_mean_of_pixels_of_the_shipped_one_as_bytes():
    whole = load("photograph", {"size": 128, "colour": True}).x_test[0]
    half = load("photograph", {"size": 64, "colour": True}).x_test[0]
    means = whole.reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(half - means).max() <= 1.01 / 255
    folder = files("nnstudio.resources").joinpath("datasets")
    assert sum(len(folder.joinpath(f"{name}.png").read_bytes()) for name in ("cat", "coffee")) < 200_000
