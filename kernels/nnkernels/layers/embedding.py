"""Embedding: each whole number stands for a row of a trained table."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import SAMPLES
from nnkernels.spec import Layer, Option, Parameter, SpecError, layers, show_shape
from nnkernels.terms import Account


@kernel
def look_up(args, state, acts, grads, params, work, chunk, lo, hi):
    """Row of each number; numbers outside the table take its first or last row."""
    x, y, table, size, wide, steps = args[0], args[1], args[2], args[3], args[4], args[5]
    for n in range(lo * steps, hi * steps):
        number = acts[x + n]
        if number != number:
            # NaN stays visible instead of becoming some row.
            acts[y + n * wide : y + (n + 1) * wide] = number
            continue
        row = min(max(int(number), 0), size - 1)
        source, sink = params[table + row * wide : table + (row + 1) * wide], acts[y + n * wide :]
        for i in range(source.size):
            sink[i] = source[i]


@kernel
def table_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """Sum of the gradients of each row's uses, for columns ``lo .. hi`` of the table."""
    x, dy, table, size, wide, steps = args[0], args[1], args[2], args[3], args[4], args[5]
    for row in range(size):
        grads[table + row * wide + lo : table + row * wide + hi] = 0
    for n in range(state[SAMPLES] * steps):
        row = min(max(int(acts[x + n]), 0), size - 1)
        sums = grads[table + row * wide + lo : table + row * wide + hi]
        slopes = grads[dy + n * wide + lo : dy + n * wide + hi]
        for i in range(sums.size):
            sums[i] += slopes[i]


@kernel
def nothing(args, state, acts, grads, params, work, chunk, lo, hi):
    """Whole numbers have no slope."""
    grads[args[0] + lo * args[1] : args[0] + hi * args[1]] = 0


@layers.register
class Embedding(Layer):
    """A list of numbers becomes a sequence of rows, as PyTorch's Embedding; starts normal(0, 1)/√n."""

    id = "embedding"
    title = "Embedding"
    pytorch = "nn.Embedding"
    glyph = "embedding"
    formula = "y[t] = W[x[t]]"
    category = "Sequences"
    order = 35
    help = "Turns whole numbers, such as words or characters, into trained vectors."
    synonyms = ("lookup", "word vectors", "token", "characters")
    shown = ("size", "dimensions")
    gives_rows = True
    options = (
        Option("size", 128, "How many different numbers there are, from 0 on.", 1, 1_000_000),
        Option("dimensions", 16, "Length of each vector.", 1, 4096),
    )
    samples = (({"size": 3, "dimensions": 5}, ((4,),)), ({"size": 1, "dimensions": 17}, ((1,),)))
    # The output jumps where a number reaches the next whole one.
    kinks = (-1.0, 0.0, 1.0, 2.0, 3.0)

    def shape(self, options, inputs):
        if len(inputs[0]) != 1:
            raise SpecError(f"Embedding takes a list of numbers, but receives {show_shape(inputs[0])}.")
        return (inputs[0][0], options["dimensions"])

    def parameters(self, options, inputs):
        shape = (options["size"], options["dimensions"])
        return (Parameter("weight", shape, "he", 2 * options["dimensions"], options["dimensions"]),)

    def flops(self, options, inputs):
        return inputs[0][0] * options["dimensions"]

    def account(self, options, inputs, parameters, unit):
        step, feature = unit
        number = int(inputs[0][step].clip(0, options["size"] - 1))
        value = float(parameters["weight"][number, feature])
        return Account(self.formula, ("value",), ((f"W[{number}, {feature}]", (value,)),), value)

    def lower(self, node):
        steps, wide = node.shape
        size, table = node.options["size"], node.parameters["weight"]
        node.forward(look_up, node.x[0], node.y, table, size, wide, steps)
        if node.training:
            gradient = node.parameter_gradients["weight"]
            cost = node.batch * steps * wide
            node.sweep(table_gradient, wide, cost, 16, node.x[0], node.dy, gradient, size, wide, steps)
            if node.dx[0] >= 0:
                node.backward(nothing, node.dx[0], steps)

    def reference(self, options, inputs, parameters):
        rows = inputs[0].astype(np.int64).clip(0, options["size"] - 1)
        return parameters["weight"][rows]
