"""A finer picture of a grid goes through its points and invents nothing beyond them."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.explain.interpolation import between_points, log_heights


def test_every_point_keeps_its_value():
    values = np.random.default_rng(0).normal(size=(5, 9))
    finer = between_points(values, 4)
    assert finer.shape == (17, 33)
    np.testing.assert_allclose(finer[::4, ::4], values, atol=1e-12)
    assert finer.min() >= values.min() and finer.max() <= values.max()


def test_a_slope_stays_a_slope_up_to_its_edges():
    rows, columns = np.arange(5.0)[:, None], np.arange(4.0)
    np.testing.assert_allclose(
        between_points(3 * rows - columns, 2), 3 * np.arange(9)[:, None] / 2 - np.arange(7) / 2, atol=1e-12
    )


def test_a_bowl_is_met_better_than_by_straight_lines():
    x = np.linspace(-1, 1, 9)
    fine = np.linspace(-1, 1, 33)
    truth = fine[:, None] ** 2 + fine**2
    finer = between_points(x[:, None] ** 2 + x**2, 4)
    straight = np.interp(fine, x, x**2)
    inner = slice(4, -4)
    error = np.abs(finer - truth)[inner, inner].max()
    assert error < 0.2 * np.abs(straight[:, None] + straight - truth)[inner, inner].max()


@pytest.mark.parametrize("shape", [(2, 2), (2, 5)])
def test_the_smallest_grids_can_be_refined(shape):
    assert np.isfinite(between_points(np.ones(shape), 3)).all()


def test_one_point_next_to_nothing_leaves_the_range_to_the_valley():
    x = np.linspace(-1, 1, 33)
    bowl = x[:, None] ** 2 + x**2
    bowl[16, 16] = 1e-10
    heights = log_heights(bowl)
    assert np.ptp(heights) < 4 and heights[16, 16] == heights.min()
    assert heights[0, 0] == pytest.approx(np.log10(2))


def test_losses_of_an_even_range_are_plain_logarithms():
    losses = np.geomspace(1e-3, 10, 81).reshape(9, 9)
    np.testing.assert_allclose(log_heights(losses), np.log10(losses))
    losses[0, 0] = np.nan
    assert log_heights(losses)[0, 0] == pytest.approx(1)
    assert np.isfinite(log_heights(np.zeros((3, 3)))).all()
