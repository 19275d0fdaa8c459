"""Embedding: each whole number stands for a row of a trained table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import SAMPLES
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Parameter,
    Shape,
    Shapes,
    SpecError,
    layers,
    show_shape,
)
from nnkernels.spec.terms import Account, Index

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def look_up(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, table_at, size, width, steps):
    """Row of each number; outside the table, which `check_numbers` refuses, its first or last."""
    for n in range(lo * steps, hi * steps):
        number = acts[x_at + n]
        if number != number:
            # NaN stays visible instead of becoming some row.
            acts[y_at + n * width : y_at + (n + 1) * width] = number
            continue
        row = min(max(int(number), 0), size - 1)
        source, sink = params[table_at + row * width : table_at + (row + 1) * width], acts[y_at + n * width :]
        for i in range(source.size):
            sink[i] = source[i]


@kernel
def table_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dy_at, dtable_at, size, width, steps,
):  # fmt: skip
    """Sum of the gradients of each row's uses, for columns ``lo .. hi`` of the table."""
    for row in range(size):
        grads[dtable_at + row * width + lo : dtable_at + row * width + hi] = 0
    for n in range(state[SAMPLES] * steps):
        row = min(max(int(acts[x_at + n]), 0), size - 1)
        sums = grads[dtable_at + row * width + lo : dtable_at + row * width + hi]
        gradients = grads[dy_at + n * width + lo : dy_at + n * width + hi]
        for i in range(sums.size):
            sums[i] += gradients[i]


@kernel
def nothing(state, acts, grads, params, work, chunk, lo, hi, dx_at, size):
    """Whole numbers have no derivative."""
    grads[dx_at + lo * size : dx_at + hi * size] = 0


@layers.register
class Embedding(Layer):
    """A list of numbers becomes a sequence of rows, as in PyTorch's Embedding; starts normal(0, 1)/√n."""

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
        Option("size", 128, "How many different numbers there are, counted from 0.", 1, 1_000_000),
        Option("dimensions", 16, "Length of each vector.", 1, 4096),
    )
    samples = (({"size": 3, "dimensions": 5}, ((4,),)), ({"size": 1, "dimensions": 17}, ((1,),)))
    # The output jumps where a number reaches the next whole one.
    kinks = (-1.0, 0.0, 1.0, 2.0, 3.0)

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 1:
            raise SpecError(f"Embedding takes a list of numbers, but receives {show_shape(inputs[0])}.")
        return (inputs[0][0], options["dimensions"])

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        shape = (options["size"], options["dimensions"])
        width = options["dimensions"]
        return (
            Parameter("weight", shape, "he", 2 * width, width, unit_axis=0, axes=("Number", "Dimension")),
        )

    def check_numbers(self, options: Options, numbers: np.ndarray) -> None:
        # What is not known (NaN) stays so.
        known, size = numbers[~np.isnan(numbers)], options["size"]
        outside = known[(known < 0) | (known > size - 1)]
        if outside.size:
            low, high = float(outside.min()), float(outside.max())
            given = f"{low:g}" if low == high else f"{low:g} and {high:g}"
            mend = "Use numbers from 0 on" if low < 0 else "Make its size larger"
            raise SpecError(
                f"Embedding has rows for the numbers 0 to {size - 1}, but is given {given}. {mend}, or give "
                "it other columns of the data."
            )
        broken = known[known != np.floor(known)]
        if broken.size:
            raise SpecError(
                f"Embedding takes whole numbers, but is given {float(broken[0]):g}. Use a Dense layer "
                "for measurements and for columns that were scaled."
            )

    def flops(self, options: Options, inputs: Shapes) -> int:
        return int(inputs[0][0] * options["dimensions"])

    def account(self, options: Options, inputs: Arrays, parameters: NamedArrays, unit: Index) -> Account:
        step, feature = unit
        number = int(inputs[0][step].clip(0, options["size"] - 1))
        value = float(parameters["weight"][number, feature])
        return Account(self.formula, ("value",), ((f"W[{number}, {feature}]", (value,)),), value)

    def lower(self, node: Lowering) -> None:
        steps, width = node.shape
        size, table = node.options["size"], node.parameters["weight"]
        shared = {"size": size, "width": width, "steps": steps}
        node.forward(look_up, x_at=node.x[0], y_at=node.y, table_at=table, **shared)
        if node.training:
            gradient = node.parameter_gradients["weight"]
            cost = node.batch * steps * width
            arguments = {"x_at": node.x[0], "dy_at": node.dy, "dtable_at": gradient, **shared}
            node.sweep(table_gradient, width, cost, 16, **arguments)
            if node.dx[0] >= 0:
                node.backward(nothing, dx_at=node.dx[0], size=steps)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        rows = inputs[0].astype(np.int64).clip(0, options["size"] - 1)
        y: np.ndarray = parameters["weight"][rows]
        return y
