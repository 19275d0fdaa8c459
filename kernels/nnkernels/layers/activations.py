"""Activation functions: the value and its derivative stand side by side, `elementwise` loops.

To add one: two devices, `value(x, a)` and `derivative(v, a)` with the option `a` if there is one, and a
class that names them and says in `derivative_of` by which value v the derivative is told. Constants must be
`cast` to the type of x.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from nnkernels.jit import Kernel, device
from nnkernels.ops.elementwise import DerivativeOf, Elementwise, pair
from nnkernels.spec import Arrays, Bounds, NamedArrays, Option, Options, Samples, Shapes, layers
from nnkernels.vector.vmath import cast, choose, erf, exp, expm1, log1p, sigmoid, tanh

# Comparisons are written so that NaN goes through instead of becoming 0.


@device
def relu(x, a):
    return choose(x < 0, cast(0.0, x), x)


@device
def relu_derivative(y, a):
    return cast(1.0, y) if y > 0 else cast(0.0, y)


@layers.register
class ReLU(Elementwise):
    """max(x, 0); the derivative at 0 is taken as 0, as PyTorch does."""

    id = "relu"
    title = "ReLU"
    pytorch = "nn.ReLU"
    formula = "y = max(x, 0)"
    order = 40
    help = "Keeps positive values and sets the rest to zero."
    synonyms = ("rectified linear", "activation", "nonlinearity")
    flat = True
    kinks = (0.0,)
    keeps_order = True
    derivative_of = DerivativeOf.Y
    rising = True
    limits = (0.0, math.inf)
    kernels = pair("relu", relu, relu_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.maximum(inputs[0], 0)


@device
def sigmoid_value(x, a):
    return sigmoid(x)


@device
def sigmoid_derivative(y, a):
    return y * (cast(1.0, y) - y)


@layers.register
class Sigmoid(Elementwise):
    """1 / (1 + e**-x)"""

    id = "sigmoid"
    title = "Sigmoid"
    pytorch = "nn.Sigmoid"
    saturates = True
    formula = "y = 1 / (1 + e⁻ˣ)"
    order = 41
    help = "Squeezes every value between 0 and 1, so that it can be read as a probability."
    synonyms = ("logistic", "activation", "probability")
    derivative_of = DerivativeOf.Y
    rising = True
    limits = (0.0, 1.0)
    kernels = pair("sigmoid", sigmoid_value, sigmoid_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return 1 / (1 + np.exp(-inputs[0]))


@device
def tanh_value(x, a):
    return tanh(x)


@device
def tanh_derivative(y, a):
    return cast(1.0, y) - y * y


@layers.register
class Tanh(Elementwise):
    """The hyperbolic tangent."""

    id = "tanh"
    title = "Tanh"
    pytorch = "nn.Tanh"
    saturates = True
    formula = "y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)"
    order = 42
    help = "Squeezes every value between -1 and 1."
    synonyms = ("hyperbolic tangent", "activation")
    derivative_of = DerivativeOf.Y
    rising = True
    limits = (-1.0, 1.0)
    kernels = pair("tanh", tanh_value, tanh_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.tanh(inputs[0])


@device
def leaky(x, a):
    return choose(x < 0, a * x, x)


@device
def leaky_derivative(x, a):
    return cast(1.0, x) if x > 0 else a


@layers.register
class LeakyReLU(Elementwise):
    """x, or slope * x where x is negative; the default slope is PyTorch's 0.01 (Keras: 0.3)."""

    id = "leaky_relu"
    title = "Leaky ReLU"
    pytorch = "nn.LeakyReLU"
    formula = "y = x for x > 0, else slope · x"
    order = 44
    help = "Like ReLU, but lets a small share of negative values through, so that no unit dies."
    synonyms = ("rectified linear", "activation")
    kinks = (0.0,)
    options = (Option("negative_slope", 0.01, "Slope on the negative side.", -10.0, 10.0),)
    samples = (({"negative_slope": 0.2}, ((5,),)), ({}, ((3, 2, 17),)))
    parameter = "negative_slope"
    kernels = pair("leaky", leaky, leaky_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.where(inputs[0] < 0, options["negative_slope"] * inputs[0], inputs[0])


@device
def elu(x, a):
    return choose(x < 0, a * expm1(x), x)


@device
def elu_derivative(y, a):
    return cast(1.0, y) if y > 0 else y + a


@layers.register
class ELU(Elementwise):
    """x, or alpha (e**x - 1) where x is negative (Clevert et al. 2016), as in PyTorch."""

    id = "elu"
    title = "ELU"
    pytorch = "nn.ELU"
    formula = "y = x for x > 0, else α · (eˣ − 1)"
    order = 45
    help = "Like ReLU with a soft negative side that levels off at -alpha."
    synonyms = ("exponential linear unit", "activation")
    kinks = (0.0,)
    options = (Option("alpha", 1.0, "Where the negative side levels off.", 0.0, 100.0),)
    samples = (({"alpha": 0.7}, ((5,),)), ({}, ((3, 2, 17),)))
    parameter = "alpha"
    derivative_of = DerivativeOf.Y
    kernels = pair("elu", elu, elu_derivative)

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        return -options["alpha"], math.inf

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.where(inputs[0] < 0, options["alpha"] * np.expm1(inputs[0]), inputs[0])


# Klambauer et al. 2017, appendix A; these values are in PyTorch and Keras too.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


@device
def selu(x, a):
    negative = cast(SELU_SCALE * SELU_ALPHA, x) * expm1(x)
    return choose(x < 0, negative, cast(SELU_SCALE, x) * x)


@device
def selu_derivative(y, a):
    return cast(SELU_SCALE, y) if y > 0 else y + cast(SELU_SCALE * SELU_ALPHA, y)


@layers.register
class SELU(Elementwise):
    """ELU with the constants that keep mean 0 and variance 1 from layer to layer."""

    id = "selu"
    title = "SELU"
    pytorch = "nn.SELU"
    formula = "y = λ · x for x > 0, else λ · α · (eˣ − 1)"
    order = 46
    help = "An ELU that keeps signals at mean 0 and variance 1 by itself."
    synonyms = ("self-normalising", "activation")
    kinks = (0.0,)
    derivative_of = DerivativeOf.Y
    rising = True
    limits = (-SELU_SCALE * SELU_ALPHA, math.inf)
    kernels = pair("selu", selu, selu_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        return SELU_SCALE * np.where(x < 0, SELU_ALPHA * np.expm1(x), x)


@device
def finite(x):
    """x, but no further from 0 than where factors like e**-|x| are 0: infinity times 0 would be NaN."""
    end = cast(800.0, x)
    x = choose(x < -end, -end, x)
    return choose(x > end, end, x)


@device
def above(x):
    """As `finite`, on the negative side only."""
    end = cast(-800.0, x)
    return choose(x < end, end, x)


@device
def gelu(x, a):
    return above(x) * (cast(0.5, x) * (cast(1.0, x) + erf(x * cast(math.sqrt(0.5), x))))


@device
def gelu_derivative(x, a):
    share = cast(0.5, x) * (cast(1.0, x) + erf(x * cast(math.sqrt(0.5), x)))
    return share + finite(x) * (exp(cast(-0.5, x) * x * x) * cast(1 / math.sqrt(2 * math.pi), x))


# Of the approximation by tanh: its argument is SLOPE (x + CUBE x³).
SLOPE, CUBE = math.sqrt(2 / math.pi), 0.044715


@device
def tanh_share(x):
    """(1 + tanh) / 2 as a sigmoid: a tanh in float32 ends short of -1."""
    return sigmoid(cast(2 * SLOPE, x) * (x + cast(CUBE, x) * x * x * x))


@device
def gelu_tanh(x, a):
    return above(x) * tanh_share(x)


@device
def gelu_tanh_derivative(x, a):
    # Beyond, the share is 1 or 0, and its derivative times a cube would be 0 times infinity.
    end, one = cast(20.0, x), cast(1.0, x)
    near = choose(x > end, end, choose(x < -end, -end, x))
    share = tanh_share(near)
    slope = cast(2 * SLOPE, x) * (one + cast(3 * CUBE, x) * near * near)
    return share + near * (share * (one - share)) * slope


@layers.register
class GELU(Elementwise):
    """x times the normal distribution function of x: exact as PyTorch's default, or with a tanh."""

    id = "gelu"
    title = "GELU"
    pytorch = "nn.GELU"
    formula = "y = x · Φ(x), Φ the normal distribution"
    order = 47
    help = "A smooth ReLU that transformers use."
    synonyms = ("gaussian error linear unit", "transformer", "activation", "gelu tanh")
    options = (
        Option("approximation", "none", "The formula that stands for Φ, if any.", choices=("none", "tanh")),
    )
    samples: ClassVar[Samples] = (*Elementwise.samples, ({"approximation": "tanh"}, ((3, 2, 17),)))
    kernels = pair("gelu", gelu, gelu_derivative)
    by_tanh: ClassVar[tuple[Kernel, Kernel]] = pair("gelu_tanh", gelu_tanh, gelu_tanh_derivative)

    def kernels_for(self, options: Options) -> tuple[Kernel, Kernel]:
        return self.by_tanh if options["approximation"] == "tanh" else self.kernels

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        if options["approximation"] == "tanh":
            approximated: np.ndarray = 0.5 * x * (1 + np.tanh(SLOPE * (x + CUBE * x**3)))
            return approximated
        y: np.ndarray = 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
        return y


@device
def silu(x, a):
    return above(x) * sigmoid(x)


@device
def silu_derivative(x, a):
    s = sigmoid(x)
    return s + finite(x) * (s * (cast(1.0, x) - s))


@layers.register
class SiLU(Elementwise):
    """x * sigmoid(x), also called swish."""

    id = "silu"
    title = "SiLU"
    pytorch = "nn.SiLU"
    formula = "y = x / (1 + e⁻ˣ)"
    order = 48
    help = "x times its sigmoid: a smooth ReLU, also known as swish."
    synonyms = ("swish", "activation")
    kernels = pair("silu", silu, silu_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = inputs[0] / (1 + np.exp(-inputs[0]))
        return y


@device
def softplus(x, a):
    # abs(a x) with x infinite is infinite too: a is above 0.
    return choose(x > 0, x, cast(0.0, x)) + log1p(exp(-abs(a * x))) / a


@device
def softplus_derivative(x, a):
    return sigmoid(a * x)


@layers.register
class Softplus(Elementwise):
    """log(1 + e**(beta x)) / beta, as PyTorch."""

    id = "softplus"
    title = "Softplus"
    pytorch = "nn.Softplus"
    formula = "y = ln(1 + exp(β x)) / β"
    order = 49
    help = "A ReLU without its corner; always positive."
    synonyms = ("smooth relu", "activation")
    options = (Option("beta", 1.0, "How sharp the bend is; the larger, the nearer to ReLU.", 0.01, 100.0),)
    parameter = "beta"
    samples: ClassVar[Samples] = (*Elementwise.samples, ({"beta": 3.0}, ((3, 2, 17),)))
    rising = True
    limits = (0.0, math.inf)
    kernels = pair("softplus", softplus, softplus_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y: np.ndarray = np.logaddexp(0, options["beta"] * inputs[0]) / options["beta"]
        return y


@device
def step(x, a):
    return cast(1.0, x) if x > 0 else (cast(0.0, x) if x <= 0 else x)


@device
def step_derivative(x, a):
    # The triangle of Bellec et al. 2018: the true derivative is 0 and would teach nothing.
    near = cast(1.0, x) - abs(x)
    return near if near > 0 else cast(0.0, x)


@layers.register
class Step(Elementwise):
    """1 above 0, else 0; backward uses the surrogate ``max(0, 1 - |x|)``, as spiking networks do."""

    id = "step"
    title = "Step"
    pytorch = "torch.heaviside"
    formula = "y = 1 for x > 0, else 0"
    order = 55
    help = "Yes or no: 1 above zero, else 0. Learns through a surrogate derivative near zero."
    synonyms = ("heaviside", "threshold", "binary", "perceptron", "activation")
    flat = True
    kinks = (0.0,)
    surrogate = True
    limits = (0.0, 1.0)
    kernels = pair("step", step, step_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return (inputs[0] > 0).astype(float)
