"""Add, Subtract, Average and Dot: where branches of a network meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import array_at
from nnkernels.ops.broadcasting import Broadcast, Runs, as_aligned, source_of
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Options,
    Shape,
    Shapes,
    SpecError,
    layers,
    show_shape,
    size_of,
)
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses, row_terms
from nnkernels.vector.vmath import cast, real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel(rest=True)
def sum_forward(state, acts, grads, params, work, chunk, lo, hi, y_at, width, count, inputs):
    """y = sum of c[e] x[e]; ``inputs`` are offset and factor of each."""
    y = acts[y_at + lo * width : y_at + hi * width]
    for e in range(count):
        at, c = inputs[2 * e], real(inputs[2 * e + 1], acts)
        x = acts[at + lo * width : at + hi * width]
        if e == 0:
            for i in range(y.size):
                y[i] = c * x[i]
        else:
            for i in range(y.size):
                y[i] += c * x[i]


@kernel(in_place=("dy_at", "dx_at"))
def sum_backward(state, acts, grads, params, work, chunk, lo, hi, dy_at, dx_at, width, factor):
    """dx = c dy for one input."""
    c = real(factor, acts)
    dy = grads[dy_at + lo * width : dy_at + hi * width]
    dx = grads[dx_at + lo * width : dx_at + hi * width]
    if dy_at != dx_at:
        for i in range(dx.size):
            dx[i] = c * dy[i]
    elif c != 1:
        for i in range(dx.size):
            dx[i] *= c


@kernel
def broadcast_sum_forward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, y_at, size, step, source, run, runs, factor, begins,
):  # fmt: skip
    """y += factor x, or y = factor x where it ``begins``; x has ``size`` values."""
    source, c = array_at(source, state), real(factor, acts)
    for n in range(lo, hi):
        for r in range(runs):
            x, at = x_at + n * size + source[r], y_at + (n * runs + r) * run
            y = acts[at : at + run]
            if begins:
                y[:] = 0
            if step:
                values = acts[x : x + run]
                for i in range(run):
                    y[i] += c * values[i]
            else:
                value = c * acts[x]
                for i in range(run):
                    y[i] += value


@kernel
def broadcast_sum_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    dy_at, dx_at, size, step, source, run, runs, factor,
):  # fmt: skip
    """dx = factor dy, summed over what was repeated."""
    source, c = array_at(source, state), real(factor, acts)
    for n in range(lo, hi):
        grads[dx_at + n * size : dx_at + (n + 1) * size] = 0
        for r in range(runs):
            x, at = dx_at + n * size + source[r], dy_at + (n * runs + r) * run
            dy = grads[at : at + run]
            if step:
                dx = grads[x : x + run]
                for i in range(run):
                    dx[i] += c * dy[i]
            else:
                total = cast(0.0, acts)
                for i in range(run):
                    total += dy[i]
                grads[x] += c * total


@kernel
def dot_forward(state, acts, grads, params, work, chunk, lo, hi, a_at, b_at, y_at, size, rows):
    """y = sum of a b over the last axis, of ``size`` values."""
    for row in range(lo * rows, hi * rows):
        a = acts[a_at + row * size : a_at + (row + 1) * size]
        b = acts[b_at + row * size : b_at + (row + 1) * size]
        total = cast(0.0, acts)
        for i in range(size):
            total += a[i] * b[i]
        acts[y_at + row] = total


@kernel
def dot_backward(state, acts, grads, params, work, chunk, lo, hi, b_at, da_at, dy_at, size, rows):
    """da = dy b"""
    for row in range(lo * rows, hi * rows):
        b = acts[b_at + row * size : b_at + (row + 1) * size]
        da = grads[da_at + row * size : da_at + (row + 1) * size]
        gradient = grads[dy_at + row]
        for i in range(size):
            da[i] = gradient * b[i]


class WeightedSum(Broadcast):
    """Base of sums."""

    def lower(self, node: Lowering) -> None:
        n = len(node.x)
        factors = [node.real(self.factor(e, n)) for e in range(n)]
        if any(shape != node.shape for shape in node.inputs):
            self._lower_broadcast(node, factors)
            return
        inputs = [v for pair in zip(node.x, factors, strict=True) for v in pair]
        node.forward(sum_forward, y_at=node.y, width=node.size, count=n, inputs=inputs)
        for dx, factor in zip(node.dx, factors, strict=True):
            if node.training and dx >= 0:
                node.backward(sum_backward, dy_at=node.dy, dx_at=dx, width=node.size, factor=factor)

    def _lower_broadcast(self, node: Lowering, factors: Sequence[int]) -> None:
        runs = Runs(node)
        for e, (x, how) in enumerate(zip(node.x, runs.of_inputs, strict=True)):
            node.forward(
                broadcast_sum_forward, x_at=x, y_at=node.y, factor=factors[e], begins=int(e == 0),
                **how, **runs.of_output,
            )  # fmt: skip
        for dx, factor, how in zip(node.dx, factors, runs.of_inputs, strict=True):
            if node.training and dx >= 0:
                back = {"dy_at": node.dy, "dx_at": dx, "factor": factor}
                node.backward(broadcast_sum_backward, **back, **how, **runs.of_output)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        terms = (
            Term(e, source_of(shape, unit), None, self.factor(e, len(inputs)))
            for e, shape in enumerate(inputs)
        )
        return Terms(Rule.SUM, tuple(terms))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = np.zeros(1)
        for e, x in enumerate(as_aligned(inputs)):
            y = y + self.factor(e, len(inputs)) * x
        return y


@layers.register
class Add(WeightedSum):
    """Sum of inputs, as in a residual network; what is of length 1 is repeated."""

    id = "add"
    title = "Add"
    pytorch = "torch.add"
    glyph = "+"
    formula = "y = x₁ + x₂ + …"
    order = 50
    help = "Adds branches value by value; the heart of a residual block. Axes of length 1 are repeated."
    synonyms = ("sum", "plus", "residual", "skip", "merge")


@layers.register
class Subtract(WeightedSum):
    """The first input minus all others."""

    id = "subtract"
    title = "Subtract"
    pytorch = "torch.sub"
    glyph = "-"
    formula = "y = x₁ − x₂"
    order = 53
    help = "The first branch minus the others, value by value. Axes of length 1 are repeated."
    synonyms = ("minus", "difference", "merge")

    def factor(self, e: int, n: int) -> float:
        return 1.0 if e == 0 else -1.0


@layers.register
class Average(WeightedSum):
    """Mean of inputs; what is of length 1 is repeated."""

    id = "average"
    title = "Average"
    pytorch = "torch.mean"
    glyph = "ø"
    formula = "y = (x₁ + x₂ + …) / n"
    order = 54
    help = "The mean of several branches, value by value. Axes of length 1 are repeated."
    synonyms = ("mean", "merge", "ensemble")

    def factor(self, e: int, n: int) -> float:
        return 1.0 / n


@layers.register
class Dot(Layer):
    """Dot product of two inputs along the last axis, as in Keras; the axis stays, with length 1."""

    id = "dot"
    title = "Dot"
    pytorch = "torch.linalg.vecdot"
    glyph = "·"
    formula = "y = Σ x₁[i] · x₂[i]"
    order = 55
    help = "Multiplies two branches value by value and adds up: how alike they are."
    synonyms = ("dot product", "scalar product", "inner product", "similarity", "matching")
    category = "Joins"
    joins = True
    samples = (({}, ((5,), (5,))), ({}, ((2, 3, 17), (2, 3, 17))), ({}, ((1,), (1,))))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs) != 2:
            raise SpecError(f"Dot needs exactly two links, but has {len(inputs)}.")
        if inputs[0] != inputs[1]:
            raise SpecError(
                f"Dot needs inputs of one shape, but receives {show_shape(inputs[0])} and "
                f"{show_shape(inputs[1])}. Give the layers before it the same size."
            )
        return (*inputs[0][:-1], 1)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 2 * size_of(inputs[0])

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, tuple(t for port in (0, 1) for t in row_terms(port, inputs[port], unit)))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        return (((*index[:-1], 0), Term(port, index)),)

    def lower(self, node: Lowering) -> None:
        shared = {"size": node.inputs[0][-1], "rows": node.size}
        node.forward(dot_forward, a_at=node.x[0], b_at=node.x[1], y_at=node.y, **shared)
        for dx, other in zip(node.dx, reversed(node.x), strict=True):
            if node.training and dx >= 0:
                node.backward(dot_backward, b_at=other, da_at=dx, dy_at=node.dy, **shared)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = (inputs[0] * inputs[1]).sum(-1, keepdims=True)
        return y
