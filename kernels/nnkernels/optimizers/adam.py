"""Adam and AdamW: step sizes adapt to each parameter (Kingma and Ba 2015)."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import STEP
from nnkernels.ops.hyperparameters import blended, complement, precise, shrunk
from nnkernels.spec import Optimizer, Option, Options, optimizers
from nnkernels.vector.vmath import cast


@kernel
def adam_kernel(state, acts, grads, params, work, chunk, lo, hi, count):
    rate, epsilon, decay = work[0], work[3], work[4]
    p, g = params[lo:hi], grads[lo:hi]
    m = params[count + lo : count + hi]
    v = params[2 * count + lo : 2 * count + hi]
    # The powers need more digits than float32 has: 0.999**t leaves 1 - 0.999**t with four.
    size = cast(rate / (1.0 - precise(work, 1) ** state[STEP]), p)
    correction = cast(1.0 / math.sqrt(1.0 - precise(work, 2) ** state[STEP]), p)
    share1, share2, loss = complement(work, 1), complement(work, 2), rate * decay
    for i in range(p.size):
        # Read back from the arrays, each would wait until it is written: a store over two cache lines is not
        # forwarded.
        mean, square = blended(m[i], g[i], share1), blended(v[i], g[i] * g[i], share2)
        p[i] = shrunk(p[i], loss) - size * mean / (math.sqrt(square) * correction + epsilon)
        m[i], v[i] = mean, square


@optimizers.register
class Adam(Optimizer):
    """With bias correction; defaults are PyTorch's."""

    id = "adam"
    title = "Adam"
    pytorch = "optim.Adam"
    order = 1
    help = "Adapts the step of every weight to its own gradients; a good first choice."
    slots = 2
    kernel = adam_kernel
    options: ClassVar[tuple[Option, ...]] = (
        Option("learning_rate", 0.001, "How far each step goes.", 0.0, 1000.0),
        Option("beta1", 0.9, "Share of the mean gradient that each step keeps.", 0.0, 0.9999),
        Option("beta2", 0.999, "Share of the mean squared gradient that each step keeps.", 0.0, 0.99999),
        Option("epsilon", 1e-8, "Small number that prevents a division by zero.", 0.0, 1.0),
    )

    def reference(
        self, options: Options, step: int, p: np.ndarray, g: np.ndarray, slots: list[np.ndarray]
    ) -> None:
        b1, b2 = options["beta1"], options["beta2"]
        slots[0][:] = b1 * slots[0] + (1 - b1) * g
        slots[1][:] = b2 * slots[1] + (1 - b2) * g * g
        mean, square = slots[0] / (1 - b1**step), slots[1] / (1 - b2**step)
        p *= 1 - options["learning_rate"] * options.get("weight_decay", 0.0)
        p -= options["learning_rate"] * mean / (np.sqrt(square) + options["epsilon"])


@optimizers.register
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's AdamW."""

    id = "adamw"
    title = "AdamW"
    pytorch = "optim.AdamW"
    order = 2
    help = "Adam that also pulls every weight towards zero, separately from the gradients."
    samples = ({}, {"weight_decay": 0.1})
    options = (
        *Adam.options,
        Option(
            "weight_decay",
            0.01,
            "Share of each weight that a step takes away, times the learning rate.",
            0.0,
            10.0,
        ),
    )
