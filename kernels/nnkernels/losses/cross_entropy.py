"""Cross-entropy: for classes; computed from logits, so that no probability is ever rounded to 0."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Loss, SpecError, losses, show_shape
from nnkernels.vmath import exp, sigmoid


@kernel
def binary_kernel(args, state, acts, grads, params, work, chunk, lo, hi):
    """loss = max(z, 0) - z t + log(1 + e**-|z|); dz = (sigmoid(z) - t) / n"""
    y, dy, target, loss, correct, with_gradient = args[0], args[1], args[2], args[3], args[4], args[6]
    for n in range(lo, hi):
        z, t = acts[y + n], work[target + n]
        work[loss + n] = max(z, z * 0) - z * t + math.log1p(math.exp(-abs(z)))
        work[correct + n] = 1 if (z > 0) == (t > 0.5) else 0
        if with_gradient:
            grads[dy + n] = (sigmoid(z) - t) / state[0]


@kernel
def softmax_kernel(args, state, acts, grads, params, work, chunk, lo, hi):
    """loss = log(sum(e**z)) - z[t]; dz = (softmax(z) - onehot(t)) / n"""
    y, dy, target, loss, correct, width, with_gradient = (
        args[0], args[1], args[2], args[3], args[4], args[5], args[6],
    )  # fmt: skip
    for n in range(lo, hi):
        z = acts[y + n * width : y + (n + 1) * width]
        t = int(work[target + n])
        best = 0
        for i in range(1, width):
            if z[i] > z[best]:
                best = i
        top = z[best]
        total = top * 0
        if with_gradient:
            dz = grads[dy + n * width : dy + (n + 1) * width]
            for i in range(width):
                dz[i] = exp(z[i] - top)
                total += dz[i]
            scale = 1 / (total * state[0])
            for i in range(width):
                dz[i] *= scale
            dz[t] -= (total * 0 + 1) / state[0]
        else:
            for i in range(width):
                total += exp(z[i] - top)
        work[loss + n] = math.log(total) + top - z[t]
        work[correct + n] = 1 if best == t else 0


@losses.register
class BinaryCrossEntropy(Loss):
    """On logits, as PyTorch's BCEWithLogitsLoss; a final Sigmoid is folded into the loss."""

    id = "binary_cross_entropy"
    title = "Binary cross-entropy"
    order = 1
    help = "For two classes: one output, the probability of the second class."
    folds = "sigmoid"
    target = "class"
    task = "classification"
    kernel = binary_kernel

    def check(self, output, classes, targets):
        if classes != 2:
            raise SpecError(
                f"Binary cross-entropy tells two classes apart, but the data has {classes}. "
                "Choose softmax cross-entropy."
            )
        if output != (1,):
            raise SpecError(
                f"Binary cross-entropy needs one output, but the network gives "
                f"{show_shape(output)}. Set the last layer to 1 unit."
            )

    def reference(self, outputs, targets):
        p = 1 / (1 + np.exp(-outputs[:, 0]))
        return -(targets[:, 0] * np.log(p) + (1 - targets[:, 0]) * np.log(1 - p))


@losses.register
class SoftmaxCrossEntropy(Loss):
    """On logits, as PyTorch's CrossEntropyLoss; a final Softmax is folded into the loss."""

    id = "softmax_cross_entropy"
    title = "Softmax cross-entropy"
    order = 2
    help = "For several classes: one output for each class."
    folds = "softmax"
    target = "class"
    task = "classification"
    kernel = softmax_kernel

    def check(self, output, classes, targets):
        if classes < 2:
            raise SpecError(
                "Cross-entropy needs a target column of classes, but this data's target is a "
                "number. Choose mean squared error."
            )
        if output != (classes,):
            raise SpecError(
                f"The data has {classes} classes, but the network gives "
                f"{show_shape(output)}. Set the last layer to {classes} units."
            )

    def reference(self, outputs, targets):
        e = np.exp(outputs - outputs.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        return -np.log(p[np.arange(len(p)), targets[:, 0].astype(int)])
