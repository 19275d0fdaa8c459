"""Features of the playground, squares and sines: functions of each value as activations are."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import device
from nnkernels.ops.elementwise import Elementwise, pair
from nnkernels.spec import Arrays, NamedArrays, Options, layers
from nnkernels.vector.vmath import cast


@device
def square(x, a):
    return x * x


@device
def square_derivative(x, a):
    return x + x


@layers.register
class Square(Elementwise):
    """x * x, a feature in TensorFlow Playground."""

    id = "square"
    title = "Square"
    pytorch = "torch.square"
    formula = "y = x²"
    category = "Features"
    order = 60
    help = "Each value times itself: with it, a line can bend into a circle."
    synonyms = ("x squared", "power", "feature", "playground")
    limits = (0.0, math.inf)
    kernels = pair("square", square, square_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return inputs[0] ** 2


@device
def sine(x, a):
    return cast(math.sin(x), x)


@device
def sine_derivative(x, a):
    return cast(math.cos(x), x)


@layers.register
class Sine(Elementwise):
    """sin(x), a feature in TensorFlow Playground."""

    id = "sine"
    title = "Sine"
    pytorch = "torch.sin"
    formula = "y = sin(x)"
    category = "Features"
    order = 61
    help = "The sine of each value: stripes and waves."
    synonyms = ("sin", "wave", "feature", "playground")
    limits = (-1.0, 1.0)
    kernels = pair("sine", sine, sine_derivative)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.sin(inputs[0])
