"""What is no number stays visible behind a pool, wherever in the window it stands."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.harness import Bench

from nnkernels.spec import layers

CASES = [
    ("maxpool2d", {}, (2, 2, 3)),
    ("maxpool2d", {"pool_size": 3, "stride": 3}, (3, 3, 3)),
    ("maxpool1d", {"pool_size": 4, "stride": 4}, (4, 3)),
    ("globalmaxpool", {}, (2, 3, 3)),
    ("globalmaxpool1d", {}, (5, 3)),
]


@pytest.mark.parametrize("kind, options, shape", CASES)
def test_a_nan_wins_at_every_tap(kind, options, shape):
    positions = int(np.prod(shape[:-1]))
    bench = Bench(layers[kind], options, (shape,), positions, positions)
    (x,) = bench.inputs()
    x[:] = np.random.default_rng(0).normal(size=x.shape)
    flat = x.reshape(positions, positions, -1)
    for sample in range(positions):
        flat[sample, sample, 1] = np.nan
    y = bench.forward().reshape(positions, -1)
    assert np.isnan(y[:, 1]).all() and np.isfinite(y[:, [0, 2]]).all()
    np.testing.assert_array_equal(y[:, [0, 2]], flat.max(1)[:, [0, 2]])
