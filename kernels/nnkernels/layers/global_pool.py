"""Pooling over a whole picture or sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import kernel
from nnkernels.layers.average_pool import Window, check_picture, check_sequence, mean_backward, mean_forward
from nnkernels.layers.max_pool import stays
from nnkernels.spec import Arrays, Layer, NamedArrays, Options, Samples, Shape, Shapes, layers, size_of
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.simd import load, store
from nnkernels.vector.vmath import cast, choose

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def top_forward(state, acts, grads, params, work, chunk, lo, hi, positions, c, x_at, y_at, where_at):
    """Largest value of each channel and the first position that holds it."""
    for n in range(lo, hi):
        for p in range(positions):
            number = cast(p, work)
            x, y, where = x_at + (n * positions + p) * c, y_at + n * c, where_at + n * c
            # Array by array: the compiler makes vectors of loops over few.
            for m in range(c):
                wins = p == 0 or not stays(load(acts, y + m), load(acts, x + m))
                store(work, where + m, choose(wins, number, load(work, where + m)))
            for m in range(c):
                value, best = load(acts, x + m), load(acts, y + m)
                store(acts, y + m, choose(p == 0 or not stays(best, value), value, best))


@kernel
def top_backward(state, acts, grads, params, work, chunk, lo, hi, positions, c, dx_at, dy_at, where_at):
    for n in range(lo, hi):
        grads[dx_at + n * positions * c : dx_at + (n + 1) * positions * c] = 0
        for m in range(c):
            p = int(work[where_at + n * c + m])
            grads[dx_at + (n * positions + p) * c + m] = grads[dy_at + n * c + m]


class GlobalPool(Layer):
    """Base of pooling over all positions: one value remains for each channel, by a ``rule``."""

    category = "Pictures"
    axes = 2
    rule: ClassVar[Rule]
    samples: ClassVar[Samples] = (({}, ((4, 3, 5),)), ({}, ((1, 1, 17),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        (check_picture if self.axes == 2 else check_sequence)(self.title, inputs[0])
        return (inputs[0][-1],)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return size_of(inputs[0])

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        indices = list(np.ndindex(inputs[0][:-1]))
        scale = 1 / len(indices) if self.rule == Rule.SUM else 1.0
        return Terms(self.rule, tuple(Term(0, (*index, unit[-1]), None, scale) for index in indices))


class GlobalAverage(GlobalPool):
    """Base of both."""

    rule: ClassVar[Rule] = Rule.SUM
    synonyms = ("global pooling", "mean", "squeeze")

    def lower(self, node: Lowering) -> None:
        c = node.inputs[0][-1]
        positions = size_of(node.inputs[0]) // c
        window = Window(1, positions, c, 1, positions, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0)
        node.forward(mean_forward, x_at=node.x[0], y_at=node.y, window=window)
        if node.training and node.dx[0] >= 0:
            node.backward(mean_backward, dx_at=node.dx[0], dy_at=node.dy, window=window)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        y: np.ndarray = x.reshape(len(x), -1, x.shape[-1]).mean(1)
        return y


@layers.register
class GlobalAveragePool(GlobalAverage):
    """Mean over height and width."""

    id = "globalaveragepool"
    title = "GlobalAveragePool"
    pytorch = "nn.AdaptiveAvgPool2d"
    glyph = "global pool"
    adapts = True
    formula = "y[c] = mean of x[·, ·, c]"
    order = 24
    help = "One number for each channel: its mean over the whole picture."


@layers.register
class GlobalAveragePool1D(GlobalAverage):
    """Mean over all steps."""

    id = "globalaveragepool1d"
    title = "GlobalAveragePool1D"
    pytorch = "nn.AdaptiveAvgPool1d"
    glyph = "global pool"
    adapts = True
    formula = "y[c] = mean of x[·, c]"
    category = "Sequences"
    order = 37
    axes = 1
    help = "One number for each channel: its mean over the whole sequence."
    samples = (({}, ((7, 5),)), ({}, ((1, 17),)))


class GlobalMax(GlobalPool):
    """Base of both."""

    rule: ClassVar[Rule] = Rule.LARGEST
    synonyms = ("global pooling", "maximum", "squeeze")

    def lower(self, node: Lowering) -> None:
        c = node.inputs[0][-1]
        where, positions = node.per_sample(c), size_of(node.inputs[0]) // c
        shared = {"positions": positions, "c": c, "where_at": where}
        node.forward(top_forward, x_at=node.x[0], y_at=node.y, **shared)
        if node.training and node.dx[0] >= 0:
            node.backward(top_backward, dx_at=node.dx[0], dy_at=node.dy, **shared)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        y: np.ndarray = x.reshape(len(x), -1, x.shape[-1]).max(1)
        return y


@layers.register
class GlobalMaxPool(GlobalMax):
    """Maximum over height and width."""

    id = "globalmaxpool"
    title = "GlobalMaxPool"
    pytorch = "nn.AdaptiveMaxPool2d"
    glyph = "global pool"
    formula = "y[c] = max of x[·, ·, c]"
    order = 25
    help = "One number for each channel: its largest value in the whole picture."


@layers.register
class GlobalMaxPool1D(GlobalMax):
    """Maximum over all steps."""

    id = "globalmaxpool1d"
    title = "GlobalMaxPool1D"
    pytorch = "nn.AdaptiveMaxPool1d"
    glyph = "global pool"
    formula = "y[c] = max of x[·, c]"
    category = "Sequences"
    order = 37
    axes = 1
    help = "One number for each channel: its largest value in the whole sequence."
    samples = (({}, ((7, 5),)), ({}, ((1, 17),)))
