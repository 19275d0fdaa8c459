"""Float32 moments of the optimizers beside float64 ones that see the same gradients."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain, program, samples

from nnkernels.spec import optimizers

STEPS = 100


def moments(optimizer, **settings):
    """Slots after STEPS steps, and the gradients of each step in float64: (steps, parameters).

    The learning rate is small: gradients that vanish would leave nothing but rounding of the moment.
    """
    x, y = samples(STEPS * 4, 5, classes=3)
    settings |= {"learning_rate": 1e-5}
    planned = program(
        chain(("dense", {"units": 40})), (5,), "softmax_cross_entropy", optimizer, 4, **settings
    )
    count, gradients = planned.layout.parameter_count, []
    planned.set_data(x, y, np.arange(len(x)))
    for _ in range(STEPS):
        planned.run(1)
        gradients.append(planned.grads[:count].astype(np.float64))
    slots = optimizers[optimizer].slots
    kept = planned.params[count : count * (1 + slots)].astype(np.float64).reshape(slots, count)
    return kept, np.array(gradients)


def blended(values, memory):
    """sum of (1 - memory) memory**age value, from Python floats."""
    total = np.zeros(values.shape[1])
    for row in values:
        total = memory * total + (1 - memory) * row
    return total


def assert_close(result, expected, scale):
    error = np.abs(result - expected) / scale
    assert np.sqrt((error**2).mean()) < 3e-7
    assert error.max() < 1.5e-6


@pytest.mark.parametrize("beta2", [0.9, 0.999, 0.9999, 0.99999])
@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_adam_keeps_the_digits_of_its_moments(optimizer, beta2):
    (m, v), g = moments(optimizer, beta1=0.9, beta2=beta2)
    assert_close(v, blended(g * g, beta2), blended(g * g, beta2))
    assert_close(m, blended(g, 0.9), blended(np.abs(g), 0.9))


@pytest.mark.parametrize("beta1", [0.999, 0.9999])
def test_a_long_mean_keeps_its_digits(beta1):
    (m, _), g = moments("adam", beta1=beta1)
    assert_close(m, blended(g, beta1), blended(np.abs(g), beta1))


@pytest.mark.parametrize("alpha", [0.9, 0.99, 0.999, 0.99999])
def test_rmsprop_keeps_the_digits_of_its_moment(alpha):
    (v,), g = moments("rmsprop", alpha=alpha)
    assert_close(v, blended(g * g, alpha), blended(g * g, alpha))


@pytest.mark.parametrize("beta2", [0.99, 0.999, 0.99999])
def test_lion_keeps_the_digits_of_its_momentum(beta2):
    (m,), g = moments("lion", beta2=beta2)
    assert_close(m, blended(g, beta2), blended(np.abs(g), beta2))


def test_adagrad_keeps_the_digits_of_its_sum():
    (v,), g = moments("adagrad")
    assert_close(v, (g * g).sum(0), (g * g).sum(0))


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.9, 0.99, 0.9999])
def test_momentum_keeps_its_digits(momentum, nesterov):
    (v,), g = moments("sgd", momentum=momentum, nesterov=nesterov)
    assert_close(v, blended(g, momentum) / (1 - momentum), blended(np.abs(g), momentum) / (1 - momentum))


@pytest.mark.parametrize("beta2", [0.999, 0.9999, 0.99999])
def test_adams_bias_correction_keeps_its_digits(beta2):
    """One step from zero moments goes exactly as far as the learning rate, whatever the gradient."""
    x, y = samples(4, 5, classes=3)
    settings = {"learning_rate": 1.0, "beta2": beta2, "epsilon": 0.0}
    planned = program(chain(("dense", {"units": 3})), (5,), "softmax_cross_entropy", "adam", 4, **settings)
    planned.set_data(x, y, np.arange(4))
    count = planned.layout.parameter_count
    planned.params[:count] = 0
    planned.run(1)
    np.testing.assert_allclose(np.abs(planned.params[:count].astype(np.float64)), 1.0, rtol=3e-7)


def test_a_new_setting_changes_all_digits_of_a_moment():
    """Hyperparameters set while training replace the ones before, remainder included."""
    x, y = samples(8, 5, classes=3)
    planned = program(
        chain(("dense", {"units": 3})), (5,), "softmax_cross_entropy", "rmsprop", 4, alpha=0.99999
    )
    planned.set_hyperparameters(optimizers["rmsprop"].complete({"alpha": 0.99}))
    planned.set_data(x, y, np.arange(8))
    count = planned.layout.parameter_count
    planned.run(1)
    expected = 0.01 * planned.grads[:count].astype(np.float64) ** 2
    np.testing.assert_allclose(planned.params[count:], expected, rtol=3e-7)
