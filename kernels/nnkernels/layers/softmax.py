"""Softmax: turns scores into probabilities that sum to one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import (
    Arrays,
    Bounds,
    Layer,
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
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses
from nnkernels.vector.vmath import exp

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, width, rows):
    """Over the last axis of ``width`` values; the largest is subtracted first, against overflow."""
    for row in range(lo * rows, hi * rows):
        x = acts[x_at + row * width : x_at + (row + 1) * width]
        y = acts[y_at + row * width : y_at + (row + 1) * width]
        top = x[0]
        for i in range(1, width):
            top = max(top, x[i])
        total = top * 0
        for i in range(width):
            e = exp(x[i] - top)
            y[i] = e
            total += e
        for i in range(width):
            y[i] /= total


@kernel
def backward(state, acts, grads, params, work, chunk, lo, hi, y_at, dy_at, dx_at, width, rows):
    """dx = y * (dy - sum(dy * y))"""
    for row in range(lo * rows, hi * rows):
        y = acts[y_at + row * width : y_at + (row + 1) * width]
        dy = grads[dy_at + row * width : dy_at + (row + 1) * width]
        dx = grads[dx_at + row * width : dx_at + (row + 1) * width]
        dot = dy[0] * y[0]
        for i in range(1, width):
            dot += dy[i] * y[i]
        for i in range(width):
            dx[i] = y[i] * (dy[i] - dot)


@kernel
def axis_forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, width, rows, stride):
    """As `forward` over another axis than the last: its values lie ``stride`` apart."""
    for row in range(lo * rows, hi * rows):
        for column in range(stride):
            first = row * width * stride + column
            x, y = x_at + first, y_at + first
            top = acts[x]
            for i in range(1, width):
                top = max(top, acts[x + i * stride])
            total = top * 0
            for i in range(width):
                value = exp(acts[x + i * stride] - top)
                acts[y + i * stride] = value
                total += value
            for i in range(width):
                acts[y + i * stride] /= total


@kernel
def axis_backward(state, acts, grads, params, work, chunk, lo, hi, y_at, dy_at, dx_at, width, rows, stride):
    """As `backward` over another axis than the last."""
    for row in range(lo * rows, hi * rows):
        for column in range(stride):
            first = row * width * stride + column
            y, dy, dx = y_at + first, dy_at + first, dx_at + first
            dot = grads[dy] * acts[y]
            for i in range(1, width):
                dot += grads[dy + i * stride] * acts[y + i * stride]
            for i in range(width):
                grads[dx + i * stride] = acts[y + i * stride] * (grads[dy + i * stride] - dot)


@layers.register
class Softmax(Layer):
    """Over the last axis (the units of a list, the channels at each position of a picture), or another."""

    id = "softmax"
    title = "Softmax"
    pytorch = "nn.Softmax"
    glyph = "bars"
    formula = "y[i] = exp(x[i]) / Σ exp(x[j]) along an axis"
    category = "Activations"
    order = 43
    help = "Turns the scores of several classes into probabilities that sum to 1."
    synonyms: ClassVar[tuple[str, ...]] = ("probabilities", "classifier", "activation")
    sums_to: ClassVar[float | None] = 1.0
    options = (
        Option(
            "axis",
            LAST,
            "The axis whose values sum to 1: last, or its number counted from 1.",
            reads=check_axis,
        ),
    )
    samples: ClassVar[Samples] = (
        ({}, ((5,),)),
        ({}, ((1,),)),
        ({}, ((3, 2, 4),)),
        ({"axis": "1"}, ((3, 2, 4),)),
        ({"axis": "2"}, ((3, 5, 4),)),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        read_axis(options["axis"], inputs[0])
        return inputs[0]

    def can_fold(self, options: Options, shape: Shape) -> bool:
        # A loss turns the values of the last axis into probabilities that sum to 1 together.
        return read_axis(options["axis"], shape) == len(shape) - 1

    def total(self, options: Options, shape: Shape) -> float | None:
        return size_of(shape) / shape[read_axis(options["axis"], shape)]

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        others = inputs[0][read_axis(options["axis"], inputs[0])] - 1
        if others == 0:
            return 1.0, 1.0
        # The most and the least that a value can get are those of one as far from all others as can be.
        ratio = math.exp(entering[0][0] - entering[0][1])
        return ratio / (ratio + others), 1 / (1 + others * ratio)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, tuple(Term(0, at) for at in self._row(options, inputs[0], unit)))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        return tuple((at, Term(0, index)) for at in self._row(options, inputs[0], index))

    @staticmethod
    def _row(options: Options, shape: Shape, index: Index) -> list[Index]:
        """All values that are turned into probabilities together with one."""
        axis = read_axis(options["axis"], shape)
        return [(*index[:axis], i, *index[axis + 1 :]) for i in range(shape[axis])]

    def lower(self, node: Lowering) -> None:
        axis = read_axis(node.options["axis"], node.shape)
        width, stride = node.shape[axis], size_of(node.shape[axis + 1 :])
        sizes = {"width": width, "rows": node.size // (width * stride)}
        there, back = (forward, backward) if stride == 1 else (axis_forward, axis_backward)
        if stride > 1:
            sizes["stride"] = stride
        node.forward(there, x_at=node.x[0], y_at=node.y, **sizes)
        if node.training and node.dx[0] >= 0:
            node.backward(back, y_at=node.y, dy_at=node.dy, dx_at=node.dx[0], **sizes)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        axis = 1 + read_axis(options["axis"], inputs[0].shape[1:])
        e = np.exp(inputs[0] - inputs[0].max(axis, keepdims=True))
        y: np.ndarray = e / e.sum(axis, keepdims=True)
        return y
