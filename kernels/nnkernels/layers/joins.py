"""Add, Subtract, Average, Multiply, Dot and Concatenate: where branches of a network meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Options,
    Samples,
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


@kernel(rest=True)
def product_forward(state, acts, grads, params, work, chunk, lo, hi, y_at, width, count, inputs):
    """y = product of all inputs."""
    y = acts[y_at + lo * width : y_at + hi * width]
    y[:] = 1
    for e in range(count):
        x = acts[inputs[e] + lo * width : inputs[e] + hi * width]
        for i in range(y.size):
            y[i] *= x[i]


@kernel(rest=True)
def product_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    dy_at, dx_at, width, count, which, inputs,
):  # fmt: skip
    """dx of input ``which`` is dy times all other inputs."""
    dy = grads[dy_at + lo * width : dy_at + hi * width]
    dx = grads[dx_at + lo * width : dx_at + hi * width]
    for i in range(dx.size):
        dx[i] = dy[i]
    for e in range(count):
        if e != which:
            x = acts[inputs[e] + lo * width : inputs[e] + hi * width]
            for i in range(dx.size):
                dx[i] *= x[i]


@kernel
def part_forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, part, width, at, rows):
    """Copy ``part`` values per row to their columns among ``width``."""
    for row in range(lo * rows, hi * rows):
        x = acts[x_at + row * part : x_at + (row + 1) * part]
        y = acts[y_at + row * width + at : y_at + row * width + at + part]
        for i in range(part):
            y[i] = x[i]


@kernel
def part_backward(state, acts, grads, params, work, chunk, lo, hi, dx_at, dy_at, part, width, at, rows):
    for row in range(lo * rows, hi * rows):
        dx = grads[dx_at + row * part : dx_at + (row + 1) * part]
        dy = grads[dy_at + row * width + at : dy_at + row * width + at + part]
        for i in range(part):
            dx[i] = dy[i]


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


class SameShape(Layer):
    """Base of joins that work value by value on inputs of one shape."""

    category = "Joins"
    joins = True
    samples: ClassVar[Samples] = (({}, ((5,), (5,))), ({}, ((2, 3, 2), (2, 3, 2), (2, 3, 2))))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        for other in inputs[1:]:
            if other != inputs[0]:
                raise SpecError(
                    f"{self.title} needs inputs of one shape, but receives {show_shape(inputs[0])} and "
                    f"{show_shape(other)}. Give the layers before it the same size."
                )
        return inputs[0]


class WeightedSum(SameShape):
    """Base of sums; ``factor`` gives what input e of n is multiplied by."""

    def factor(self, e: int, n: int) -> float:
        return 1.0

    def lower(self, node: Lowering) -> None:
        n = len(node.x)
        factors = [node.real(self.factor(e, n)) for e in range(n)]
        inputs = [v for pair in zip(node.x, factors, strict=True) for v in pair]
        node.forward(sum_forward, y_at=node.y, width=node.size, count=n, inputs=inputs)
        for dx, factor in zip(node.dx, factors, strict=True):
            if node.training and dx >= 0:
                node.backward(sum_backward, dy_at=node.dy, dx_at=dx, width=node.size, factor=factor)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        count = len(inputs)
        return Terms(Rule.SUM, tuple(Term(e, unit, None, self.factor(e, count)) for e in range(count)))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y = np.zeros(inputs[0].shape)
        for e, x in enumerate(inputs):
            y += self.factor(e, len(inputs)) * x
        return y


@layers.register
class Add(WeightedSum):
    """Sum of inputs of one shape, as in a residual network."""

    id = "add"
    title = "Add"
    pytorch = "torch.add"
    glyph = "+"
    formula = "y = x₁ + x₂ + …"
    order = 50
    help = "Adds branches value by value; the heart of a residual block."
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
    help = "The first branch minus the others, value by value."
    synonyms = ("minus", "difference", "merge")

    def factor(self, e: int, n: int) -> float:
        return 1.0 if e == 0 else -1.0


@layers.register
class Average(WeightedSum):
    """Mean of inputs of one shape."""

    id = "average"
    title = "Average"
    pytorch = "torch.mean"
    glyph = "ø"
    formula = "y = (x₁ + x₂ + …) / n"
    order = 54
    help = "The mean of several branches, value by value."
    synonyms = ("mean", "merge", "ensemble")

    def factor(self, e: int, n: int) -> float:
        return 1.0 / n


@layers.register
class Multiply(SameShape):
    """Product of inputs of one shape, as in a gate."""

    id = "multiply"
    title = "Multiply"
    pytorch = "torch.mul"
    glyph = "×"
    formula = "y = x₁ · x₂ · …, value by value"
    order = 52
    help = "Multiplies branches value by value; one can gate the other."
    synonyms = ("product", "times", "gate", "merge")

    def lower(self, node: Lowering) -> None:
        shared = {"width": node.size, "count": len(node.x), "inputs": node.x}
        node.forward(product_forward, y_at=node.y, **shared)
        for e, dx in enumerate(node.dx):
            if node.training and dx >= 0:
                node.backward(product_backward, dy_at=node.dy, dx_at=dx, which=e, **shared)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.PRODUCT, tuple(Term(e, unit) for e in range(len(inputs))))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = np.prod(inputs, axis=0)
        return y


@layers.register
class Concatenate(Layer):
    """Inputs side by side along the last axis (units, or channels of a picture)."""

    id = "concatenate"
    title = "Concatenate"
    pytorch = "torch.cat"
    glyph = "concatenate"
    formula = "y = [x₁, x₂, …] along the last axis"
    category = "Joins"
    order = 51
    joins = True
    help = "Puts the values or channels of several branches side by side."
    synonyms = ("concat", "join", "stack", "merge")
    samples = (({}, ((5,), (3,))), ({}, ((2, 3, 2), (2, 3, 1), (2, 3, 4))))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        for other in inputs[1:]:
            if other[:-1] != inputs[0][:-1]:
                raise SpecError(
                    f"Concatenate needs inputs that differ at most in the last number of their shape, but "
                    f"receives {show_shape(inputs[0])} and {show_shape(other)}."
                )
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def lower(self, node: Lowering) -> None:
        whole, at = node.shape[-1], 0
        rows = node.size // whole
        for x, dx, shape in zip(node.x, node.dx, node.inputs, strict=True):
            shared = {"part": shape[-1], "width": whole, "at": at, "rows": rows}
            node.forward(part_forward, x_at=x, y_at=node.y, **shared)
            if node.training and dx >= 0:
                node.backward(part_backward, dx_at=dx, dy_at=node.dy, **shared)
            at += shape[-1]

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        at, port = unit[-1], 0
        while at >= inputs[port][-1]:
            at, port = at - inputs[port][-1], port + 1
        return Terms(Rule.SUM, (Term(port, (*unit[:-1], at)),))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.concatenate(inputs, axis=-1)


@layers.register
class Dot(SameShape):
    """Dot product of two inputs along the last axis, as in Keras; the axis stays, with length 1."""

    id = "dot"
    title = "Dot"
    pytorch = "torch.linalg.vecdot"
    glyph = "·"
    formula = "y = Σ x₁[i] · x₂[i]"
    order = 55
    help = "Multiplies two branches value by value and adds up: how alike they are."
    synonyms = ("dot product", "scalar product", "inner product", "similarity", "matching")
    samples = (({}, ((5,), (5,))), ({}, ((2, 3, 17), (2, 3, 17))), ({}, ((1,), (1,))))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs) != 2:
            raise SpecError(f"Dot needs exactly two links, but has {len(inputs)}.")
        return (*super().shape(options, inputs)[:-1], 1)

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
