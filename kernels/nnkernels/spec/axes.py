"""Axes of a sample by their numbers, counted from 1 as in Keras, where the batch is axis 0."""

from __future__ import annotations

from nnkernels.spec.declarations import Shape, show_shape
from nnkernels.spec.declared import SpecError

LAST = "last"


def check_axis(text: str) -> None:
    """Raise SpecError where a text names no axis, of whatever shape."""
    word = text.strip()
    if word.lower() != LAST and not (word.isascii() and word.isdigit() and int(word) > 0):
        raise SpecError(f"The axis must be 'last' or a number counted from 1, such as 2; received '{text}'.")


def read_axis(text: str, shape: Shape) -> int:
    """Position from 0 of the axis that an option names: "last", or its number from 1. Raises SpecError."""
    if text.strip().lower() == LAST:
        return len(shape) - 1
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= len(shape):
        raise SpecError(
            f"The axis must be 'last' or a number from 1 to {len(shape)} for {show_shape(shape)}; "
            f"received '{text}'."
        )
    return number - 1
