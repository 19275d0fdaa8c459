"""Hinge loss: for classes, by how far the true one's score leads the others."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.losses.cross_entropy import CLASS_WEIGHTS, ClassLoss
from nnkernels.machine import WHOLE
from nnkernels.spec import Option, Options, Takes, losses
from nnkernels.vector.vmath import cast, difference, real


@kernel
def hinge_kernel(
    state, acts, grads, params, work, chunk, lo, hi,
    y_at, dy_at, target_at, loss_at, correct_at, width, with_gradient, margin,
):  # fmt: skip
    """loss = mean over classes of max(0, margin - z[t] + z[i]), without the true class's own term."""
    margin, zero = real(margin, acts), cast(0.0, acts)
    share, scale = cast(1.0 / width, acts), cast(1.0 / (width * state[WHOLE]), acts)
    for n in range(lo, hi):
        z = acts[y_at + n * width : y_at + (n + 1) * width]
        t = int(work[target_at + n])
        best, total, count = 0, zero, zero
        for i in range(width):
            if z[i] > z[best]:
                best = i
            over = margin + difference(z[i], z[t])
            counts = i != t and not over <= 0
            total += over if counts else zero
            count += scale if counts else zero
            if with_gradient:
                grads[dy_at + n * width + i] = scale if counts else zero
        if with_gradient:
            grads[dy_at + n * width + t] = -count
        work[loss_at + n] = total * share
        work[correct_at + n] = 1 if best == t else 0


@losses.register
class Hinge(ClassLoss):
    """On scores, as PyTorch's MultiMarginLoss: the true class should lead by a margin.

    Class weights are normalised over the batch as in CrossEntropyLoss; PyTorch does not here.
    """

    id = "hinge"
    title = "Hinge"
    pytorch = "nn.MultiMarginLoss"
    order = 7
    help = "For several classes: the right score should lead the others by a margin."
    takes = Takes.SCORES
    kernel = hinge_kernel
    samples = ({}, {"margin": 0.3})
    options = (
        Option("margin", 1.0, "Lead from which on a score adds nothing to the loss.", 0.0, 1000.0),
        CLASS_WEIGHTS,
    )

    def lead(self, options: Options) -> float:
        return float(options["margin"])

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        rows, t = np.arange(len(outputs)), targets[:, 0].astype(int)
        over = np.maximum(0, options["margin"] - outputs[rows, t][:, None] + outputs)
        over[rows, t] = 0
        loss: np.ndarray = over.mean(1)
        return loss
