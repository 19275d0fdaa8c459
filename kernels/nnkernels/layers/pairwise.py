"""Divide, Maximum and Minimum: two branches of a network that meet value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import array_at
from nnkernels.ops.broadcasting import Broadcast, Runs, as_aligned, source_of
from nnkernels.spec import Arrays, NamedArrays, Options, Samples, Shape, Shapes, SpecError, layers
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnkernels.vector.vmath import cast

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# Numbers by which kernels know the functions.
DIVIDE, MAXIMUM, MINIMUM = range(3)


@device
def value(a, b, which):
    if which == DIVIDE:
        return a / b
    # NaN of either goes through.
    if which == MAXIMUM:
        return b if b > a or b != b else a
    return b if b < a or b != b else a


@device
def derivative_by_first(a, b, which):
    one, half, nothing = cast(1.0, a), cast(0.5, a), cast(0.0, a)
    if which == DIVIDE:
        return one / b
    if a == b:
        return half
    return one if (a > b) == (which == MAXIMUM) else nothing


@device
def derivative_by_second(a, b, which):
    if which == DIVIDE:
        return -a / (b * b)
    return cast(1.0, a) - derivative_by_first(a, b, which)


@kernel
def forward(
    state, acts, grads, params, work, chunk, lo, hi,
    a_at, a_size, a_step, a_source, b_at, b_size, b_step, b_source, y_at, run, runs, which,
):  # fmt: skip
    a_source, b_source = array_at(a_source, state), array_at(b_source, state)
    for n in range(lo, hi):
        for r in range(runs):
            a, b = a_at + n * a_size + a_source[r], b_at + n * b_size + b_source[r]
            y = y_at + (n * runs + r) * run
            for i in range(run):
                acts[y + i] = value(acts[a + i * a_step], acts[b + i * b_step], which)


@kernel
def backward(
    state, acts, grads, params, work, chunk, lo, hi,
    a_at, a_size, a_step, a_source, b_at, b_size, b_step, b_source, dy_at, run, runs, which,
    dx_at, is_second,
):  # fmt: skip
    """The gradient of one of both inputs, summed over what was repeated."""
    a_source, b_source = array_at(a_source, state), array_at(b_source, state)
    size, step = (b_size, b_step) if is_second else (a_size, a_step)
    grads[dx_at + lo * size : dx_at + hi * size] = 0
    for n in range(lo, hi):
        for r in range(runs):
            a, b = a_at + n * a_size + a_source[r], b_at + n * b_size + b_source[r]
            dx = dx_at + n * size + (b_source[r] if is_second else a_source[r])
            dy = dy_at + (n * runs + r) * run
            for i in range(run):
                first, second = acts[a + i * a_step], acts[b + i * b_step]
                if is_second:
                    slope = derivative_by_second(first, second, which)
                else:
                    slope = derivative_by_first(first, second, which)
                grads[dx + i * step] += grads[dy + i] * slope


class Pairwise(Broadcast):
    """Base of functions of two inputs; ``which`` is the number of its function."""

    which: ClassVar[int]
    samples: ClassVar[Samples] = (
        ({}, ((5,), (5,))),
        ({}, ((2, 3, 4), (1, 1, 4))),
        ({}, ((3, 1), (2, 1, 5))),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs) != 2:
            raise SpecError(f"{self.title} needs exactly two links, but has {len(inputs)}.")
        return super().shape(options, inputs)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        terms = (Term(e, source_of(shape, unit)) for e, shape in enumerate(inputs))
        return Terms(Rule.FORMULA, tuple(terms))

    def lower(self, node: Lowering) -> None:
        runs = Runs(node)
        shared = {**runs.of_output, "which": self.which}
        for name, x, how in zip("ab", node.x, runs.of_inputs, strict=True):
            shared |= {f"{name}_at": x, **{f"{name}_{key}": number for key, number in how.items()}}
        node.forward(forward, y_at=node.y, **shared)
        for e, dx in enumerate(node.dx):
            if node.training and dx >= 0:
                node.backward(backward, dy_at=node.dy, dx_at=dx, is_second=e, **shared)


@layers.register
class Divide(Pairwise):
    """The first input by the second; what is of length 1 is repeated."""

    id = "divide"
    title = "Divide"
    pytorch = "torch.div"
    glyph = "÷"
    formula = "y = x₁ / x₂"
    order = 56
    help = "The first branch divided by the second, value by value. Axes of length 1 are repeated."
    synonyms = ("ratio", "quotient", "normalise", "merge")
    kinks = (0.0,)
    which = DIVIDE

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        a, b = as_aligned(inputs)
        with np.errstate(divide="ignore", invalid="ignore"):
            y: np.ndarray = a / b
        return y


@layers.register
class Maximum(Pairwise):
    """The larger of two inputs; where they are equal, each gets half of the gradient, as in PyTorch."""

    id = "maximum"
    title = "Maximum"
    pytorch = "torch.maximum"
    glyph = "max"
    formula = "y = max(x₁, x₂)"
    order = 57
    help = "The larger of two branches, value by value. Axes of length 1 are repeated."
    synonyms = ("max", "larger", "merge", "maxout")
    which = MAXIMUM

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        a, b = as_aligned(inputs)
        y: np.ndarray = np.maximum(a, b)
        return y


@layers.register
class Minimum(Pairwise):
    """The smaller of two inputs; where they are equal, each gets half of the gradient, as in PyTorch."""

    id = "minimum"
    title = "Minimum"
    pytorch = "torch.minimum"
    glyph = "min"
    formula = "y = min(x₁, x₂)"
    order = 58
    help = "The smaller of two branches, value by value. Axes of length 1 are repeated."
    synonyms = ("min", "smaller", "merge")
    which = MINIMUM

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        a, b = as_aligned(inputs)
        y: np.ndarray = np.minimum(a, b)
        return y
