"""Of which values one number of a layer's output is made: for showing the arithmetic, not for computing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

Index = tuple[int, ...]


class Rule(StrEnum):
    """How a number comes of its terms: added, multiplied, the largest is taken, or by the layer's formula,
    which needs these values and no others.
    """

    SUM = auto()
    PRODUCT = auto()
    LARGEST = auto()
    FORMULA = auto()


@dataclass(frozen=True)
class Term:
    """A value that goes in: of input ``port`` at ``index``, times ``scale`` and a trained value, if any."""

    port: int
    index: Index
    weight: tuple[str, Index] | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Terms:
    """All that one number is made of; ``offset`` is a trained value that is added."""

    rule: Rule
    terms: tuple[Term, ...]
    offset: tuple[str, Index] | None = None


# Numbers of the output that a value goes into, each with its term; and each with its derivative by the value.
Uses = tuple[tuple[Index, Term], ...]
Gradients = tuple[tuple[Index, float], ...]


def row_terms(port: int, shape: tuple[int, ...], unit: Index) -> tuple[Term, ...]:
    """The values of an input of this shape that stand in a row with a number: the last axis."""
    return tuple(Term(port, (*unit[:-1], i)) for i in range(shape[-1]))


@dataclass(frozen=True)
class Account:
    """How one number comes about where others, which the layer makes on its way, stand before it.

    Attributes:
        columns: what the numbers of the rows are.
        rows: labels with numbers, None where a column has nothing to tell.
        value: the output.
    """

    formula: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    value: float
