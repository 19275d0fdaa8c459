"""A file as people have it, and what it must be read as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reading:
    """The right reading of a file.

    Attributes:
        content: of the file.
        columns: names, with what each is: "number", "category", "date", or "left out".
        target: the column that is guessed.
        first: values of the first rows of some columns, as they must come out.
        says: words that must be told, each as a regular expression.
        rows: how many there are in the table.
    """

    content: bytes
    columns: dict[str, str]
    target: str
    first: dict[str, list[Any]] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    rows: int = 40


def table(
    line: Callable[[int], str],
    header: str = "",
    count: int = 40,
    end: str = "\n",
    encoding: str = "utf-8",
    before: str = "",
    after: str = "",
) -> bytes:
    """A file of so many lines, with what stands before the header and after the last row."""
    lines = [*([header] if header else []), *(line(i) for i in range(count))]
    return (before + end.join(lines) + end + after).encode(encoding)
