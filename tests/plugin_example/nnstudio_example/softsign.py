"""Softsign: a cousin of tanh that approaches its limits slowly."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import device
from nnkernels.ops.elementwise import DerivativeOf, Elementwise, pair
from nnkernels.spec import Arrays, NamedArrays, Options, layers
from nnkernels.vector.vmath import cast


@device
def softsign(x, a):
    # Through 1 / |x| where x is large: infinity by infinity would be NaN.
    one, size = cast(1.0, x), abs(x)
    share = size / (one + size) if size < 1 else one / (one + one / size)
    return -share if x < 0 else share


@device
def softsign_slope(y, a):
    # Of the output: 1 - |y| is 1 / (1 + |x|).
    rest = cast(1.0, y) - abs(y)
    return rest * rest


@layers.register
class Softsign(Elementwise):
    """``x / (1 + |x|)``, as PyTorch's Softsign."""

    id = "example_softsign"
    title = "Softsign"
    formula = "y = x / (1 + |x|)"
    order = 43
    help = "Squeezes every value between -1 and 1, more gently than Tanh."
    synonyms = ("activation", "sigmoid")
    keeps_order = True
    saturates = True
    limits = (-1.0, 1.0)
    derivative_of = DerivativeOf.Y
    kernels = pair("example_softsign", softsign, softsign_slope)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = inputs[0] / (1 + np.abs(inputs[0]))
        return y
