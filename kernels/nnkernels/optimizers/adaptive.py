"""RMSprop, Adagrad and Lion: three more ways to size a step."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import kernel
from nnkernels.ops.hyperparameters import blended, complement
from nnkernels.spec import Optimizer, Option, Options, optimizers
from nnkernels.vector.vmath import cast


@kernel
def rmsprop_kernel(state, acts, grads, params, work, chunk, lo, hi, count):
    rate, share, epsilon = work[0], complement(work, 1), work[2]
    p, g = params[lo:hi], grads[lo:hi]
    v = params[count + lo : count + hi]
    for i in range(p.size):
        # See Adam's: not read back from the array.
        square = blended(v[i], g[i] * g[i], share)
        p[i] -= rate * g[i] / (math.sqrt(square) + epsilon)
        v[i] = square


@optimizers.register
class RMSprop(Optimizer):
    """Divides by a running mean of squared gradients (Hinton 2012); defaults are PyTorch's."""

    id = "rmsprop"
    title = "RMSprop"
    pytorch = "optim.RMSprop"
    order = 3
    help = "Divides each step by the usual size of its gradient."
    slots = 1
    kernel = rmsprop_kernel
    options = (
        Option("learning_rate", 0.01, "How far each step goes.", 0.0, 1000.0),
        Option("alpha", 0.99, "Share of the mean squared gradient that each step keeps.", 0.0, 0.99999),
        Option("epsilon", 1e-8, "Small number that prevents a division by zero.", 0.0, 1.0),
    )

    def reference(
        self, options: Options, step: int, p: np.ndarray, g: np.ndarray, slots: list[np.ndarray]
    ) -> None:
        slots[0][:] = options["alpha"] * slots[0] + (1 - options["alpha"]) * g * g
        p -= options["learning_rate"] * g / (np.sqrt(slots[0]) + options["epsilon"])


@kernel
def adagrad_kernel(state, acts, grads, params, work, chunk, lo, hi, count):
    rate, epsilon = work[0], work[1]
    p, g = params[lo:hi], grads[lo:hi]
    v = params[count + lo : count + hi]
    for i in range(p.size):
        square = v[i] + g[i] * g[i]
        p[i] -= rate * g[i] / (math.sqrt(square) + epsilon)
        v[i] = square


@optimizers.register
class Adagrad(Optimizer):
    """Divides by all squared gradients so far (Duchi et al. 2011); defaults are PyTorch's."""

    id = "adagrad"
    title = "Adagrad"
    pytorch = "optim.Adagrad"
    order = 4
    help = "Steps get smaller for weights that have already moved far."
    slots = 1
    kernel = adagrad_kernel
    options = (
        Option("learning_rate", 0.01, "How far each step goes.", 0.0, 1000.0),
        Option("epsilon", 1e-10, "Small number that prevents a division by zero.", 0.0, 1.0),
    )

    def reference(
        self, options: Options, step: int, p: np.ndarray, g: np.ndarray, slots: list[np.ndarray]
    ) -> None:
        slots[0] += g * g
        p -= options["learning_rate"] * g / (np.sqrt(slots[0]) + options["epsilon"])


@kernel
def lion_kernel(state, acts, grads, params, work, chunk, lo, hi, count):
    rate, share1, share2, decay = work[0], complement(work, 1), complement(work, 2), work[3]
    p, g = params[lo:hi], grads[lo:hi]
    m = params[count + lo : count + hi]
    one = cast(1.0, p)
    for i in range(p.size):
        blend = blended(m[i], g[i], share1)
        # The sign; NaN stays NaN.
        sign = one if blend > 0 else (-one if blend < 0 else blend)
        p[i] -= rate * (sign + decay * p[i])
        m[i] = blended(m[i], g[i], share2)


@optimizers.register
class Lion(Optimizer):
    """Steps of one size in the direction of the momentum's sign (Chen et al. 2023)."""

    id = "lion"
    title = "Lion"
    order = 5
    help = "Every weight moves by the same amount, up or down; wants a small learning rate."
    slots = 1
    kernel = lion_kernel
    samples = ({}, {"weight_decay": 0.1})
    options = (
        Option("learning_rate", 0.0001, "How far each step goes.", 0.0, 1000.0),
        Option(
            "beta1",
            0.9,
            "Share of the mean gradient in the direction of a step; the rest is the newest gradient.",
            0.0,
            0.9999,
        ),
        Option("beta2", 0.99, "Share of the mean gradient that each step keeps.", 0.0, 0.99999),
        Option(
            "weight_decay",
            0.0,
            "Share of each weight that a step takes away, times the learning rate.",
            0.0,
            10.0,
        ),
    )

    def reference(
        self, options: Options, step: int, p: np.ndarray, g: np.ndarray, slots: list[np.ndarray]
    ) -> None:
        blend = options["beta1"] * slots[0] + (1 - options["beta1"]) * g
        p -= options["learning_rate"] * (np.sign(blend) + options["weight_decay"] * p)
        slots[0][:] = options["beta2"] * slots[0] + (1 - options["beta2"]) * g
