"""Adam: step sizes adapt to each parameter (Kingma and Ba 2015)."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Optimizer, Option, optimizers


@kernel
def adam_kernel(args, state, acts, grads, params, work, chunk, lo, hi):
    gradient, count = args[0], args[1]
    rate, b1, b2, epsilon = work[0], work[1], work[2], work[3]
    p, g = params[lo:hi], grads[gradient + lo : gradient + hi]
    m = params[count + lo : count + hi]
    v = params[2 * count + lo : 2 * count + hi]
    one = b1 * 0 + 1
    size = rate / (one - b1 ** state[1])
    correction = one / math.sqrt(one - b2 ** state[1])
    for i in range(p.size):
        m[i] = b1 * m[i] + (one - b1) * g[i]
        v[i] = b2 * v[i] + (one - b2) * g[i] * g[i]
        p[i] -= size * m[i] / (math.sqrt(v[i]) * correction + epsilon)


@optimizers.register
class Adam(Optimizer):
    """With bias correction; defaults are PyTorch's."""

    id = "adam"
    title = "Adam"
    order = 1
    help = "Adapts the step of every weight to its own slopes; a good first choice."
    slots = 2
    kernel = adam_kernel
    options = (
        Option("learning_rate", 0.001, "How far each step goes.", 0.0, 1000.0),
        Option("beta1", 0.9, "Memory of the mean slope.", 0.0, 0.9999),
        Option("beta2", 0.999, "Memory of the mean squared slope.", 0.0, 0.99999),
        Option("epsilon", 1e-8, "Keeps the division away from zero.", 0.0, 1.0),
    )

    def reference(self, options, step, p, g, slots):
        b1, b2 = options["beta1"], options["beta2"]
        slots[0][:] = b1 * slots[0] + (1 - b1) * g
        slots[1][:] = b2 * slots[1] + (1 - b2) * g * g
        mean, square = slots[0] / (1 - b1**step), slots[1] / (1 - b2**step)
        p -= options["learning_rate"] * mean / (np.sqrt(square) + options["epsilon"])
