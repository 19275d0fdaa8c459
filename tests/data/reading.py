"""A small awkward file with its right reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """A table as it is written, and what is right to read.

    Attributes:
        text: the file; bytes where the encoding matters.
        columns: their names.
        first: the values of the first row of data, None for a missing one.
        types: the type of each column by its first letter: number, category, date.
        notes: words that must be said, with the data or in the sentence on how the file is written; where
            there are none, nothing may be said of how it was read.
        target: the column that is predicted.
        rows: how many rows of data.
        delimiter, decimal, header: how it is written.
        new: rows without a target to predict, and the inputs that they must become; None for none.
        problem: words of the sentence because of which nothing can be learned, or "".
    """

    name: str
    text: str | bytes
    columns: tuple[str, ...]
    first: tuple[object, ...]
    types: str
    notes: tuple[str, ...] = ()
    target: str = "y"
    rows: int = 8
    delimiter: str = ","
    decimal: str = "."
    header: bool = True
    new: str | bytes | None = None
    inputs: Sequence[Sequence[float]] = ()
    problem: str = ""
    options: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def lines(*rows: str, end: str = "\n") -> str:
    return end.join((*rows, ""))


def column(cells: Sequence[str], mark: str = ",", head: str = "v") -> str:
    """A table of a column and a target of two classes."""
    return lines(
        f"{head}{mark}y", *(f"{cell}{mark}{'no' if i % 2 else 'yes'}" for i, cell in enumerate(cells))
    )
