"""Concatenate: branches of a network side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Shape,
    Shapes,
    SpecError,
    layers,
    show_shape,
    size_of,
)
from nnkernels.spec.axes import LAST, check_axis, read_axis
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


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


@layers.register
class Concatenate(Layer):
    """Inputs side by side along one axis: the last (units, or channels of a picture), or another."""

    id = "concatenate"
    title = "Concatenate"
    pytorch = "torch.cat"
    glyph = "concatenate"
    formula = "y = [x₁, x₂, …] along an axis"
    category = "Joins"
    order = 51
    joins = True
    help = "Puts the values or channels of several branches side by side."
    synonyms = ("concat", "join", "stack", "merge")
    options = (
        Option(
            "axis", LAST, "The axis that gets longer: last, or its number counted from 1.", reads=check_axis
        ),
    )
    samples = (
        ({}, ((5,), (3,))),
        ({}, ((2, 3, 2), (2, 3, 1), (2, 3, 4))),
        ({"axis": "1"}, ((2, 3, 2), (1, 3, 2))),
        ({"axis": "2"}, ((2, 3, 2), (2, 4, 2), (2, 1, 2))),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        axis = read_axis(options["axis"], inputs[0])
        for other in inputs[1:]:
            fits = len(other) == len(inputs[0]) and _without(other, axis) == _without(inputs[0], axis)
            if not fits:
                which = "the last number" if axis == len(inputs[0]) - 1 else f"number {axis + 1}"
                raise SpecError(
                    f"Concatenate needs inputs that differ at most in {which} of their shape, but "
                    f"receives {show_shape(inputs[0])} and {show_shape(other)}."
                )
        return (*inputs[0][:axis], sum(shape[axis] for shape in inputs), *inputs[0][axis + 1 :])

    def lower(self, node: Lowering) -> None:
        axis, at = read_axis(node.options["axis"], node.shape), 0
        whole = size_of(node.shape[axis:])
        rows = node.size // whole
        for x, dx, shape in zip(node.x, node.dx, node.inputs, strict=True):
            part = size_of(shape[axis:])
            shared = {"part": part, "width": whole, "at": at, "rows": rows}
            node.forward(part_forward, x_at=x, y_at=node.y, **shared)
            if node.training and dx >= 0:
                node.backward(part_backward, dx_at=dx, dy_at=node.dy, **shared)
            at += part

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        axis, port = read_axis(options["axis"], inputs[0]), 0
        at = unit[axis]
        while at >= inputs[port][axis]:
            at, port = at - inputs[port][axis], port + 1
        return Terms(Rule.SUM, (Term(port, (*unit[:axis], at, *unit[axis + 1 :])),))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        axis = read_axis(options["axis"], inputs[0])
        at = index[axis] + sum(shape[axis] for shape in inputs[:port])
        return (((*index[:axis], at, *index[axis + 1 :]), Term(port, index)),)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.concatenate(inputs, axis=1 + read_axis(options["axis"], inputs[0].shape[1:]))


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])
