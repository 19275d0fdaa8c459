"""Transposes of all kinds of blocks, with others beside them that stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from nnkernels.vector.transposing import transpose


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_transposes_are_those_of_numpy(dtype):
    function = transpose.compiled

    @njit
    def run(source, at, rows, columns, stride, sink, to, pitch):
        function(source, at, rows, columns, stride, sink, to, pitch)

    rng = np.random.default_rng(3)
    for rows, columns in ((1, 1), (2, 8), (8, 8), (9, 7), (16, 3), (5, 33), (64, 16)):
        values, stride, pitch = rng.normal(size=(rows, columns + 3)).astype(dtype), columns + 3, rows + 2
        sink = np.full(4 + columns * pitch + 9, 6, dtype)
        source = np.concatenate([np.full(5, np.nan, dtype), values.ravel()])
        run(source, 5, rows, columns, stride, sink, 4, pitch)
        expected = np.full((columns, pitch), 6, dtype)
        expected[:, :rows] = values[:, :columns].T
        np.testing.assert_array_equal(sink[4 : 4 + columns * pitch].reshape(columns, pitch), expected)
        assert (sink[:4] == 6).all() and (sink[4 + columns * pitch :] == 6).all()
