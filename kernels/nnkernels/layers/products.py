"""Products: x1 x2 and its like, the feature of the playground that makes saddles."""

from __future__ import annotations

import itertools

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Layer, SpecError, layers, show_shape
from nnkernels.terms import Term, Terms


@kernel
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Every product of two different values, in the order 12, 13, .., 23, .."""
    size, pairs = args[2], args[3]
    for n in range(lo, hi):
        x, to = args[0] + n * size, args[1] + n * pairs
        for i in range(size):
            for j in range(i + 1, size):
                acts[to] = acts[x + i] * acts[x + j]
                to += 1


@kernel
def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    size, pairs = args[3], args[4]
    for n in range(lo, hi):
        x, at, dx = args[0] + n * size, args[1] + n * pairs, args[2] + n * size
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

    def shape(self, options, inputs):
        if len(inputs[0]) != 1 or not 2 <= inputs[0][0] <= 256:
            raise SpecError(
                f"Products takes a list of 2 to 256 values, but receives {show_shape(inputs[0])}. "
                "Put a Flatten or a smaller layer before it."
            )
        return (inputs[0][0] * (inputs[0][0] - 1) // 2,)

    def terms(self, options, inputs, unit):
        pair = list(itertools.combinations(range(inputs[0][0]), 2))[unit[0]]
        return Terms("product", tuple(Term(0, (i,)) for i in pair))

    def uses(self, options, inputs, port, place):
        pairs = itertools.combinations(range(inputs[0][0]), 2)
        return tuple(((at,), Term(0, place)) for at, pair in enumerate(pairs) if place[0] in pair)

    def lower(self, node):
        size = node.inputs[0][0]
        node.forward(forward, node.x[0], node.y, size, node.size)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, node.x[0], node.dy, node.dx[0], size, node.size)

    def reference(self, options, inputs, parameters):
        x = inputs[0]
        return np.stack([x[:, i] * x[:, j] for i, j in itertools.combinations(range(x.shape[1]), 2)], 1)
