from __future__ import annotations

import numpy as np
import pytest
from kernels.interpreter import InterpretedBench, Interpreter
from nnkernels.spec import layers

CASES = [
    pytest.param(layer, options, shapes, id=f"{layer.id}-{i}")
    for layer in layers
    for i, (options, shapes) in enumerate(layer.samples)
    if not layer.parts(layer.complete(options), shapes)
]


@pytest.fixture
def interpreter(monkeypatch) -> Interpreter:
    made = Interpreter()
    made.install(monkeypatch)
    return made


def bench(interpreter, layer, options, shapes, training) -> InterpretedBench:
    made = InterpretedBench(interpreter, layer, options, shapes, 3, 2, training=training)
    for kink in layer.kinks:
        for x in made.inputs():
            x[np.abs(x - kink) < 1e-2] += 0.1
    return made


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_layers(interpreter, layer, options, shapes):
    made = bench(interpreter, layer, options, shapes, False)
    y = made.forward()
    expected = layer.reference(made.options, made.inputs(), made.parameters())
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-11)


# With stand-ins for their slopes, or their own randomness, nothing tells what gradients should be.
@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_gradients_of_layers(interpreter, layer, options, shapes):
    made = bench(interpreter, layer, options, shapes, True)
    rng = np.random.default_rng(1)
    dy = rng.normal(size=made.forward().shape)
    dx, dp = made.backward(dy)
    if layer.surrogate:
        return
    targets = list(zip(made.inputs(), dx, strict=True))
    targets += [(p, dp[name]) for name, p in made.parameters().items()]
    for values, gradient in targets:
        direction, start, sums = rng.normal(size=values.shape), values.copy(), []
        for sign in (1, -1):
            values[...] = start + sign * 1e-6 * direction
            sums.append((made.forward() * dy).sum())
        values[...] = start
        assert (gradient * direction).sum() == pytest.approx((sums[0] - sums[1]) / 2e-6, rel=2e-5, abs=1e-7)
