"""Attention that drops shares while training, as PyTorch's does."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.harness import Bench
from kernels.networks import between
from kernels.test_wiring import again, started

from nnkernels.spec import layers

STEPS, WIDTH = 64, 6


def gatherer(batch, chunk, **given):
    """Every step looks at all evenly and takes the same from each: y counts the shares that are left."""
    training = given.pop("training", True)
    options = {"heads": 2, "bias": False, **given}
    bench = Bench(
        layers["multiheadattention"], options, ((STEPS, WIDTH),), batch, chunk, np.float64, training
    )
    for x in bench.inputs():
        x[...] = 1
    p = bench.parameters()
    p["in_weight"][...], p["out_weight"][...] = 0, np.eye(WIDTH)
    p["in_weight"][:, 2 * WIDTH :] = np.eye(WIDTH)
    return bench


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_the_share_that_it_says_is_dropped_and_the_mean_stays(rate):
    y = gatherer(16, 16, dropout=rate).forward()
    left = y * STEPS * (1 - rate)
    np.testing.assert_allclose(left, np.round(left), atol=1e-4)
    assert y.mean() == pytest.approx(1, abs=0.02)
    deviation = np.sqrt(rate / (1 - rate) / STEPS)
    assert y[..., 0].std() == pytest.approx(deviation, rel=0.1)
    heads = y.reshape(16, STEPS, 2, WIDTH // 2)
    # One draw for each share: all that a head takes from a step, and nobody else's.
    assert (heads == heads[..., :1]).all()
    for a, b in (
        (heads[:, :, 0, 0], heads[:, :, 1, 0]),
        (y[:8, :, 0], y[8:, :, 0]),
        (y[:, :32, 0], y[:, 32:, 0]),
    ):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.15


def test_nothing_is_dropped_at_rate_0_nor_when_it_predicts():
    for given in ({"dropout": 0.0}, {"dropout": 0.6, "training": False}, {}):
        np.testing.assert_allclose(gatherer(3, 3, **given).forward(), 1, rtol=1e-12)


def test_each_step_draws_anew_and_a_cut_batch_draws_the_same():
    whole, cut = gatherer(6, 6, dropout=0.3), gatherer(6, 2, dropout=0.3)
    first = whole.forward()
    np.testing.assert_array_equal(first, cut.forward())
    whole.state[1] += 1
    assert (whole.forward() != first).mean() > 0.5


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_transformer_block_drops_attention_weights(norm_first):
    """With everything else the same at each step, only what was dropped tells outputs apart."""
    layer = layers["transformerblock"]
    options = layer.complete({"heads": 2, "hidden": 5, "dropout": 0.3, "norm_first": norm_first})
    parts = {p.id: p for p in layer.parts(options, ((5, 6),))}
    assert parts["attention"].options["dropout"] == 0.3
    network = between("transformerblock", options, ((5, 6),))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 30)), rng.normal(size=(4, 30))
    program = started(network, (30,), "mse", "sgd", x, y)
    program.set_hyperparameters({"learning_rate": 0.0, "momentum": 0.0, "nesterov": 0.0, "weight_decay": 0.0})
    start, direction = program.params.copy(), rng.normal(size=program.params.size)

    def loss():
        program.state[1] = 0  # the same step drops the same
        return again(program)[0, 0] / 4

    loss()
    derivative = program.grads[: program.layout.parameter_count] @ direction[: program.layout.parameter_count]
    program.params[:] = start + 1e-6 * direction
    up = loss()
    program.params[:] = start - 1e-6 * direction
    assert derivative == pytest.approx((up - loss()) / 2e-6, rel=1e-5, abs=1e-8)
