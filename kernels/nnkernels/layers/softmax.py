"""Softmax: turns scores into probabilities that sum to one."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Layer, layers
from nnkernels.terms import Term, Terms, row_terms
from nnkernels.vmath import exp


@kernel
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Over the last axis of ``width`` values; the largest is subtracted first, against overflow."""
    width, per_sample = args[2], args[3]
    for row in range(lo * per_sample, hi * per_sample):
        x = acts[args[0] + row * width : args[0] + (row + 1) * width]
        y = acts[args[1] + row * width : args[1] + (row + 1) * width]
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
def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """dx = y * (dy - sum(dy * y))"""
    width, per_sample = args[3], args[4]
    for row in range(lo * per_sample, hi * per_sample):
        y = acts[args[0] + row * width : args[0] + (row + 1) * width]
        dy = grads[args[1] + row * width : args[1] + (row + 1) * width]
        dx = grads[args[2] + row * width : args[2] + (row + 1) * width]
        dot = dy[0] * y[0]
        for i in range(1, width):
            dot += dy[i] * y[i]
        for i in range(width):
            dx[i] = y[i] * (dy[i] - dot)


@layers.register
class Softmax(Layer):
    """Over the last axis: the units of a list, or the channels at each position of a picture."""

    id = "softmax"
    title = "Softmax"
    formula = "y[i] = exp(x[i]) / Σ exp(x[j])"
    category = "Activations"
    order = 43
    help = "Turns the scores of several classes into probabilities that sum to 1."
    synonyms = ("probabilities", "classifier", "activation")
    samples = (({}, ((5,),)), ({}, ((1,),)), ({}, ((3, 2, 4),)))

    def bounds(self, options, inputs, entering):
        # A single value is always 1.
        return (1.0, 1.0) if inputs[0][-1] == 1 else (0.0, 1.0)

    def terms(self, options, inputs, unit):
        return Terms("formula", row_terms(0, inputs[0], unit))

    def uses(self, options, inputs, port, place):
        return tuple(((*place[:-1], i), Term(0, place)) for i in range(inputs[0][-1]))

    def lower(self, node):
        width = node.shape[-1]
        node.forward(forward, node.x[0], node.y, width, node.size // width)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, node.y, node.dy, node.dx[0], width, node.size // width)

    def reference(self, options, inputs, parameters):
        e = np.exp(inputs[0] - inputs[0].max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)
