"""Functions applied to each value: one loop serves them all, also over what it reads."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import Device, Kernel, kernel
from nnkernels.spec import Bounds, Layer, Options, Samples, Shapes
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.simd import assign
from nnkernels.vector.vmath import real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, size, parameter):
    a = real(parameter, acts)
    x = acts[x_at + lo * size : x_at + hi * size]
    y = acts[y_at + lo * size : y_at + hi * size]
    if x_at == y_at:
        # The compiler must see that there is one array only, or it takes the values one by one.
        for i in range(y.size):
            y[i] = value(y[i], a)  # noqa: F821 - bound for each function
    else:
        for i in range(x.size):
            y[i] = value(x[i], a)  # noqa: F821


def backward(state, acts, grads, params, work, chunk, lo, hi, v_at, dy_at, dx_at, size, parameter):
    a = real(parameter, acts)
    v = acts[v_at + lo * size : v_at + hi * size]
    dy = grads[dy_at + lo * size : dy_at + hi * size]
    dx = grads[dx_at + lo * size : dx_at + hi * size]
    if dy_at == dx_at:
        for i in range(dx.size):
            dx[i] *= derivative(v[i], a)  # noqa: F821
    else:
        for i in range(dx.size):
            dx[i] = dy[i] * derivative(v[i], a)  # noqa: F821


@kernel(in_place=("dy_at", "dx_at"))
def pass_back(state, acts, grads, params, work, chunk, lo, hi, dy_at, dx_at, size):
    """dx = dy, of ``size`` values each sample."""
    if dy_at != dx_at:
        assign(grads[dx_at + lo * size : dx_at + hi * size], grads[dy_at + lo * size : dy_at + hi * size])


def pair(name: str, value: Device, derivative: Device) -> tuple[Kernel, Kernel]:
    """The kernels of one function. Raises TypeError where value or derivative do not take (x, a).

    Both are inlined however long they are: with a call in it, a loop does not become vector code.
    """
    label = f"_{name}"
    for function in (value, derivative):
        count = len(inspect.signature(function.function).parameters)
        if count != 2:
            raise TypeError(
                f"'{function.function.__name__}' takes {count} argument(s), but it is called with (x, a), "
                "also where the layer has no option."
            )
    value, derivative = (Device(f.function, f.exact, inlined=True) for f in (value, derivative))
    return (
        Kernel(forward, {"value": value}, label, in_place=("x_at", "y_at")),
        Kernel(backward, {"derivative": derivative}, label, in_place=("dy_at", "dx_at")),
    )


class DerivativeOf(StrEnum):
    """By which value a function's derivative is told: its input or its output."""

    X = "x"
    Y = "y"


class Elementwise(Layer):
    """Base of the functions; any shape goes through.

    ``parameter`` names the option `a`; ``derivative_of`` is "x" where the derivative needs what went in,
    or "y" where what came out is enough, so that x may be written over. ``rising``: whether it nowhere falls,
    so that the least and greatest value that enter give the least and greatest of its output.
    """

    category = "Activations"
    samples: ClassVar[Samples] = (({}, ((5,),)), ({}, ((3, 2, 17),)))
    parameter: ClassVar[str] = ""
    derivative_of: ClassVar[DerivativeOf] = DerivativeOf.X
    rising: ClassVar[bool] = False
    kernels: ClassVar[tuple[Kernel, Kernel]]

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        if not self.rising:
            return self.limits
        with np.errstate(over="ignore"):
            low, high = (
                limit if math.isinf(end) else float(self.reference(options, [np.array(end)], {}))
                for end, limit in zip(entering[0], self.limits, strict=True)
            )
        return low, high

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, (Term(0, unit),))

    def kernels_for(self, options: Options) -> tuple[Kernel, Kernel]:
        """Forward and backward, where options choose between several."""
        return self.kernels

    def lower(self, node: Lowering) -> None:
        forward, backward = self.kernels_for(node.options)
        a = node.real(node.options[self.parameter] if self.parameter else 0.0)
        node.forward(forward, x_at=node.x[0], y_at=node.y, size=node.size, parameter=a)
        if node.training and node.dx[0] >= 0:
            v = node.x[0] if self.derivative_of == DerivativeOf.X else node.y
            node.backward(backward, v_at=v, dy_at=node.dy, dx_at=node.dx[0], size=node.size, parameter=a)
