"""MatMul: the product of two matrices that branches of a network make of each sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
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
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.vmath import cast

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, a_at, b_at, y_at, pairs, rows, inner, columns):
    """y = a b for each of so many ``pairs`` of a sample, a (rows, inner) and b (inner, columns)."""
    for pair in range(lo * pairs, hi * pairs):
        for i in range(rows):
            y = acts[y_at + (pair * rows + i) * columns : y_at + (pair * rows + i + 1) * columns]
            y[:] = 0
            for k in range(inner):
                a = acts[a_at + (pair * rows + i) * inner + k]
                b = acts[b_at + (pair * inner + k) * columns : b_at + (pair * inner + k + 1) * columns]
                for j in range(columns):
                    y[j] += a * b[j]


@kernel
def first_backward(
    state, acts, grads, params, work, chunk, lo, hi, b_at, dy_at, dx_at, pairs, rows, inner, columns
):
    """da = dy bᵀ"""
    for pair in range(lo * pairs, hi * pairs):
        for i in range(rows):
            dy = grads[dy_at + (pair * rows + i) * columns : dy_at + (pair * rows + i + 1) * columns]
            for k in range(inner):
                b = acts[b_at + (pair * inner + k) * columns : b_at + (pair * inner + k + 1) * columns]
                total = cast(0.0, acts)
                for j in range(columns):
                    total += dy[j] * b[j]
                grads[dx_at + (pair * rows + i) * inner + k] = total


@kernel
def second_backward(
    state, acts, grads, params, work, chunk, lo, hi, a_at, dy_at, dx_at, pairs, rows, inner, columns
):
    """db = aᵀ dy"""
    for pair in range(lo * pairs, hi * pairs):
        for k in range(inner):
            dx = grads[dx_at + (pair * inner + k) * columns : dx_at + (pair * inner + k + 1) * columns]
            dx[:] = 0
            for i in range(rows):
                a = acts[a_at + (pair * rows + i) * inner + k]
                dy = grads[dy_at + (pair * rows + i) * columns : dy_at + (pair * rows + i + 1) * columns]
                for j in range(columns):
                    dx[j] += a * dy[j]


@layers.register
class MatMul(Layer):
    """Over the last two axes; those before them must be alike."""

    id = "matmul"
    title = "MatMul"
    pytorch = "torch.matmul"
    glyph = "@"
    formula = "y[i, j] = Σ x₁[i, k] · x₂[k, j]"
    category = "Joins"
    order = 56
    joins = True
    help = "The product of two matrices: each row of the first branch with each column of the second."
    synonyms = ("matrix product", "matrix multiplication", "dot product", "attention", "bmm")
    samples = (({}, ((3, 4), (4, 5))), ({}, ((2, 3, 17), (2, 17, 1))))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs) != 2:
            raise SpecError(f"MatMul needs exactly two links, but has {len(inputs)}.")
        a, b = inputs
        if len(a) < 2 or len(a) != len(b) or a[:-2] != b[:-2] or a[-1] != b[-2]:
            raise SpecError(
                f"MatMul needs as many columns in the first input as rows in the second, but receives "
                f"{show_shape(a)} and {show_shape(b)}. Put a Permute or Reshape before one of them."
            )
        return (*a[:-1], b[-1])

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 2 * size_of(inputs[0]) * inputs[1][-1]

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        *before, i, j = unit
        row = (Term(0, (*before, i, k)) for k in range(inputs[0][-1]))
        column = (Term(1, (*before, k, j)) for k in range(inputs[0][-1]))
        return Terms(Rule.FORMULA, (*row, *column))

    def lower(self, node: Lowering) -> None:
        (*before, rows, inner), columns = node.inputs[0], node.shape[-1]
        sizes = {"pairs": size_of(tuple(before)), "rows": rows, "inner": inner, "columns": columns}
        (a, b), (da, db) = node.x, node.dx
        node.forward(forward, a_at=a, b_at=b, y_at=node.y, **sizes)
        if node.training and da >= 0:
            node.backward(first_backward, b_at=b, dy_at=node.dy, dx_at=da, **sizes)
        if node.training and db >= 0:
            node.backward(second_backward, a_at=a, dy_at=node.dy, dx_at=db, **sizes)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = inputs[0] @ inputs[1]
        return y
