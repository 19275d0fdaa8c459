"""A loss computes a Softmax itself only where all values of a sample sum to 1 together."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain

from nnkernels.program import Layout
from nnkernels.spec import layers

SUMMED = [
    pytest.param(layer, *case, id=f"{layer.id}-{i}")
    for layer in layers
    if layer.sums_to is not None
    for i, case in enumerate(layer.samples)
]


@pytest.mark.parametrize(
    "target, axis, folded",
    [
        ("4", "last", True), ("4", "1", True), ("1, 4", "last", True), ("1, 4", "1", False),
        ("2, 2", "last", True), ("2, 2", "1", False), ("4, 1", "1", False),
    ],
)  # fmt: skip
def test_a_softmax_over_another_axis_is_not_folded(target, axis, folded):
    network = chain(("dense", {"units": 4}), ("reshape", {"target": target}), ("softmax", {"axis": axis}))
    logits = Layout.of(network, (5,), "softmax_cross_entropy").logits
    assert logits == ("reshape1" if folded else "softmax2")


@pytest.mark.parametrize("layer, options, shapes", SUMMED)
def test_the_values_of_a_sample_sum_to_what_the_layer_says(layer, options, shapes):
    options = layer.complete(options)
    x = [np.random.default_rng(0).normal(size=(3, *shape)) for shape in shapes]
    y = layer.reference(options, x, {})
    np.testing.assert_allclose(y.reshape(3, -1).sum(1), layer.total(options, y.shape[1:]), rtol=1e-12)
