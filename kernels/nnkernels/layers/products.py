"""Products: x1 x2 and its like, the feature of the playground that makes saddles."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Arrays, Layer, NamedArrays, Options, Shape, Shapes, SpecError, layers, show_shape
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, size, pairs):
    """Every product of two different values, in the order 12, 13, .., 23, .."""
    for n in range(lo, hi):
        x, to = x_at + n * size, y_at + n * pairs
        for i in range(size):
            for j in range(i + 1, size):
                acts[to] = acts[x + i] * acts[x + j]
                to += 1


@kernel
def backward(state, acts, grads, params, work, chunk, lo, hi, x_at, dy_at, dx_at, size, pairs):
    for n in range(lo, hi):
        x, at, dx = x_at + n * size, dy_at + n * pairs, dx_at + n * size
        grads[dx : dx + size] = 0
        for i in range(size):
            for j in range(i + 1, size):
                grads[dx + i] += grads[at] * acts[x + j]
                grads[dx + j] += grads[at] * acts[x + i]
                at += 1


@layers.register
class Products(Layer):
    """The products of all pairs of values; two inputs give x1 x2."""

    id = "products"
    title = "Products"
    pytorch = "torch.combinations"
    glyph = "×"
    formula = "y = x[i] · x[j] for every i < j"
    category = "Features"
    order = 62
    help = "The product of every two values: x1 x2 tells the diagonal corners apart."
    synonyms = ("x1 x2", "product", "interaction", "feature", "playground", "xor", "saddle")
    samples = (({}, ((2,),)), ({}, ((5,),)), ({}, ((17,),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 1 or not 2 <= inputs[0][0] <= 256:
            raise SpecError(
                f"Products takes a list of 2 to 256 values, but receives {show_shape(inputs[0])}. "
                "Put a Flatten or a smaller layer before it."
            )
        return (inputs[0][0] * (inputs[0][0] - 1) // 2,)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        pair = list(itertools.combinations(range(inputs[0][0]), 2))[unit[0]]
        return Terms(Rule.PRODUCT, tuple(Term(0, (i,)) for i in pair))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        pairs = itertools.combinations(range(inputs[0][0]), 2)
        return tuple(((at,), Term(0, index)) for at, pair in enumerate(pairs) if index[0] in pair)

    def lower(self, node: Lowering) -> None:
        size = node.inputs[0][0]
        shared = {"x_at": node.x[0], "size": size, "pairs": node.size}
        node.forward(forward, y_at=node.y, **shared)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, dy_at=node.dy, dx_at=node.dx[0], **shared)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        return np.stack([x[:, i] * x[:, j] for i, j in itertools.combinations(range(x.shape[1]), 2)], 1)
