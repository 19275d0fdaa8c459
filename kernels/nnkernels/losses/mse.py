"""Mean squared error: for numbers."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Loss, SpecError, losses, show_shape


@kernel
def mse_kernel(args, state, acts, grads, params, work, chunk, lo, hi):
    y, dy, target, loss, correct, width, with_gradient = (
        args[0], args[1], args[2], args[3], args[4], args[5], args[6],
    )  # fmt: skip
    for n in range(lo, hi):
        total = acts[y] * 0
        for i in range(width):
            error = acts[y + n * width + i] - work[target + n * width + i]
            total += error * error
            if with_gradient:
                grads[dy + n * width + i] = 2 * error / (width * state[0])
        work[loss + n] = total / width
        work[correct + n] = 0


@losses.register
class MeanSquaredError(Loss):
    """Mean over outputs and samples of (y - t)**2, as PyTorch's MSELoss."""

    id = "mse"
    title = "Mean squared error"
    order = 0
    help = "For numbers: the mean of the squared differences."
    kernel = mse_kernel

    def check(self, output, classes, targets):
        if output != (targets,):
            raise SpecError(
                f"The data has {targets} target value{'s' * (targets != 1)}, but the network gives "
                f"{show_shape(output)}. Set the last layer to {targets} units."
            )

    def reference(self, outputs, targets):
        return np.mean((outputs - targets) ** 2, axis=1)
