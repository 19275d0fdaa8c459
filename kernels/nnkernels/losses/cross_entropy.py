"""Cross-entropy: for classes; computed from logits, so that no probability is ever rounded to 0."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import WHOLE, array_at
from nnkernels.spec import (
    Loss,
    Option,
    Options,
    Shape,
    SpecError,
    Takes,
    TargetKind,
    TaskKind,
    losses,
    show_shape,
    size_of,
)  # fmt: skip
from nnkernels.spec.class_weights import check_class_weights
from nnkernels.vector.vmath import cast, difference, exp, log1p, real


@device
def binary_loss(z, t):
    """max(z, 0) (1 - t) + max(-z, 0) t + log(1 + e**-|z|)"""
    one, zero = cast(1.0, z), cast(0.0, z)
    # NaN must go through, and infinity must not be multiplied by 0.
    above, below = zero if z < zero else z, zero if z > zero else -z
    wrong = (above * (one - t) if t < one else zero) + (below * t if t > zero else zero)
    return wrong + log1p(exp(-abs(z)))


@device
def binary_derivative(z, t):
    """sigmoid(z) - t"""
    one, e = cast(1.0, z), exp(-abs(z))
    return (one if z >= cast(0.0, z) else e) / (one + e) - t


@kernel
def binary_kernel(
    state, acts, grads, params, work, chunk, lo, hi,
    y_at, dy_at, target_at, loss_at, correct_at, width, with_gradient, left_out, weights, positions,
):  # fmt: skip
    """Sum over positions of w[t] `binary_loss`; -1, no label, and the class left out add nothing."""
    share, one, zero, half = (
        cast(1.0 / state[WHOLE], acts), cast(1.0, acts), cast(0.0, acts), cast(0.5, acts),
    )  # fmt: skip
    left_out = real(left_out, acts)
    if positions == 1 and weights == 0 and left_out < zero:
        z, t = acts[y_at + lo : y_at + hi], work[target_at + lo : target_at + hi]
        loss, correct = work[loss_at + lo : loss_at + hi], work[correct_at + lo : correct_at + hi]
        dy = grads[dy_at + lo : dy_at + hi]
        # One loop over all five arrays would not become vector code.
        for n in range(z.size):
            loss[n] = binary_loss(z[n], t[n])
        for n in range(z.size):
            correct[n] = one if (z[n] > zero) == (t[n] > half) else zero
        for n in range(z.size if with_gradient else 0):
            dy[n] = binary_derivative(z[n], t[n]) * share
    else:
        table = array_at(weights, state)
        for n in range(lo, hi):
            total, right = zero, zero
            for i in range(n * positions, (n + 1) * positions):
                z, t = acts[y_at + i], work[target_at + i]
                counts = t >= zero and t != left_out
                weight = zero
                if counts:
                    weight = real(table[int(t)], acts) if weights else one
                    total += weight * binary_loss(z, t)
                    right += one if (z > zero) == (t > half) else zero
                if with_gradient:
                    grads[dy_at + i] = binary_derivative(z, t) * share * weight if counts else zero
            work[loss_at + n], work[correct_at + n] = total, right


@kernel
def softmax_kernel(
    state, acts, grads, params, work, chunk, lo, hi,
    y_at, dy_at, target_at, loss_at, correct_at, width, with_gradient,
    smoothing, left_out, weights, positions,
):  # fmt: skip
    """loss = log(sum(e**-d)) + sum(q d) with d = max(z) - z; dz = (softmax(z) - q) / n

    q is the target smoothed by s: s / classes everywhere and 1 - s more at the true class. Where classes
    have weights, each counts w times in q, and so sum(q) times in the softmax. What a sample has at several
    positions is added; those without a label, and of the class left out, add nothing.
    """
    smoothing, left_out, classes = real(smoothing, acts), int(real(left_out, acts)), width // positions
    spread, rest = smoothing * cast(1.0 / classes, acts), cast(1.0, acts) - smoothing
    share = cast(1.0 / state[WHOLE], acts)
    weighted = weights != 0
    weights = array_at(weights, state)
    for row in range(lo * positions, hi * positions):
        n, first = row // positions, row % positions == 0
        if first:
            work[loss_at + n], work[correct_at + n] = cast(0.0, acts), cast(0.0, acts)
        z = acts[y_at + row * classes : y_at + (row + 1) * classes]
        t = int(work[target_at + row])
        if t < 0 or t == left_out:
            for i in range(classes if with_gradient else 0):
                grads[dy_at + row * classes + i] = cast(0.0, acts)
            continue
        best = 0
        for i in range(1, classes):
            if z[i] > z[best]:
                best = i
        top, total, sum_d = z[best], cast(0.0, acts), cast(0.0, acts)
        own, mass = rest, cast(1.0, acts)
        for i in range(classes):
            total += exp(z[i] - top)
        if weighted:
            own = rest * real(weights[t], acts)
            mass = own
            for i in range(classes):
                mass += real(weights[i], acts) * spread
        # Without smoothing a class that is ruled out (-inf) costs nothing.
        if spread > 0:
            for i in range(classes):
                each = real(weights[i], acts) if weighted else cast(1.0, acts)
                sum_d += each * difference(top, z[i])
        if with_gradient:
            dz = grads[dy_at + row * classes : dy_at + (row + 1) * classes]
            scale, lift = share / total * mass, spread * share
            for i in range(classes):
                dz[i] = exp(z[i] - top) * scale - lift
            if weighted:
                for i in range(classes):
                    dz[i] += lift * (cast(1.0, acts) - real(weights[i], acts))
            dz[t] -= own * share
        work[loss_at + n] += mass * cast(math.log(total), acts) + own * difference(top, z[t]) + spread * sum_d
        work[correct_at + n] += cast(1.0 if best == t else 0.0, acts)


@kernel
def divergence_kernel(
    state, acts, grads, params, work, chunk, lo, hi,
    y_at, dy_at, target_at, loss_at, correct_at, width, with_gradient,
):  # fmt: skip
    """loss = sum(t (log t - log softmax(z))); dz = (softmax(z) sum(t) - t) / n"""
    share = cast(1.0 / state[WHOLE], acts)
    for n in range(lo, hi):
        z = acts[y_at + n * width : y_at + (n + 1) * width]
        top, total, mass = z[0], cast(0.0, acts), cast(0.0, acts)
        for i in range(1, width):
            top = max(top, z[i])
        for i in range(width):
            total += exp(z[i] - top)
            mass += work[target_at + n * width + i]
        loss, log_total = cast(0.0, acts), cast(math.log(total), acts)
        for i in range(width):
            t = work[target_at + n * width + i]
            # t log t is 0 at 0.
            loss += t * (cast(math.log(t), acts) + difference(top, z[i]) + log_total) if t > 0 else t * 0
            if with_gradient:
                grads[dy_at + n * width + i] = (exp(z[i] - top) / total * mass - t) * share
        work[loss_at + n] = loss
        work[correct_at + n] = 0


# The plan applies it to the sample's loss and gradient; see weighting.py.
CLASS_WEIGHTS = Option(
    "class_weights",
    "",
    "How much each class counts: numbers separated by commas, or balanced: rare classes count more.",
    reads=check_class_weights,
)
IGNORED_CLASS = Option(
    "ignored_class", -1, "Number of a class that counts nothing, counted from 0; -1 for none.", -1
)
POSITIONS = Option(
    "reduction",
    "mean",
    "Where a sample has a label at each step or pixel: the mean over all that count, or their sum.",
    choices=("mean", "sum"),
)


def labels_of(outputs: np.ndarray, targets: np.ndarray, options: Options) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers (batch, positions), and what each counts: 0 for those left out, (batch, positions)."""
    labels = targets.astype(int)
    counts = ((labels >= 0) & (labels != options["ignored_class"])).astype(float)
    if options["reduction"] == "mean" and labels.shape[1] > 1:
        # Of a batch, all samples have their share of the labels; of a single one this is its mean.
        counts *= len(counts) / max(counts.sum(), 1)
    return np.maximum(labels, 0), counts


