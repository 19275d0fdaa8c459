"""Softmax of a row and its gradient, against their formulas; what stands beside a row stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from nnkernels.vector.rows import softmax_row, softmax_row_back

SCALE = np.float32(0.3)
# Fewer values than a vector has, as many, and more.
LENGTHS = (1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100)


@pytest.fixture(scope="module")
def softmax():
    """The softmax of a row, which lies between others."""
    function = softmax_row.compiled

    @njit
    def run(values, at, n, scale):
        function(values, at, n, scale)

    def softmax(row: np.ndarray) -> np.ndarray:
        values = np.full(len(row) + 40, 5, np.float32)
        values[7 : 7 + len(row)] = row
        run(values, 7, len(row), SCALE)
        assert (values[:7] == 5).all() and (values[7 + len(row) :] == 5).all()
        return values[7 : 7 + len(row)]

    return softmax


@pytest.mark.parametrize("n", LENGTHS)
def test_softmax_of_a_row(softmax, n):
    x = np.random.default_rng(n).normal(size=n) * 20
    powers = np.exp((x - x.max()) * SCALE)
    np.testing.assert_allclose(softmax(x), powers / powers.sum(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("n", LENGTHS)
def test_what_is_no_number_is_seen_in_the_whole_row(softmax, n):
    for bad in (0, n // 2, n - 1):
        x = np.zeros(n)
        x[bad] = np.nan
        assert np.isnan(softmax(x)).all()


@pytest.mark.parametrize("n", LENGTHS)
def test_what_is_ruled_out_gets_nothing(softmax, n):
    x = np.full(n, -np.inf)
    x[n // 2] = -1000
    np.testing.assert_array_equal(softmax(x), np.arange(n) == n // 2)


def test_gradients_of_a_row():
    function = softmax_row_back.compiled

    @njit
    def run(values, weights, kept, gradients, n, scale):
        function(values, weights, kept, gradients, n, scale)

    rng = np.random.default_rng(2)
    for n in LENGTHS:
        before = rng.normal(size=400).astype(np.float32)
        values = before.copy()
        run(values, 0, 110, 220, n, SCALE)
        p, q, d = (before[at : at + n].astype(np.float64) for at in (0, 110, 220))
        expected = SCALE * (q * d - p * (q * d).sum())
        np.testing.assert_allclose(values[220 : 220 + n], expected, rtol=1e-4, atol=1e-5)
        values[220 : 220 + n] = before[220 : 220 + n]
        np.testing.assert_array_equal(values, before)
