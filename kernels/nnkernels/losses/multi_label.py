"""Cross-entropy of several labels at once, each of which holds or does not, whatever the others do."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.losses.cross_entropy import binary_derivative, binary_loss
from nnkernels.machine import WHOLE
from nnkernels.spec import Loss, Options, Shape, SpecError, Takes, TaskKind, losses, show_shape
from nnkernels.vector.vmath import cast


@kernel
def labels_kernel(
    state, acts, grads, params, work, chunk, lo, hi,
    y_at, dy_at, target_at, loss_at, correct_at, width, with_gradient,
):  # fmt: skip
    """Mean over labels of `binary_loss`; correct is the share of labels that are told rightly."""
    one, zero, half = cast(1.0, acts), cast(0.0, acts), cast(0.5, acts)
    part, scale = cast(1.0 / width, acts), cast(1.0 / (width * state[WHOLE]), acts)
    for n in range(lo, hi):
        total, right = zero, zero
        for i in range(n * width, (n + 1) * width):
            z, t = acts[y_at + i], work[target_at + i]
            total += binary_loss(z, t)
            right += one if (z > zero) == (t > half) else zero
            if with_gradient:
                grads[dy_at + i] = binary_derivative(z, t) * scale
        work[loss_at + n], work[correct_at + n] = total * part, right * part


@losses.register
class MultiLabelCrossEntropy(Loss):
    """On logits, as PyTorch's MultiLabelSoftMarginLoss; a final Sigmoid is folded into the loss."""

    id = "multi_label_cross_entropy"
    title = "Multi-label cross-entropy"
    pytorch = "nn.MultiLabelSoftMarginLoss"
    order = 3
    help = "For several labels that hold or not, each by itself: one output for each, its probability."
    folds = "sigmoid"
    takes = Takes.LOGITS
    task = TaskKind.CLASSIFICATION
    for_labels = True
    kernel = labels_kernel

    def suits(self, classes: int, targets: int) -> bool:
        return not classes and targets > 1

    def check(self, output: Shape, classes: int, targets: int) -> None:
        if classes or targets < 2:
            raise SpecError(
                f"{self.title} compares with several target columns of 0 and 1, which this data does not "
                "have. Choose softmax cross-entropy or mean squared error."
            )
        if output != (targets,):
            raise SpecError(
                f"The data has {targets} target values, but the network gives {show_shape(output)}. "
                f"Set the last layer to {targets} units."
            )

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        p = 1 / (1 + np.exp(-outputs))
        loss: np.ndarray = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean(1)
        return loss