def check_positions(title: str, output: Shape, units: int, targets: int) -> None:
    """Raise SpecError where an output is not one row of units for each label of a sample."""
    if targets == 1 and output == (units,):
        return
    what = f"{units} unit{'s' * (units != 1)}"
    if targets == 1:
        raise SpecError(
            f"{title} needs one row of {what}, but the network gives {show_shape(output)}. "
            f"Set the last layer to {what}."
        )
    if len(output) < 2 or output[-1] != units or size_of(output[:-1]) != targets:
        raise SpecError(
            f"The data has {targets:,} labels for each sample, but the network gives {show_shape(output)}. "
            f"It must give {what} at each of {targets:,} steps or pixels: keep those up to the last layer, "
            f"and set that to {what}."
        )


def _one_row(output: Shape, classes: int) -> str:
    """What makes an output one row of a number for each class."""
    if len(output) != 2:
        return f"Set the last layer to {classes} units."
    units = "" if output[-1] == classes else f" The last layer needs {classes} units."
    return (
        f"It guesses at each of {output[0]:,} steps, and the data has one label for each sample.{units} Let "
        "the data have a label at each step, or make one row of all steps, such as with Flatten and Dense."
    )


@losses.register
class BinaryCrossEntropy(Loss):
    """On logits, as PyTorch's BCEWithLogitsLoss; a final Sigmoid is folded into the loss.

    Class weights are normalised over the batch as in CrossEntropyLoss; PyTorch has no such option here.
    """

    id = "binary_cross_entropy"
    title = "Binary cross-entropy"
    pytorch = "nn.BCEWithLogitsLoss"
    order = 1
    help = "For two classes: one output, the probability of the second class."
    folds = "sigmoid"
    takes = Takes.LOGITS
    target = TargetKind.CLASS
    task = TaskKind.CLASSIFICATION
    kernel = binary_kernel
    weighs_classes = True
    each_position = True
    options = (CLASS_WEIGHTS, IGNORED_CLASS, POSITIONS)

    def suits(self, classes: int, targets: int) -> bool:
        return classes == 2

    def check(self, output: Shape, classes: int, targets: int) -> None:
        if classes != 2:
            raise SpecError(
                f"Binary cross-entropy tells two classes apart, but the data has {classes}. "
                "Choose softmax cross-entropy."
            )
        check_positions(self.title, output, 1, targets)

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        p = 1 / (1 + np.exp(-outputs))
        t, counts = labels_of(outputs, targets, options)
        loss: np.ndarray = (-counts * (t * np.log(p) + (1 - t) * np.log(1 - p))).sum(1)
        return loss


