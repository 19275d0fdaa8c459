"""Products of a few numbers are those of NumPy, and nothing beside them is written."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from nnkernels.vector.small import small_product


@pytest.fixture(scope="module")
def product():
    """(A, B, start or None) to A B + start, from arrays and into one with NaN around what belongs to them."""
    multiply = small_product.compiled

    @njit
    def run(a, ar, ak, b, bk, c, cr, m, terms, n, start, starts):
        multiply(a, 3, ar, ak, b, 5, bk, c, 7, cr, m, terms, n, start, 1, starts)

    def product(a: np.ndarray, b: np.ndarray, start: np.ndarray | None, turned: bool) -> np.ndarray:
        (m, terms), n = a.shape, b.shape[1]
        left = np.concatenate([np.full(3, np.nan), (a.T if turned else a).ravel(), np.full(20, np.nan)])
        right = np.concatenate([np.full(5, np.nan), b.ravel(), np.full(20, np.nan)])
        begin = np.concatenate([[np.nan], np.zeros(0) if start is None else start, np.full(20, np.nan)])
        sink = np.full(7 + m * (n + 2) + 20, 9, np.float32)
        arrays = [values.astype(np.float32) for values in (left, right, begin)]
        ways = (1, m) if turned else (terms, 1)
        run(arrays[0], *ways, arrays[1], n, sink, n + 2, m, terms, n, arrays[2], int(start is not None))
        rows = sink[7 : 7 + m * (n + 2)].reshape(m, n + 2)
        assert (sink[:7] == 9).all() and (sink[7 + m * (n + 2) :] == 9).all() and (rows[:, n:] == 9).all()
        return rows[:, :n]

    return product


@pytest.mark.parametrize("n", [1, 2, 8, 9, 16, 17, 35])
@pytest.mark.parametrize("m", [1, 4, 5, 6, 10, 13])
def test_products_are_those_of_numpy(product, m, n):
    rng = np.random.default_rng(10 * m + n)
    for terms, turned in ((1, False), (3, True), (10, False)):
        a, b, start = (rng.normal(size=shape) for shape in ((m, terms), (terms, n), (n,)))
        np.testing.assert_allclose(product(a, b, None, turned), a @ b, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(product(a, b, start, turned), a @ b + start, rtol=1e-5, atol=1e-5)


def test_a_row_is_the_same_bits_whatever_rows_are_beside_it(product):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(12, 7)), rng.normal(size=(7, 6))
    whole = product(a, b, None, False)
    for first, last in ((0, 1), (2, 7), (5, 12)):
        np.testing.assert_array_equal(product(a[first:last], b, None, False), whole[first:last])
