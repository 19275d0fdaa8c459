"""Of which values one number of a layer's answer is made: for showing the arithmetic, not for computing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = tuple[int, ...]
# How an answer is made of its terms: added, multiplied, the largest is taken, or the layer's formula.
Rule = Literal["sum", "product", "largest", "formula"]


@dataclass(frozen=True)
class Term:
    """A value that goes in: of input ``port`` at ``place``, times ``scale`` and a trained value, if any."""

    port: int
    place: Place
    weight: tuple[str, Place] | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Terms:
    """All that one number is made of; ``offset`` is a trained value that is added."""

    rule: Rule
    terms: tuple[Term, ...]
    offset: tuple[str, Place] | None = None
