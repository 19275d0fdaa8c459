"""What the contract of layers does not reach: functions of positive numbers, equal values, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.harness import Bench

from nnkernels.spec import SpecError, layers


@pytest.mark.parametrize("name", ["log", "sqrt"])
def test_functions_of_positive_numbers(name):
    bench = Bench(layers["function"], {"function": name}, ((3, 4),), 3, 2)
    (x,) = bench.inputs()
    x[...] = np.abs(x) + 0.1
    y = bench.forward()
    np.testing.assert_allclose(y, bench.layer.reference(bench.options, [x], {}), rtol=1e-12)
    (dx,), _ = bench.backward(np.ones_like(y))
    np.testing.assert_allclose(dx, 1 / x if name == "log" else 0.5 / np.sqrt(x), rtol=1e-12)


def test_a_function_that_is_not_defined_gives_what_numpy_gives():
    bench = Bench(layers["function"], {"function": "log"}, ((3,),), 1, 1, dtype=np.float32)
    bench.inputs()[0][0] = -1, 0, np.inf
    np.testing.assert_array_equal(bench.forward()[0], [np.nan, -np.inf, np.inf])


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_equal_values_share_the_gradient_and_no_nan_is_lost(name):
    bench = Bench(layers[name], {}, ((3,), (3,)), 1, 1)
    for x in bench.inputs():
        x[0] = 1, 2, 3
    bench.inputs()[1][0, 2] = np.nan
    assert np.array_equal(bench.forward()[0], [1, 2, np.nan], equal_nan=True)
    dx, _ = bench.backward(np.ones((1, 3)))
    assert dx[0][0, :2].tolist() == dx[1][0, :2].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    "name, options, shapes, words",
    [
        ("clamp", {"low": 2.0}, ((3,),), "Low is 2 and above High, 1. Exchange them."),
        ("divide", {}, ((3,),), "exactly two links, but has 1"),
        ("maximum", {}, ((3,), (2,)), "length 1 where they differ"),
        ("matmul", {}, ((3, 2), (3, 2)), "as many columns in the first input as rows in the second"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(name, options, shapes, words):
    layer = layers[name]
    with pytest.raises(SpecError, match=words):
        layer.shape(layer.complete(options), shapes)
