"""LogSoftmax: the logarithms of a Softmax, where very small probabilities keep their digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.layers.softmax import Softmax
from nnkernels.spec import (
    Arrays,
    Bounds,
    NamedArrays,
    Option,
    Options,
    Samples,
    Shape,
    Shapes,
    layers,
    size_of,
)
from nnkernels.spec.axes import LAST, check_axis, read_axis
from nnkernels.vector.vmath import cast, difference, exp

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@device
def row_forward(x, y):
    """Of values that lie side by side."""
    top = x[0]
    for i in range(1, x.size):
        top = max(top, x[i])
    total = top * 0
    for i in range(x.size):
        total += exp(x[i] - top)
    rest = -cast(np.log(total), total)
    for i in range(x.size):
        y[i] = difference(x[i], top) + rest


@device
def row_backward(y, dy, dx):
    """Of values that lie side by side."""
    total = dy[0]
    for i in range(1, dy.size):
        total += dy[i]
    for i in range(dy.size):
        dx[i] = dy[i] - exp(y[i]) * total


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, width, rows, stride):
    """Over ``width`` values that lie ``stride`` apart; the largest is subtracted first, against overflow."""
    for row in range(lo * rows, hi * rows):
        for column in range(stride):
            first = row * width * stride + column
            x, y = x_at + first, y_at + first
            if stride == 1:
                row_forward(acts[x : x + width], acts[y : y + width])
                continue
            top = acts[x]
            for i in range(1, width):
                top = max(top, acts[x + i * stride])
            total = top * 0
            for i in range(width):
                total += exp(acts[x + i * stride] - top)
            total = cast(np.log(total), total)
            for i in range(width):
                acts[y + i * stride] = acts[x + i * stride] - top - total


@kernel
def backward(state, acts, grads, params, work, chunk, lo, hi, y_at, dy_at, dx_at, width, rows, stride):
    """dx = dy - exp(y) * sum(dy)"""
    for row in range(lo * rows, hi * rows):
        for column in range(stride):
            first = row * width * stride + column
            y, dy, dx = y_at + first, dy_at + first, dx_at + first
            if stride == 1:
                row_backward(acts[y : y + width], grads[dy : dy + width], grads[dx : dx + width])
                continue
            total = grads[dy]
            for i in range(1, width):
                total += grads[dy + i * stride]
            for i in range(width):
                grads[dx + i * stride] = grads[dy + i * stride] - exp(acts[y + i * stride]) * total


@layers.register
class LogSoftmax(Softmax):
    """The logarithm of Softmax over the last axis or another."""

    id = "log_softmax"
    title = "LogSoftmax"
    pytorch = "nn.LogSoftmax"
    formula = "y[i] = x[i] − ln Σ exp(x[j]) along an axis"
    order = 52
    help = "Logarithms of the probabilities that a Softmax gives; all are below 0."
    synonyms: ClassVar[tuple[str, ...]] = ("log probabilities", "classifier", "log-softmax", "activation")
    sums_to: ClassVar[float | None] = None
    options = (
        Option(
            "axis",
            LAST,
            "The axis whose probabilities sum to 1: last, or its number counted from 1.",
            reads=check_axis,
        ),
    )
    samples: ClassVar[Samples] = (({}, ((5,),)), ({"axis": "2"}, ((3, 5, 4),)))

    def total(self, options: Options, shape: Shape) -> float | None:
        return None

    def can_fold(self, options: Options, shape: Shape) -> bool:
        return False

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        low, high = super().bounds(options, inputs, entering)
        with np.errstate(divide="ignore"):
            return float(np.log(low)), float(np.log(high))

    def lower(self, node: Lowering) -> None:
        axis = read_axis(node.options["axis"], node.shape)
        width, stride = node.shape[axis], size_of(node.shape[axis + 1 :])
        sizes = {"width": width, "rows": node.size // (width * stride), "stride": stride}
        node.forward(forward, x_at=node.x[0], y_at=node.y, **sizes)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, y_at=node.y, dy_at=node.dy, dx_at=node.dx[0], **sizes)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        axis = 1 + read_axis(options["axis"], inputs[0].shape[1:])
        shifted = inputs[0] - inputs[0].max(axis, keepdims=True)
        y: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))
        return y
