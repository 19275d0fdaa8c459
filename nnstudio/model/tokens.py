"""Inputs that are numbers of tokens, which mean nothing as quantities: an Embedding gives each a vector."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """Inputs that count the same tokens: one column of a table, or the steps of a text.

    Attributes:
        columns: positions of the inputs in a sample, from 0.
        size: how many different numbers there are, from 0.
    """

    columns: tuple[int, ...]
    size: int


def columns_of(groups: Collection[Tokens]) -> list[int]:
    """Positions of all inputs that are tokens."""
    return [column for group in groups for column in group.columns]


def as_text(columns: Collection[int]) -> str:
    """Positions from 0, in order, as `read_columns` takes them: "1-3, 7"."""
    spans: list[list[int]] = []
    for column in columns:
        if spans and column == spans[-1][1] + 1:
            spans[-1][1] = column
        else:
            spans.append([column, column])
    return ", ".join(f"{a + 1}" if a == b else f"{a + 1}-{b + 1}" for a, b in spans)
