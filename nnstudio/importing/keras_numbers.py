"""Keras operations of a value and a number."""

from __future__ import annotations

import math

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall, Part, line

# Functions of keras.ops that also take a number.
WITH_NUMBER = ("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum")


def line_arrays(channels: int, factor: float, shift: float) -> dict[str, np.ndarray]:
    """Of the BatchNorm of a line."""
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    return {"weight": ones * factor, "bias": zeros + shift, "running_mean": zeros, "running_var": ones}


def with_number(call: KerasCall) -> list[Part]:
    """One of `WITH_NUMBER`. Raises NotExpressible."""
    if len(call.shapes) != 1 or len(call.constants) != 1:
        raise NotExpressible("It takes more than a value and a number.")
    number, is_left = call.constants[0]
    if not isinstance(number, int | float) or not math.isfinite(number):
        raise NotExpressible(f"It takes {str(number)[:40]}, which is no number.")
    match call.kind:
        case "Add":
            return [line(1.0, number)]
        case "Subtract":
            return [line(-1.0, number) if is_left else line(1.0, -number)]
        case "Multiply":
            return [line(number, 0.0)]
        case "Maximum":
            return [Part("clamp", {"sides": "lower", "low": float(number)})]
        case "Minimum":
            return [Part("clamp", {"sides": "upper", "high": float(number)})]
    if is_left:
        return [Part("function", {"function": "reciprocal"}), line(number, 0.0, " times")]
    if number == 0:
        raise NotExpressible("It divides by 0.")
    return [line(1 / number, 0.0)]


__all__ = ["WITH_NUMBER", "line_arrays", "with_number"]
