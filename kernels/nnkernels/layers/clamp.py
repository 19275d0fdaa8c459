"""Clamp: keeps values within bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import (
    Arrays,
    Bounds,
    Layer,
    NamedArrays,
    Option,
    Options,
    Samples,
    Shape,
    Shapes,
    SpecError,
    layers,
)
from nnkernels.spec.declared import LARGEST_NUMBER
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.vmath import cast, choose, real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

BOTH, LOWER, UPPER = "both", "lower", "upper"


def bounds_of(options: Options) -> Bounds:
    """Least and greatest value that come out; infinite where that side is open."""
    low = -math.inf if options["sides"] == UPPER else options["low"]
    high = math.inf if options["sides"] == LOWER else options["high"]
    return low, high


@kernel(in_place=("x_at", "y_at"))
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, size, low, high):
    low, high = real(low, acts), real(high, acts)
    x = acts[x_at + lo * size : x_at + hi * size]
    y = acts[y_at + lo * size : y_at + hi * size]
    if x_at == y_at:
        # The compiler must see that there is one array only, or it takes the values one by one.
        for i in range(y.size):
            y[i] = choose(y[i] < low, low, choose(y[i] > high, high, y[i]))
    else:
        for i in range(y.size):
            y[i] = choose(x[i] < low, low, choose(x[i] > high, high, x[i]))


@kernel(in_place=("dy_at", "dx_at"))
def backward(state, acts, grads, params, work, chunk, lo, hi, y_at, dy_at, dx_at, size, low, high):
    """The derivative is 1 between the bounds, and 0 at them."""
    low, high = real(low, acts), real(high, acts)
    y, zero = acts[y_at + lo * size : y_at + hi * size], cast(0.0, grads)
    dy = grads[dy_at + lo * size : dy_at + hi * size]
    dx = grads[dx_at + lo * size : dx_at + hi * size]
    if dy_at == dx_at:
        for i in range(dx.size):
            dx[i] = choose(low < y[i], choose(y[i] < high, dx[i], zero), zero)
    else:
        for i in range(dx.size):
            dx[i] = choose(low < y[i], choose(y[i] < high, dy[i], zero), zero)


@layers.register
class Clamp(Layer):
    """Values beyond a bound become that bound; -1 to 1 is PyTorch's Hardtanh, 0 to 6 its ReLU6."""

    id = "clamp"
    title = "Clamp"
    pytorch = "torch.clamp"
    formula = "y = min(max(x, low), high)"
    category = "Activations"
    order = 51
    help = "Cuts values off at a lower and an upper bound: from 0 to 6 it is ReLU6, from -1 to 1 a hard tanh."
    synonyms = ("clip", "hardtanh", "relu6", "limit", "bounded relu", "activation")
    options = (
        Option("sides", BOTH, "Which of the bounds there are.", choices=(BOTH, LOWER, UPPER)),
        Option("low", -1.0, "The least value that comes out.", -LARGEST_NUMBER, LARGEST_NUMBER),
        Option("high", 1.0, "The greatest value that comes out.", -LARGEST_NUMBER, LARGEST_NUMBER),
    )
    shown = ("low", "high")
    flat = True
    kinks = (-1.0, 1.0, 0.5)
    keeps_order = True
    samples: ClassVar[Samples] = (
        ({}, ((3, 2, 5),)),
        ({"sides": LOWER, "low": 0.5}, ((5,),)),
        ({"sides": UPPER, "high": 0.5}, ((5,),)),
    )

    def formula_for(self, options: Options) -> str:
        low, high = bounds_of(options)
        if math.isinf(low):
            return f"y = min(x, {high:g})"
        return f"y = max(x, {low:g})" if math.isinf(high) else f"y = min(max(x, {low:g}), {high:g})"

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        low, high = bounds_of(options)
        if low > high:
            raise SpecError(f"Low is {low:g} and above High, {high:g}. Exchange them.")
        return inputs[0]

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        low, high = bounds_of(options)
        return min(max(entering[0][0], low), high), min(max(entering[0][1], low), high)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, (Term(0, unit),))

    def lower(self, node: Lowering) -> None:
        low, high = (node.real(bound) for bound in bounds_of(node.options))
        shared = {"size": node.size, "low": low, "high": high}
        node.forward(forward, x_at=node.x[0], y_at=node.y, **shared)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, y_at=node.y, dy_at=node.dy, dx_at=node.dx[0], **shared)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.clip(inputs[0], *bounds_of(options))
