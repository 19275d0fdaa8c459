"""Activations, joins and layers that change how values lie."""

from __future__ import annotations

import itertools
import math

import numpy as np

from nnkernels.layers.activations import CUBE, SLOPE
from nnkernels.layers.clamp import bounds_of
from nnkernels.layers.rearrange import read_numbers
from nnkernels.spec.axes import read_axis
from nnstudio.export.channels_first import IDLE, TURN
from nnstudio.export.onnx.emitters import Emission, emits


@emits(*IDLE - {"identity", "output"}, options=None)
@emits("identity")
@emits("output", training="columns loss target trains weight")
def idle(e: Emission) -> str:
    return e.inputs[0]


@emits(TURN, options=None)
def turn(e: Emission) -> str:
    return e.end("Transpose", *e.inputs, perm=e.step.axes)


@emits("relu", "sigmoid", "tanh", "sine")
def one_node(e: Emission) -> str:
    kinds = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "sine": "Sin"}
    return e.end(kinds[e.step.kind], *e.inputs)


# By the names of our functions; Pow takes the exponent beside the value.
FUNCTIONS = {
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "reciprocal": "Reciprocal", "power": "Pow", "abs": "Abs",
    "cos": "Cos", "erf": "Erf",
}  # fmt: skip


@emits("function", options="function exponent")
def function(e: Emission) -> str:
    name = e.options["function"]
    exponent = [e.constant("exponent", e.options["exponent"])] if name == "power" else []
    return e.end(FUNCTIONS[name], *e.inputs, *exponent)


@emits("clamp", options="sides low high")
def clamp(e: Emission) -> str:
    low, high = (
        "" if math.isinf(bound) else e.constant(name, bound)
        for name, bound in zip(("low", "high"), bounds_of(e.options), strict=True)
    )
    return e.end("Clip", e.inputs[0], low, *([high] if high else []))


@emits("softplus", options="beta")
def softplus(e: Emission) -> str:
    beta = e.options["beta"]
    if beta == 1:
        return e.end("Softplus", *e.inputs)
    factor = e.constant("beta", beta)
    return e.end("Div", e.op("Softplus", e.op("Mul", e.inputs[0], factor)), factor)


@emits("softmax", "log_softmax", options="axis")
def softmax(e: Emission) -> str:
    kind = "LogSoftmax" if e.step.kind == "log_softmax" else "Softmax"
    return e.end(kind, *e.inputs, axis=_axis(e))


def _axis(e: Emission) -> int:
    """The axis that an option names; where channels come first, it is theirs."""
    return 1 if e.step.is_first else 1 + read_axis(e.options["axis"], e.step.shape)


@emits("leaky_relu", options="negative_slope")
def leaky_relu(e: Emission) -> str:
    return e.end("LeakyRelu", *e.inputs, alpha=e.options["negative_slope"])


@emits("elu", options="alpha")
def elu(e: Emission) -> str:
    return e.end("Elu", *e.inputs, alpha=e.options["alpha"])


@emits("selu")
def selu(e: Emission) -> str:
    return e.end("Selu", *e.inputs)


@emits("gelu", options="approximation")
def gelu(e: Emission) -> str:
    # Gelu itself came with opset 20.
    if e.options["approximation"] == "tanh":
        return _gelu_by_tanh(e)
    scaled = e.op("Mul", e.inputs[0], e.constant("scale", math.sqrt(0.5)))
    half = e.op("Mul", e.inputs[0], e.constant("half", 0.5))
    return e.end("Mul", half, e.op("Add", e.op("Erf", scaled), e.constant("one", 1.0)))


def _gelu_by_tanh(e: Emission) -> str:
    """x times (1 + tanh(s (x + c x³))) / 2, that being the sigmoid of 2 s (1 + c x²) x."""
    x = e.inputs[0]
    bent = e.op("Mul", e.op("Mul", x, x), e.constant("cube", 2 * SLOPE * CUBE))
    factor = e.op("Add", bent, e.constant("slope", 2 * SLOPE))
    return e.end("Mul", x, e.op("Sigmoid", e.op("Mul", x, factor)))


@emits("silu")
def silu(e: Emission) -> str:
    return e.end("Mul", e.inputs[0], e.op("Sigmoid", e.inputs[0]))


@emits("step")
def step(e: Emission) -> str:
    return e.end("Cast", e.op("Greater", e.inputs[0], e.constant("zero", 0.0)), to=1)


@emits("square")
def square(e: Emission) -> str:
    return e.end("Mul", e.inputs[0], e.inputs[0])


@emits("prelu", options="per_channel", training="start")
def prelu(e: Emission) -> str:
    slope = e.arrays["weight"]
    if e.step.is_first and slope.size > 1:
        # A slope is stretched from its last axis on.
        slope = slope.reshape(-1, *[1] * (len(e.step.shape) - 1))
    return e.end("PRelu", e.inputs[0], e.weight("weight", slope, str(slope.ndim)))


@emits("add")
def add(e: Emission) -> str:
    return e.end("Sum", *e.inputs)


@emits("average")
def average(e: Emission) -> str:
    return e.end("Mean", *e.inputs)


@emits("multiply", "subtract")
def pairwise(e: Emission) -> str:
    kind = "Mul" if e.step.kind == "multiply" else "Sub"
    value, *between, last = e.inputs
    for other in between:
        value = e.op(kind, value, other)
    return e.end(kind, value, last)


@emits("divide", "maximum", "minimum")
def of_two(e: Emission) -> str:
    return e.end({"divide": "Div", "maximum": "Max", "minimum": "Min"}[e.step.kind], *e.inputs)


@emits("concatenate", options="axis")
def concatenate(e: Emission) -> str:
    return e.end("Concat", *e.inputs, axis=_axis(e))


@emits("dot")
def dot(e: Emission) -> str:
    return e.end("ReduceSum", e.op("Mul", *e.inputs), e.whole("axis", -1), keepdims=1)


@emits("matmul")
def matmul(e: Emission) -> str:
    return e.end("MatMul", *e.inputs)


@emits("products")
def products(e: Emission) -> str:
    pairs = np.array(list(itertools.combinations(range(e.step.input_shapes[0][0]), 2)), np.int64)
    factors = [
        e.op("Gather", e.inputs[0], e.whole(name, *pairs[:, at].tolist()), axis=1)
        for at, name in enumerate(("left", "right"))
    ]
    return e.end("Mul", *factors)


@emits("flatten")
def flatten(e: Emission) -> str:
    return e.end("Flatten", *e.inputs, axis=1)


@emits("reshape", options="target")
def reshape(e: Emission) -> str:
    # 0 keeps an axis: that of the batch.
    return e.end("Reshape", e.inputs[0], e.whole("shape", 0, *e.step.shape))


@emits("permute", options="axes")
def permute(e: Emission) -> str:
    return e.end("Transpose", *e.inputs, perm=(0, *read_numbers(e.options["axes"], "Axes")))
