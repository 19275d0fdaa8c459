"""Multiply: branches of a network that meet as factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import LANES, array_at
from nnkernels.ops.broadcasting import Broadcast, Runs, as_aligned, source_of
from nnkernels.spec import Arrays, NamedArrays, Options, Shapes, layers
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.simd import assign
from nnkernels.vector.vmath import cast

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel(rest=True)
def product_forward(state, acts, grads, params, work, chunk, lo, hi, y_at, width, count, inputs):
    """y = product of all inputs."""
    y = acts[y_at + lo * width : y_at + hi * width]
    y[:] = 1
    for e in range(count):
        x = acts[inputs[e] + lo * width : inputs[e] + hi * width]
        for i in range(y.size):
            y[i] *= x[i]


@kernel(rest=True)
def product_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    dy_at, dx_at, width, count, which, inputs,
):  # fmt: skip
    """dx of input ``which`` is dy times all other inputs."""
    dy = grads[dy_at + lo * width : dy_at + hi * width]
    dx = grads[dx_at + lo * width : dx_at + hi * width]
    for i in range(dx.size):
        dx[i] = dy[i]
    for e in range(count):
        if e != which:
            x = acts[inputs[e] + lo * width : inputs[e] + hi * width]
            for i in range(dx.size):
                dx[i] *= x[i]


@kernel
def broadcast_product_forward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, y_at, size, step, source, run, runs, begins,
):  # fmt: skip
    """y *= x, or y = x where it ``begins``."""
    source = array_at(source, state)
    for n in range(lo, hi):
        for r in range(runs):
            x, at = x_at + n * size + source[r], y_at + (n * runs + r) * run
            y = acts[at : at + run]
            if begins:
                y[:] = 1
            if step:
                values = acts[x : x + run]
                for i in range(run):
                    y[i] *= values[i]
            else:
                value = acts[x]
                for i in range(run):
                    y[i] *= value


@kernel(rest=True)
def broadcast_product_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    dy_at, dx_at, size, step, source, run, runs, scratch_at, scratch_stride, count, others,
):  # fmt: skip
    """dx is dy times all other inputs, summed over what was repeated.

    ``others`` are x_at, size, step and source of each.
    """
    source, scratch = array_at(source, state), scratch_at + state[LANES + chunk] * scratch_stride
    g = work[scratch : scratch + run]
    for n in range(lo, hi):
        grads[dx_at + n * size : dx_at + (n + 1) * size] = 0
        for r in range(runs):
            at = dy_at + (n * runs + r) * run
            assign(g, grads[at : at + run])
            for e in range(count):
                starts = array_at(others[4 * e + 3], state)
                x = others[4 * e] + n * others[4 * e + 1] + starts[r]
                if others[4 * e + 2]:
                    values = acts[x : x + run]
                    for i in range(run):
                        g[i] *= values[i]
                else:
                    value = acts[x]
                    for i in range(run):
                        g[i] *= value
            x = dx_at + n * size + source[r]
            if step:
                dx = grads[x : x + run]
                for i in range(run):
                    dx[i] += g[i]
            else:
                total = cast(0.0, acts)
                for i in range(run):
                    total += g[i]
                grads[x] += total


@layers.register
class Multiply(Broadcast):
    """Product of inputs, as in a gate; what is of length 1 is repeated."""

    id = "multiply"
    title = "Multiply"
    pytorch = "torch.mul"
    glyph = "×"
    formula = "y = x₁ · x₂ · …, value by value"
    order = 52
    help = "Multiplies branches value by value; one can gate the other. Axes of length 1 are repeated."
    synonyms = ("product", "times", "gate", "merge")

    def lower(self, node: Lowering) -> None:
        if any(shape != node.shape for shape in node.inputs):
            self._lower_broadcast(node)
            return
        shared = {"width": node.size, "count": len(node.x), "inputs": node.x}
        node.forward(product_forward, y_at=node.y, **shared)
        for e, dx in enumerate(node.dx):
            if node.training and dx >= 0:
                node.backward(product_backward, dy_at=node.dy, dx_at=dx, which=e, **shared)

    def _lower_broadcast(self, node: Lowering) -> None:
        runs = Runs(node)
        for e, (x, how) in enumerate(zip(node.x, runs.of_inputs, strict=True)):
            ends = {"x_at": x, "y_at": node.y, "begins": int(e == 0)}
            node.forward(broadcast_product_forward, **ends, **how, **runs.of_output)
        if not node.training:
            return
        scratch, stride = node.per_lane(runs.length)
        every = [(x, *how.values()) for x, how in zip(node.x, runs.of_inputs, strict=True)]
        for e, (dx, how) in enumerate(zip(node.dx, runs.of_inputs, strict=True)):
            if dx >= 0:
                others = [number for other in (*every[:e], *every[e + 1 :]) for number in other]
                node.backward(
                    broadcast_product_backward, dy_at=node.dy, dx_at=dx, scratch_at=scratch,
                    scratch_stride=stride, count=len(every) - 1, others=others, **how, **runs.of_output,
                )  # fmt: skip

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        terms = (Term(e, source_of(shape, unit)) for e, shape in enumerate(inputs))
        return Terms(Rule.PRODUCT, tuple(terms))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = np.ones(1)
        for x in as_aligned(inputs):
            y = y * x
        return y