class ClassLoss(Loss):
    """Base: one output for each class."""

    target = TargetKind.CLASS
    task = TaskKind.CLASSIFICATION

    def check(self, output: Shape, classes: int, targets: int) -> None:
        if classes and targets > 1 and not self.each_position:
            raise SpecError(
                f"{self.title} is for one label of each sample, but this data has {targets:,}. Choose "
                "softmax cross-entropy."
            )
        if classes < 2:
            raise SpecError(
                f"{self.title} needs a target column of classes, but this data's target is a "
                "number. Choose mean squared error."
            )
        if targets == 1 and output != (classes,):
            raise SpecError(
                f"The data has {classes} classes, but the network gives {show_shape(output)}. "
                f"{_one_row(output, classes)}"
            )
        check_positions(self.title, output, classes, targets)


@losses.register
class SoftmaxCrossEntropy(ClassLoss):
    """On logits, as PyTorch's CrossEntropyLoss; a final Softmax is folded into the loss.

    With class weights the mean is over the weights of the batch, as there, and with label smoothing too
    each class's share of the smoothing has the weight of that class.
    """

    id = "softmax_cross_entropy"
    title = "Softmax cross-entropy"
    pytorch = "nn.CrossEntropyLoss"
    usual = True
    order = 2
    help = "For several classes: one output for each class."
    folds = "softmax"
    takes = Takes.LOGITS
    kernel = softmax_kernel
    weighs_classes = True
    each_position = True
    samples = ({}, {"label_smoothing": 0.3})
    options = (
        Option("label_smoothing", 0.0, "Share of certainty that is spread over all classes.", 0.0, 1.0),
        CLASS_WEIGHTS,
        IGNORED_CLASS,
        POSITIONS,
    )

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        labels, counts = labels_of(outputs, targets, options)
        z = outputs.reshape(*labels.shape, -1)
        e = np.exp(z - z.max(2, keepdims=True))
        p, s = np.log(e / e.sum(2, keepdims=True)), options["label_smoothing"]
        own = np.take_along_axis(p, labels[:, :, None], 2)[:, :, 0]
        loss: np.ndarray = -(counts * ((1 - s) * own + s * p.mean(2))).sum(1)
        return loss


@losses.register
class KLDivergence(Loss):
    """From softmax(logits) to target probabilities, as PyTorch's KLDivLoss with "batchmean"."""

    id = "kl_divergence"
    title = "KL divergence"
    pytorch = "nn.KLDivLoss"
    order = 8
    help = "For targets that are probabilities themselves: how far the prediction is from them."
    folds = "softmax"
    takes = Takes.LOGITS
    kernel = divergence_kernel

    def suits(self, classes: int, targets: int) -> bool:
        return not classes and targets > 1

    def check(self, output: Shape, classes: int, targets: int) -> None:
        if classes or targets < 2:
            raise SpecError(
                "KL divergence compares with several target columns of probabilities, which this "
                "data does not have. Choose softmax cross-entropy or mean squared error."
            )
        if output != (targets,):
            raise SpecError(
                f"The data has {targets} target values, but the network gives {show_shape(output)}. "
                f"Set the last layer to {targets} units."
            )

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        e = np.exp(outputs - outputs.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        logs = np.log(np.where(targets > 0, targets, 1)) - np.log(p)
        loss: np.ndarray = np.where(targets > 0, targets * logs, 0).sum(1)
        return loss
