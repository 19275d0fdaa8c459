"""PositionalEncoding: tells a sequence's steps apart, for layers that would not know their order."""

from __future__ import annotations

import numpy as np

from nnkernels.elementwise import pass_back
from nnkernels.jit import kernel
from nnkernels.machine import SAMPLES, array_at
from nnkernels.spec import Layer, Option, Parameter, SpecError, layers, show_shape, size_of
from nnkernels.terms import Term, Terms
from nnkernels.vmath import real


@kernel
def add_waves(args, state, acts, grads, params, work, chunk, lo, hi):
    """y = x + a fixed table, which travels as the bits of float64."""
    size, table = args[2], array_at(args[3], args)
    for n in range(lo, hi):
        x, y = args[0] + n * size, args[1] + n * size
        for i in range(size):
            acts[y + i] = acts[x + i] + real(table[i], acts)


@kernel
def add_places(args, state, acts, grads, params, work, chunk, lo, hi):
    """y = x + a trained table."""
    size = args[2]
    places = params[args[3] : args[3] + size]
    for n in range(lo, hi):
        x, y = acts[args[0] + n * size : args[0] + (n + 1) * size], acts[args[1] + n * size :]
        for i in range(size):
            y[i] = x[i] + places[i]


@kernel
def place_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """Sum of dy over the batch, for values ``lo .. hi`` of the table."""
    dy, dw, size = args[0], args[1], args[2]
    sums = grads[dw + lo : dw + hi]
    sums[:] = 0
    for n in range(state[SAMPLES]):
        row = grads[dy + n * size + lo : dy + n * size + hi]
        for i in range(sums.size):
            sums[i] += row[i]


def waves(steps: int, wide: int) -> np.ndarray:
    """sin and cos of position / 10000**(2i / wide), alternating (Vaswani et al. 2017), float64."""
    angle = np.arange(steps)[:, None] / 10000 ** (np.arange(0, wide, 2) / wide)
    table = np.empty((steps, wide))
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)[:, : wide // 2]
    return table


@layers.register
class PositionalEncoding(Layer):
    """Adds a vector of its own to every step: fixed waves, or a trained table as GPT has."""

    id = "positionalencoding"
    title = "PositionalEncoding"
    pytorch = "torch.add"
    glyph = "waves"
    formula = "y[t, k] = x[t, k] + p[t, k]"
    category = "Sequences"
    order = 35
    help = "Adds to every step a mark of its position, so that attention knows the order."
    synonyms = ("position embedding", "transformer", "sinusoidal", "order")
    shown = ("kind",)
    options = (
        Option(
            "kind", "sinusoidal", "Fixed waves, or marks that are learned.", choices=("sinusoidal", "learned")
        ),
    )
    samples = (({}, ((5, 7),)), ({"kind": "learned"}, ((3, 18),)), ({}, ((1, 1),)))

    def shape(self, options, inputs):
        if len(inputs[0]) != 2:
            raise SpecError(
                "PositionalEncoding takes a sequence (steps × features), but receives "
                f"{show_shape(inputs[0])}."
            )
        return inputs[0]

    def parameters(self, options, inputs):
        return (Parameter("weight", inputs[0], "normal"),) if options["kind"] == "learned" else ()

    def terms(self, options, inputs, unit):
        if options["kind"] == "learned":
            return Terms("sum", (Term(0, unit),), ("weight", unit))
        return Terms("formula", (Term(0, unit),))

    def lower(self, node):
        size = size_of(node.shape)
        if node.options["kind"] == "learned":
            node.forward(add_places, node.x[0], node.y, size, node.parameters["weight"])
        else:
            table = node.table(waves(*node.shape).view(np.int64))
            node.forward(add_waves, node.x[0], node.y, size, table)
        if not node.training:
            return
        if node.dx[0] >= 0:
            node.backward(pass_back, node.dy, node.dx[0], size)
        if node.parameters:
            gradient = node.parameter_gradients["weight"]
            node.sweep(place_gradient, size, size * node.batch, 16, node.dy, gradient, size)

    def reference(self, options, inputs, parameters):
        return inputs[0] + (parameters["weight"] if parameters else waves(*inputs[0].shape[1:]))
