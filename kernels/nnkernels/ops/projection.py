"""What stands in place of a loss where a chosen number of the network is to be differentiated.

It is no loss that a network could be trained with, so it is in no registry.
"""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Loss, Options
from nnkernels.vector.vmath import cast


@kernel
def project(
    state, acts, grads, params, work, chunk, lo, hi,
    y_at, dy_at, target_at, loss_at, correct_at, width, with_gradient,
):  # fmt: skip
    """loss = sum(t y), over y with a weight other than 0; dy = t, of each sample by itself."""
    for n in range(lo, hi):
        total = cast(0.0, acts)
        for i in range(n * width, (n + 1) * width):
            weight = work[target_at + i]
            # What has no weight is not asked about, and may be infinite.
            if weight != 0:
                total += weight * acts[y_at + i]
            if with_gradient:
                grads[dy_at + i] = weight
        work[loss_at + n] = total
        work[correct_at + n] = 0


class Projection(Loss):
    """sum(t y) of each sample; unlike a loss's, its gradient is not divided by the number of samples."""

    id = "projection"
    title = "Projection"
    kernel = project

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        total: np.ndarray = np.where(targets != 0, targets * outputs, 0).sum(1)
        return total


PROJECTION = Projection()
