"""PReLU: a ReLU that learns how much of the negative side to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import SAMPLES
from nnkernels.spec import Arrays, Layer, NamedArrays, Option, Options, Parameter, Shapes, layers
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.vmath import cast, choose

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, c, rows, slope_at, each):
    """y = x, or slope x below 0; ``each`` is 0 where all channels share one slope."""
    for row in range(lo * rows, hi * rows):
        x, y = acts[x_at + row * c : x_at + (row + 1) * c], acts[y_at + row * c :]
        for m in range(c):
            y[m] = choose(x[m] < 0, params[slope_at + m * each] * x[m], x[m])


@kernel
def backward(state, acts, grads, params, work, chunk, lo, hi, x_at, dy_at, dx_at, c, rows, slope_at, each):
    for row in range(lo * rows, hi * rows):
        x = acts[x_at + row * c : x_at + (row + 1) * c]
        dy, dx = grads[dy_at + row * c :], grads[dx_at + row * c :]
        for m in range(c):
            dx[m] = choose(x[m] > 0, dy[m], params[slope_at + m * each] * dy[m])


@kernel
def negative_slope_gradient(
    state, acts, grads, params, work, chunk, lo, hi, x_at, dy_at, dslope_at, c, rows, each
):
    """Sum of x dy over all negative x, over the channels ``lo .. hi``."""
    rows, zero = rows * state[SAMPLES], cast(0.0, acts)
    if each == 0:
        total = zero
        x, dy = acts[x_at : x_at + rows * c], grads[dy_at : dy_at + rows * c]
        for i in range(x.size):
            total += choose(x[i] <= 0, x[i] * dy[i], zero)
        grads[dslope_at] = total
        return
    grads[dslope_at + lo : dslope_at + hi] = 0
    for row in range(rows):
        at = row * c
        for m in range(lo, hi):
            value = acts[x_at + at + m]
            grads[dslope_at + m] += choose(value <= 0, value * grads[dy_at + at + m], zero)


@layers.register
class PReLU(Layer):
    """max(x, 0) + slope min(x, 0) with a trained slope (He et al. 2015), as PyTorch's PReLU.

    One slope for all, or one for each channel (the last axis; PyTorch's second).
    """

    id = "prelu"
    title = "PReLU"
    pytorch = "nn.PReLU"
    formula = "y = x for x > 0, else a · x, a is learned"
    category = "Activations"
    order = 47
    help = "A ReLU that learns how much of the negative side to let through."
    synonyms = ("parametric relu", "activation", "nonlinearity", "leaky")
    kinks = (0.0,)
    options = (
        Option("per_channel", False, "A slope for each channel, not one for all."),
        Option("start", 0.25, "The slope at the start.", -10.0, 10.0),
    )
    samples = (({}, ((5,),)), ({"per_channel": True}, ((3, 2, 17),)), ({"per_channel": True}, ((1,),)))

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        count = inputs[0][-1] if options["per_channel"] else 1
        return (Parameter("weight", (count,), "by_hand", values=(options["start"],), axes=("Channel",)),)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, (Term(0, unit),))

    def lower(self, node: Lowering) -> None:
        c = node.shape[-1]
        each, rows = int(node.options["per_channel"]), node.size // c
        slope = node.parameters["weight"]
        shared = {"c": c, "rows": rows, "each": each}
        node.forward(forward, x_at=node.x[0], y_at=node.y, slope_at=slope, **shared)
        if not node.training:
            return
        if node.dx[0] >= 0:
            node.backward(backward, x_at=node.x[0], dy_at=node.dy, dx_at=node.dx[0], slope_at=slope, **shared)
        gradient, cost = node.parameter_gradients["weight"], 2 * node.size * node.batch
        node.sweep(
            negative_slope_gradient, c if each else 1, cost if each else 0, 16,
            x_at=node.x[0], dy_at=node.dy, dslope_at=gradient, **shared,
        )  # fmt: skip

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.where(inputs[0] < 0, parameters["weight"] * inputs[0], inputs[0])
