"""Stochastic gradient descent: plain, with momentum, with Nesterov's look ahead."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.ops.hyperparameters import complement, shrunk
from nnkernels.spec import Optimizer, Option, Options, optimizers


@kernel
def sgd_kernel(state, acts, grads, params, work, chunk, lo, hi, count):
    rate, momentum, nesterov, decay = work[0], work[1], work[2], work[3]
    p, g = params[lo:hi], grads[lo:hi]
    v, brake = params[count + lo : count + hi], complement(work, 1)
    if momentum == 0:
        for i in range(p.size):
            p[i] -= rate * (g[i] + decay * p[i])
    elif nesterov == 0:
        for i in range(p.size):
            # See Adam's: not read back from the array.
            velocity = shrunk(v[i], brake) + (g[i] + decay * p[i])
            p[i] -= rate * velocity
            v[i] = velocity
    else:
        for i in range(p.size):
            gradient = g[i] + decay * p[i]
            velocity = shrunk(v[i], brake) + gradient
            p[i] -= rate * (gradient + momentum * velocity)
            v[i] = velocity


@optimizers.register
class SGD(Optimizer):
    """v = momentum v + g; p = p - rate v, as PyTorch's SGD; weight decay is added to g."""

    id = "sgd"
    title = "SGD"
    pytorch = "optim.SGD"
    order = 0
    help = "A step against the gradient; momentum keeps some of the last step's speed."
    slots = 1
    kernel = sgd_kernel
    samples = ({}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1})
    options = (
        Option("learning_rate", 0.03, "How far each step goes.", 0.0, 1000.0),
        Option("momentum", 0.0, "Share of the last step's speed that is kept.", 0.0, 0.9999),
        Option("nesterov", False, "Use the gradient at the point to which the speed leads (needs momentum)."),
        Option("weight_decay", 0.0, "Pulls every weight towards zero (L2).", 0.0, 10.0),
    )

    def reference(
        self, options: Options, step: int, p: np.ndarray, g: np.ndarray, slots: list[np.ndarray]
    ) -> None:
        g = g + options["weight_decay"] * p
        slots[0][:] = options["momentum"] * slots[0] + g
        ahead = g + options["momentum"] * slots[0]
        p -= options["learning_rate"] * (ahead if options["nesterov"] else slots[0])
