"""Functions of each value of a tensor, and bounds, as nnstudio's layers."""

from __future__ import annotations

import math
from typing import Any

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_values import Value

# Called alike here and there.
OF_VALUES = ("exp", "log", "sqrt", "reciprocal", "abs", "cos", "erf")
OF_TWO = ("maximum", "minimum")


def of_values(reader: ModuleReader, name: str, value: Value, exponent: float = 3.0) -> Value:
    """One of `OF_VALUES`, or "power" with its exponent."""
    options = {"function": name, **({"exponent": exponent} if name == "power" else {})}
    return reader.builder.each(name, "function", options, value)


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
