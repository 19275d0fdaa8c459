"""Softmax: turns scores into probabilities that sum to one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Arrays, Bounds, Layer, NamedArrays, Options, Shapes, layers
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses, row_terms
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
            y[i] = exp(x[i] - top)
            total += y[i]
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


@layers.register
class Softmax(Layer):
    """Works over the last axis: the units of a list, or the channels at each position of a picture."""

    id = "softmax"
    title = "Softmax"
    pytorch = "nn.Softmax"
    glyph = "bars"
    formula = "y[i] = exp(x[i]) / Σ exp(x[j])"
    category = "Activations"
    order = 43
    help = "Turns the scores of several classes into probabilities that sum to 1."
    synonyms = ("probabilities", "classifier", "activation")
    sums_to = 1.0
    samples = (({}, ((5,),)), ({}, ((1,),)), ({}, ((3, 2, 4),)))

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        others = inputs[0][-1] - 1
        if others == 0:
            return 1.0, 1.0
        # The most and the least that a value can get are those of one as far from all others as can be.
        ratio = math.exp(entering[0][0] - entering[0][1])
        return ratio / (ratio + others), 1 / (1 + others * ratio)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, row_terms(0, inputs[0], unit))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        return tuple(((*index[:-1], i), Term(0, index)) for i in range(inputs[0][-1]))

    def lower(self, node: Lowering) -> None:
        width = node.shape[-1]
        shared = {"width": width, "rows": node.size // width}
        node.forward(forward, x_at=node.x[0], y_at=node.y, **shared)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, y_at=node.y, dy_at=node.dy, dx_at=node.dx[0], **shared)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        e = np.exp(inputs[0] - inputs[0].max(-1, keepdims=True))
        y: np.ndarray = e / e.sum(-1, keepdims=True)
        return y
