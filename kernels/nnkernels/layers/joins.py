"""Add and Concatenate: where branches of a network meet."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Layer, SpecError, layers, show_shape


@kernel
def add_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    width, count = args[1], args[2]
    y = acts[args[0] + lo * width : args[0] + hi * width]
    for e in range(count):
        x = acts[args[3 + e] + lo * width : args[3 + e] + hi * width]
        for i in range(y.size):
            y[i] = x[i] if e == 0 else y[i] + x[i]


@kernel
def copy_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    width = args[2]
    dy = grads[args[0] + lo * width : args[0] + hi * width]
    dx = grads[args[1] + lo * width : args[1] + hi * width]
    for i in range(dx.size):
        dx[i] = dy[i]


@kernel
def part_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Copy ``part`` values per row into their place among ``whole``."""
    part, whole, at, rows = args[2], args[3], args[4], args[5]
    for row in range(lo * rows, hi * rows):
        x = acts[args[0] + row * part : args[0] + (row + 1) * part]
        y = acts[args[1] + row * whole + at : args[1] + row * whole + at + part]
        for i in range(part):
            y[i] = x[i]


@kernel
def part_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    part, whole, at, rows = args[2], args[3], args[4], args[5]
    for row in range(lo * rows, hi * rows):
        dx = grads[args[0] + row * part : args[0] + (row + 1) * part]
        dy = grads[args[1] + row * whole + at : args[1] + row * whole + at + part]
        for i in range(part):
            dx[i] = dy[i]


@layers.register
class Add(Layer):
    """Sum of inputs of one shape, as in a residual network."""

    id = "add"
    title = "Add"
    category = "Joins"
    order = 50
    joins = True
    help = "Adds branches value by value; the heart of a residual block."
    synonyms = ("sum", "plus", "residual", "skip", "merge")
    samples = (({}, ((5,), (5,))), ({}, ((2, 3, 2), (2, 3, 2), (2, 3, 2))))

    def shape(self, options, inputs):
        for other in inputs[1:]:
            if other != inputs[0]:
                raise SpecError(
                    f"Add needs inputs of one shape, but receives {show_shape(inputs[0])} and "
                    f"{show_shape(other)}. Give the layers before it the same size."
                )
        return inputs[0]

    def lower(self, node):
        node.forward(add_forward, node.y, node.size, len(node.x), *node.x)
        for dx in node.dx if node.training else ():
            if dx >= 0:
                node.backward(copy_gradient, node.dy, dx, node.size)

    def reference(self, options, inputs, parameters):
        return np.sum(inputs, axis=0)


@layers.register
class Concatenate(Layer):
    """Inputs side by side along the last axis (units, or channels of a picture)."""

    id = "concatenate"
    title = "Concatenate"
    category = "Joins"
    order = 51
    joins = True
    help = "Puts the values or channels of several branches side by side."
    synonyms = ("concat", "join", "stack", "merge")
    samples = (({}, ((5,), (3,))), ({}, ((2, 3, 2), (2, 3, 1), (2, 3, 4))))

    def shape(self, options, inputs):
        for other in inputs[1:]:
            if other[:-1] != inputs[0][:-1]:
                raise SpecError(
                    f"Concatenate needs inputs that differ in the last number at most, but "
                    f"receives {show_shape(inputs[0])} and {show_shape(other)}."
                )
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def lower(self, node):
        whole, at = node.shape[-1], 0
        rows = node.size // whole
        for x, dx, shape in zip(node.x, node.dx, node.inputs, strict=True):
            part = shape[-1]
            node.forward(part_forward, x, node.y, part, whole, at, rows)
            if node.training and dx >= 0:
                node.backward(part_backward, dx, node.dy, part, whole, at, rows)
            at += part

    def reference(self, options, inputs, parameters):
        return np.concatenate(inputs, axis=-1)
