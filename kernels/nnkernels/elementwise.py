"""Functions applied to each value: one loop serves them all, also over what it reads."""

from __future__ import annotations

from typing import ClassVar

from nnkernels.jit import Device, Kernel, kernel
from nnkernels.spec import Layer
from nnkernels.terms import Term, Terms
from nnkernels.vmath import real


def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    a = real(args[3], acts)
    x = acts[args[0] + lo * args[2] : args[0] + hi * args[2]]
    y = acts[args[1] + lo * args[2] : args[1] + hi * args[2]]
    if args[0] == args[1]:
        # The compiler must see that there is one array only, or it takes the values one by one.
        for i in range(y.size):
            y[i] = value(y[i], a)  # noqa: F821 - bound for each function
    else:
        for i in range(x.size):
            y[i] = value(x[i], a)  # noqa: F821


def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    a, n = real(args[4], acts), args[3]
    v = acts[args[0] + lo * n : args[0] + hi * n]
    dy = grads[args[1] + lo * n : args[1] + hi * n]
    dx = grads[args[2] + lo * n : args[2] + hi * n]
    if args[1] == args[2]:
        for i in range(dx.size):
            dx[i] *= slope(v[i], a)  # noqa: F821
    else:
        for i in range(dx.size):
            dx[i] = dy[i] * slope(v[i], a)  # noqa: F821


@kernel(in_place=(0, 1))
def pass_back(args, state, acts, grads, params, work, chunk, lo, hi):
    """dx = dy, of ``args[2]`` values each sample."""
    if args[0] != args[1]:
        n = args[2]
        grads[args[1] + lo * n : args[1] + hi * n] = grads[args[0] + lo * n : args[0] + hi * n]


def pair(name: str, value: Device, slope: Device) -> tuple[Kernel, Kernel]:
    """The kernels of one function."""
    label = f"_{name}"
    return (
        Kernel(forward, {"value": value}, label, in_place=(0, 1)),
        Kernel(backward, {"slope": slope}, label, in_place=(1, 2)),
    )


class Elementwise(Layer):
    """Base of the functions; any shape goes through.

    ``parameter`` names the option `a`; ``slope_of`` is "x" where the slope needs what went in, or "y" where
    what came out is enough, so that x may be written over.
    """

    category = "Activations"
    samples = (({}, ((5,),)), ({}, ((3, 2, 17),)))
    parameter: ClassVar[str] = ""
    slope_of: ClassVar[str] = "x"
    kernels: ClassVar[tuple[Kernel, Kernel]]

    def terms(self, options, inputs, unit):
        return Terms("formula", (Term(0, unit),))

    def lower(self, node):
        a = node.real(node.options[self.parameter] if self.parameter else 0.0)
        node.forward(self.kernels[0], node.x[0], node.y, node.size, a)
        if node.training and node.dx[0] >= 0:
            v = node.x[0] if self.slope_of == "x" else node.y
            node.backward(self.kernels[1], v, node.dy, node.dx[0], node.size, a)
