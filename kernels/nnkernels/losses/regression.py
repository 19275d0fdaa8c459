"""Losses for numbers: mean squared error, mean absolute error, Huber. Value and derivative side by side."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from nnkernels.jit import Device, Kernel, device
from nnkernels.machine import WHOLE
from nnkernels.spec import Loss, Option, Options, Shape, SpecError, Takes, losses, show_shape, size_of
from nnkernels.vector.sums import BLOCK
from nnkernels.vector.vmath import cast, real


def each(
    state, acts, grads, params, work, chunk, lo, hi,
    y_at, dy_at, target_at, loss_at, correct_at, width, with_gradient, parameter, summed,
):  # fmt: skip
    """Mean or sum over outputs of `value(error)`, with the gradient `derivative(error)`."""
    a, over = real(parameter, acts), 1 if real(summed, acts) > 0 else width
    scale = cast(1.0 / (over * state[WHOLE]), acts)
    for n in range(lo, hi):
        total = 0.0
        for start in range(n * width, (n + 1) * width, BLOCK):
            part, count = cast(0.0, acts), min(BLOCK, (n + 1) * width - start)
            for i in range(count):
                error = acts[y_at + start + i] - work[target_at + start + i]
                part += value(error, a)  # noqa: F821 - bound for each loss
                if with_gradient:
                    grads[dy_at + start + i] = derivative(error, a) * scale  # noqa: F821
            total += part
        work[loss_at + n] = cast(total / over, acts)
        work[correct_at + n] = 0


def kernel_of(name: str, value: Device, derivative: Device) -> Kernel:
    """The kernel of one loss."""
    return Kernel(each, {"value": value, "derivative": derivative}, f"_{name}")


REDUCTION = Option(
    "reduction",
    "mean",
    "Of several outputs: their mean or their sum. Over samples it is always the mean.",
    choices=("mean", "sum"),
)


class NumberLoss(Loss):
    """Base: as many targets as outputs. ``parameter`` is the argument of a loss without one."""

    takes = Takes.NUMBERS
    parameter: ClassVar[float] = 0.0
    samples = ({}, {"reduction": "sum"})
    options: ClassVar[tuple[Option, ...]] = (REDUCTION,)

    def arguments(self, options: Options) -> list[float]:
        return [*(super().arguments(options) or [self.parameter]), float(options["reduction"] == "sum")]

    def values(self, options: Options, error: np.ndarray) -> np.ndarray:
        """What each error costs."""
        raise NotImplementedError

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        each = self.values(options, outputs - targets)
        loss: np.ndarray = each.sum(1) if options["reduction"] == "sum" else each.mean(1)
        return loss

    def check(self, output: Shape, classes: int, targets: int) -> None:
        if classes:
            raise SpecError(
                f"{self.title} is for numbers, but this data's target has {classes} classes. "
                "Choose softmax cross-entropy."
            )
        # A sequence may have its numbers at its steps: they are compared one after the other.
        at_steps = len(output) == 2 and size_of(output) == targets
        if output != (targets,) and not at_steps:
            raise SpecError(
                f"The data has {targets} target value{'s' * (targets != 1)}, but the network gives "
                f"{show_shape(output)}. Set the last layer to {targets} unit{'s' * (targets != 1)}."
            )


@device
def squared(error, a):
    return error * error


@device
def squared_derivative(error, a):
    return error + error


@losses.register
class MeanSquaredError(NumberLoss):
    """Mean over outputs and samples of (y - t)**2, as PyTorch's MSELoss."""

    id = "mse"
    title = "Mean squared error"
    pytorch = "nn.MSELoss"
    usual = True
    order = 0
    help = "For numbers: the mean of the squared differences."
    kernel = kernel_of("mse", squared, squared_derivative)

    def values(self, options: Options, error: np.ndarray) -> np.ndarray:
        return error**2


@device
def absolute(error, a):
    return abs(error)


@device
def absolute_derivative(error, a):
    one = cast(1.0, error)
    # At 0 the derivative is 0; NaN must go through.
    return one if error > 0 else (-one if error < 0 else error)


@losses.register
class MeanAbsoluteError(NumberLoss):
    """Mean of ``|y - t|``, as PyTorch's L1Loss."""

    id = "mae"
    title = "Mean absolute error"
    pytorch = "nn.L1Loss"
    order = 5
    help = "For numbers with outliers: the mean of the absolute differences."
    kernel = kernel_of("mae", absolute, absolute_derivative)

    def values(self, options: Options, error: np.ndarray) -> np.ndarray:
        size: np.ndarray = np.abs(error)
        return size


@device
def huber(error, delta):
    size, half = abs(error), cast(0.5, error)
    return delta * (size - half * delta) if size > delta else half * error * error


@device
def huber_derivative(error, delta):
    return delta if error > delta else (-delta if error < -delta else error)


@losses.register
class Huber(NumberLoss):
    """Squared up to delta, straight beyond, as PyTorch's HuberLoss."""

    id = "huber"
    title = "Huber"
    pytorch = "nn.HuberLoss"
    order = 6
    help = "For numbers: squared for small errors, linear for large ones."
    kernel = kernel_of("huber", huber, huber_derivative)
    samples = ({}, {"delta": 0.3, "reduction": "sum"})
    options = (Option("delta", 1.0, "Error at which the curve becomes a line.", 1e-6, 1e6), REDUCTION)

    def values(self, options: Options, error: np.ndarray) -> np.ndarray:
        size, delta = np.abs(error), options["delta"]
        costs: np.ndarray = np.where(size > delta, delta * (size - delta / 2), size**2 / 2)
        return costs
