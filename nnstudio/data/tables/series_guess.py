"""Whether the rows of a table are a time series, as far as they tell it themselves; a person may say else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from nnstudio.data.header import TARGET_WORDS, WORD
from nnstudio.data.tables.clock import clock_of, distances
from nnstudio.data.tables.description import Column, describe
from nnstudio.data.tables.settings import ColumnRole, ColumnType

if TYPE_CHECKING:
    import pandas as pd

# Fewer rows make hardly a window; more columns of numbers are rather what a row is like.
FEWEST_ROWS, MOST_NUMBERS = 30, 6
# Numbers of so few values may be classes or codes.
MOST_CODES = 6


def why_series(frame: pd.DataFrame, targets: Collection[str]) -> str:
    """Why the rows are a series, and how to take them as a table, in a sentence; "" where they are none.

    They are one where all of this holds: there are 30 or more; one column holds dates, all different, that
    only rise or only fall, at even distances (of 20, one may differ); all others are numbers, up to six, each
    of more than six values; of several, none is called like a target. ``targets`` are columns that a person
    named. Columns without values, and those that number the rows, do not count.
    """
    if len(frame) < FEWEST_ROWS or len(frame.columns) > MOST_NUMBERS + 2:
        return ""
    clock = clock_of(frame)
    if clock is None:
        return ""
    name, dates = clock
    others = [c for c in describe(frame, {}, ()) if c.name != name and not _tells_nothing(c)]
    numbers = [c.name for c in others]
    if not _are_measured(others) or not set(targets) <= set(numbers):
        return ""
    if len(numbers) > 1 and not targets and any(map(_is_called_a_target, numbers)):
        return ""
    if not dates.is_unique or dates.isna().any():
        return ""
    apart = distances(dates.sort_values())
    if not (dates.is_monotonic_increasing or dates.is_monotonic_decreasing) or not apart.are_even:
        return ""
    rest = f"the only other column, '{numbers[0]}', holds" if len(numbers) == 1 else "all others hold"
    return (
        f"Taken as a time series, since the dates of '{name}' are {apart.usual} apart and {rest} numbers: a "
        "value is predicted from those before it. To predict it from other columns of its own row, take the "
        "file as a table (on the command line: --kind table)."
    )


def _tells_nothing(column: Column) -> bool:
    """Whether it is empty, or numbers the rows."""
    numbers_rows = column.type == ColumnType.NUMBER and column.role == ColumnRole.LEFT_OUT
    return numbers_rows or not column.values


def _are_measured(columns: Sequence[Column]) -> bool:
    return 0 < len(columns) <= MOST_NUMBERS and all(
        column.type == ColumnType.NUMBER and column.values > MOST_CODES for column in columns
    )


def _is_called_a_target(name: str) -> bool:
    return bool(TARGET_WORDS & set(WORD.findall(name.lower())))
