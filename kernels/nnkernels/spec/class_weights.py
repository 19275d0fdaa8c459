"""How much each class counts in a loss, as people write it; must not import numba."""

from __future__ import annotations

from nnkernels.spec.declared import SpecError
from nnkernels.spec.initialisers import list_numbers, read_values

BALANCED = "balanced"
TITLE = "Class weights"
# Weights count in proportion to each other; beyond this, the other classes are lost in float32.
LARGEST = 1e6


def check_class_weights(text: str) -> None:
    """Raise SpecError where a text gives no weights, of however many classes."""
    if text.strip() not in ("", BALANCED):
        _check(list_numbers(text, TITLE, LARGEST), text)


def read_class_weights(text: str, classes: int) -> tuple[float, ...]:
    """One weight, or one for each class. Raises SpecError with a sentence."""
    values = read_values(text or "1", (classes,), TITLE, LARGEST)
    _check(values, text)
    return values


def _check(weights: tuple[float, ...], text: str) -> None:
    if min(weights) < 0 or not any(weights):
        raise SpecError(f"Class weights must be 0 or above, and one of them above 0; received '{text}'.")
