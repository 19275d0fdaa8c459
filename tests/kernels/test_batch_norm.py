"""BatchNorm without weights, also as the first layer, and with cumulative statistics."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain, program, samples

from nnkernels.program import Program


def of_node(planned: Program, node: str) -> dict[str, np.ndarray]:
    """The arrays of a node by name."""
    slots = [s for s in planned.layout.parameters if s.node == node]
    return {s.name: planned.params[s.offset :][: s.size].astype(float) for s in slots}


@pytest.mark.parametrize("before", [[], [("dense", {"units": 5})]], ids=["first", "behind weights"])
@pytest.mark.parametrize("affine", [False, True])
def test_cumulative_statistics_are_means_over_all_batches(before, affine):
    norm = ("batchnorm", {"statistics": "cumulative", "affine": affine})
    network = chain(*before, norm, ("dense", {"units": 3}))
    name = f"batchnorm{len(before)}"
    planned = program(network, (5,), "softmax_cross_entropy", "sgd", 8, np.float64, learning_rate=0.0)
    x, y = samples(40, 5, classes=3)
    planned.set_data(x, y, np.arange(40))
    if before:
        weights = of_node(planned, "dense0")
        x = x @ weights["weight"].reshape(5, 5) + weights["bias"]
    planned.run(5)
    got, batches = of_node(planned, name), x.reshape(5, 8, 5)
    assert got["running_batches"] == [5] and ("weight" in got) == affine
    np.testing.assert_allclose(got["running_mean"], batches.mean((0, 1)), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(got["running_var"], batches.var(1, ddof=1).mean(0), rtol=1e-6)


def test_without_weights_the_first_layer_normalises_with_the_batch():
    network = chain(("batchnorm", {"affine": False}), ("dense", {"units": 3}))
    planned = program(network, (5,), "softmax_cross_entropy", "sgd", 8, np.float64, keep=("batchnorm0",))
    x, y = samples(8, 5, classes=3)
    planned.set_data(100 + 3 * x, y, np.arange(8))
    planned.run(1)
    np.testing.assert_allclose(planned.activation("batchnorm0", 8).mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(planned.activation("batchnorm0", 8).std(0), 1, rtol=1e-4)
