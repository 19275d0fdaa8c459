"""Function: one of several mathematical functions, applied to each value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.spec import Arrays, Bounds, Layer, NamedArrays, Option, Options, Samples, Shapes, layers
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.vmath import cast, erf, exp, real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# Numbers by which kernels know the functions.
EXP, LOG, SQRT, RECIPROCAL, POWER, ABS, COS, ERF = range(8)
NUMBERS = {
    "exp": EXP, "log": LOG, "sqrt": SQRT, "reciprocal": RECIPROCAL, "power": POWER, "abs": ABS, "cos": COS,
    "erf": ERF,
}  # fmt: skip
FORMULAS = {
    "exp": "exp(x)", "log": "ln(x)", "sqrt": "√x", "reciprocal": "1 / x", "power": "x to the exponent",
    "abs": "|x|", "cos": "cos(x)", "erf": "erf(x)",
}  # fmt: skip
LIMITS: Mapping[str, Bounds] = {
    "exp": (0.0, math.inf), "sqrt": (0.0, math.inf), "abs": (0.0, math.inf), "cos": (-1.0, 1.0),
    "erf": (-1.0, 1.0),
}  # fmt: skip
REFERENCES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "reciprocal": np.reciprocal, "abs": np.abs, "cos": np.cos,
    "erf": np.vectorize(math.erf, otypes=[float]),
}  # fmt: skip


@device
def value(x, which, a):
    if which == EXP:
        return exp(x)
    if which == LOG:
        return cast(math.log(x), x)
    if which == SQRT:
        return cast(math.sqrt(x), x)
    if which == RECIPROCAL:
        return cast(1.0, x) / x
    if which == POWER:
        return cast(x**a, x)
    if which == ABS:
        return abs(x)
    return cast(math.cos(x), x) if which == COS else erf(x)


@device
def derivative(x, which, a):
    one = cast(1.0, x)
    if which == EXP:
        return exp(x)
    if which == LOG:
        return one / x
    if which == SQRT:
        return cast(0.5, x) / cast(math.sqrt(x), x)
    if which == RECIPROCAL:
        return -one / (x * x)
    if which == POWER:
        return a * cast(x ** (a - one), x)
    if which == ABS:
        return one if x > 0 else (-one if x < 0 else cast(0.0, x))
    if which == COS:
        return cast(-math.sin(x), x)
    return cast(2 / math.sqrt(math.pi), x) * exp(-x * x)


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, size, which, exponent):
    a = real(exponent, acts)
    for i in range(lo * size, hi * size):
        acts[y_at + i] = value(acts[x_at + i], which, a)


@kernel
def backward(state, acts, grads, params, work, chunk, lo, hi, x_at, dy_at, dx_at, size, which, exponent):
    a = real(exponent, acts)
    for i in range(lo * size, hi * size):
        grads[dx_at + i] = grads[dy_at + i] * derivative(acts[x_at + i], which, a)


@layers.register
class Function(Layer):
    """exp, log and others; where a function is not defined, it gives NaN or infinity, as in NumPy."""

    id = "function"
    title = "Function"
    formula = "y = f(x), value by value"
    category = "Features"
    order = 63
    help = "A function of each value: exp, log, square root, absolute value, cosine and others."
    synonyms = (
        "exp", "exponential", "log", "logarithm", "sqrt", "square root", "reciprocal", "inverse", "power",
        "abs", "absolute value", "cos", "cosine", "erf", "math", "feature",
    )  # fmt: skip
    options = (
        Option("function", "exp", "Which function; log is the natural one.", choices=tuple(NUMBERS)),
        Option("exponent", 3.0, "To which power.", -100.0, 100.0, when=("function", "power")),
    )
    shown = ("function",)
    kinks = (0.0,)
    # Those that are defined everywhere; others: test_functions.py.
    samples: ClassVar[Samples] = (
        ({}, ((5,),)),
        ({"function": "reciprocal"}, ((3, 2, 5),)),
        ({"function": "power"}, ((5,),)),
        ({"function": "abs"}, ((3, 7),)),
        ({"function": "cos"}, ((5,),)),
        ({"function": "erf"}, ((5,),)),
    )

    def formula_for(self, options: Options) -> str:
        return f"y = {FORMULAS[options['function']]}"

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        return LIMITS.get(options["function"], self.limits)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, (Term(0, unit),))

    def lower(self, node: Lowering) -> None:
        how = {"which": NUMBERS[node.options["function"]], "exponent": node.real(node.options["exponent"])}
        node.forward(forward, x_at=node.x[0], y_at=node.y, size=node.size, **how)
        if node.training and node.dx[0] >= 0:
            ends = {"x_at": node.x[0], "dy_at": node.dy, "dx_at": node.dx[0]}
            node.backward(backward, **ends, size=node.size, **how)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            if options["function"] == "power":
                y: np.ndarray = inputs[0] ** options["exponent"]
                return y
            return REFERENCES[options["function"]](inputs[0])
