"""PositionalEncoding: tells a sequence's steps apart, for layers that would not know their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import SAMPLES, array_at
from nnkernels.ops.elementwise import pass_back
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
    size_of,
)
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.vmath import real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def add_waves(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, size, table):
    """y = x + a fixed table, which travels as the bits of float64."""
    table = array_at(table, state)
    for n in range(lo, hi):
        x, y = x_at + n * size, y_at + n * size
        for i in range(size):
            acts[y + i] = acts[x + i] + real(table[i], acts)


@kernel
def add_rows(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, size, table_at):
    """y = x + a trained table."""
    rows = params[table_at : table_at + size]
    for n in range(lo, hi):
        x, y = acts[x_at + n * size : x_at + (n + 1) * size], acts[y_at + n * size :]
        for i in range(size):
            y[i] = x[i] + rows[i]


@kernel
def row_gradient(state, acts, grads, params, work, chunk, lo, hi, dy_at, dtable_at, size):
    """Sum of dy over the batch, for values ``lo .. hi`` of the table."""
    sums = grads[dtable_at + lo : dtable_at + hi]
    sums[:] = 0
    for n in range(state[SAMPLES]):
        row = grads[dy_at + n * size + lo : dy_at + n * size + hi]
        for i in range(sums.size):
            sums[i] += row[i]


def waves(steps: int, width: int) -> np.ndarray:
    """sin and cos of position / 10000**(2i / width), alternating (Vaswani et al. 2017), float64."""
    angle = np.arange(steps)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    table = np.empty((steps, width))
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)[:, : width // 2]
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
    help = "Adds a mark of its position to every step, so that attention knows the order."
    synonyms = ("position embedding", "transformer", "sinusoidal", "order")
    shown = ("kind",)
    options = (
        Option(
            "kind", "sinusoidal", "Fixed waves, or marks that are learned.", choices=("sinusoidal", "learned")
        ),
    )
    samples = (({}, ((5, 7),)), ({"kind": "learned"}, ((3, 18),)), ({}, ((1, 1),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 2:
            raise SpecError(
                "PositionalEncoding takes a sequence (steps × features), but receives "
                f"{show_shape(inputs[0])}."
            )
        return inputs[0]

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        table = Parameter("weight", inputs[0], "normal", unit_axis=0, axes=("Position", "Feature"))
        return (table,) if options["kind"] == "learned" else ()

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        if options["kind"] == "learned":
            return Terms(Rule.SUM, (Term(0, unit),), ("weight", unit))
        return Terms(Rule.FORMULA, (Term(0, unit),))

    def lower(self, node: Lowering) -> None:
        size = size_of(node.shape)
        if node.options["kind"] == "learned":
            node.forward(add_rows, x_at=node.x[0], y_at=node.y, size=size, table_at=node.parameters["weight"])
        else:
            table = node.table(waves(*node.shape).view(np.int64))
            node.forward(add_waves, x_at=node.x[0], y_at=node.y, size=size, table=table)
        if not node.training:
            return
        if node.dx[0] >= 0:
            node.backward(pass_back, dy_at=node.dy, dx_at=node.dx[0], size=size)
        if node.parameters:
            gradient = node.parameter_gradients["weight"]
            arguments = {"dy_at": node.dy, "dtable_at": gradient, "size": size}
            node.sweep(row_gradient, size, size * node.batch, 16, **arguments)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return inputs[0] + (parameters["weight"] if parameters else waves(*inputs[0].shape[1:]))
