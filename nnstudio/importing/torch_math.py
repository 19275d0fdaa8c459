"""Functions of each value of a tensor, and bounds, as nnstudio's layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_values import Value

# Called alike here and there.
OF_VALUES = ("exp", "log", "sqrt", "reciprocal", "abs", "cos", "erf")
OF_TWO = ("maximum", "minimum")
COMPOSED = ("hardsigmoid", "hardswish", "mish", "softsign", "logsigmoid")
# Of a variance of 1, so small that it changes no float32 value.
EPSILON = 1e-10


def of_values(reader: ModuleReader, name: str, value: Value, exponent: float = 3.0) -> Value:
    """One of `OF_VALUES`, or "power" with its exponent."""
    options = {"function": name, **({"exponent": exponent} if name == "power" else {})}
    return reader.builder.each(name, "function", options, value)


def with_number(reader: ModuleReader, kind: str, value: Value, number: float, is_left: bool) -> Value:
    """A number added to each value, or each multiplied by it: a BatchNorm that is frozen. Raises
    NotExpressible.
    """
    builder = reader.builder
    shape = builder.torch_shape(value)
    if kind == "divide" and is_left:
        value = of_values(reader, "reciprocal", value)
        return value if number == 1 else with_number(reader, "multiply", value, number, True)
    factor, shift = {
        "add": (1.0, number),
        "subtract": (-1.0, number) if is_left else (1.0, -number),
        "multiply": (number, 0.0),
        "divide": (1 / number if number else math.inf, 0.0),
    }.get(kind, (math.nan, 0.0))
    if not (math.isfinite(factor) and math.isfinite(shift)):
        raise NotExpressible(f"No layer does this with the number {number:g}.")
    channels = (builder.nodes[value.node].shape or (1,))[-1]
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    arrays = {"weight": ones * factor, "bias": zeros + shift, "running_mean": zeros, "running_var": ones}
    options = {"epsilon": EPSILON, "momentum": 0.0, "frozen": True}
    node = builder.add(kind, "batchnorm", options, [value.node], arrays)
    builder.say(node, "A BatchNorm that is frozen has the number as its weight or bias.")
    return Value(node, shape, value.axes, value.flattened)


def composed(reader: ModuleReader, name: str, value: Value) -> Value:
    """One of `COMPOSED`, as layers. Raises NotExpressible."""
    builder = reader.builder

    def each(kind: str, of: Value, **options: float) -> Value:
        return builder.each(f"{name}.{kind}", kind, options, of)

    def times(factor: Value) -> Value:
        node = builder.add(name, "multiply", {}, [value.node, factor.node])
        return Value(node, value.shape, value.axes, value.flattened)

    match name:
        case "hardsigmoid" | "hardswish":
            line = with_number(reader, "add", with_number(reader, "divide", value, 6, False), 0.5, False)
            share = each("clamp", line, low=0.0, high=1.0)
            return share if name == "hardsigmoid" else times(share)
        case "mish":
            return times(each("tanh", each("softplus", value)))
        case "softsign":
            size = with_number(reader, "add", of_values(reader, "abs", value), 1, False)
            return times(of_values(reader, "reciprocal", size))
    turned = each("softplus", with_number(reader, "multiply", value, -1, False))
    return with_number(reader, "multiply", turned, -1, False)


def powered(reader: ModuleReader, value: Value, exponent: Any) -> Value:
    """A power by a number. Raises NotExpressible."""
    if not isinstance(exponent, int | float):
        raise NotExpressible("A power is read where the exponent is a number.")
    if exponent == 2:
        return reader.builder.each("square", "square", {}, value)
    return of_values(reader, "power", value, float(exponent))


def clamped(reader: ModuleReader, value: Value, low: Any, high: Any) -> Value:
    """Within bounds, None and infinity being none. Raises NotExpressible."""
    if not all(bound is None or isinstance(bound, int | float) for bound in (low, high)):
        raise NotExpressible("Limits are read where they are numbers.")
    is_low, is_high = (bound is not None and math.isfinite(bound) for bound in (low, high))
    if not is_low and not is_high:
        return value
    sides = "both" if is_low and is_high else "lower" if is_low else "upper"
    bounds = {"low": low} if is_low else {}
    bounds |= {"high": high} if is_high else {}
    return reader.builder.each("clamp", "clamp", {"sides": sides, **bounds}, value)
