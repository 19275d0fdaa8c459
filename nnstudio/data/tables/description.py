"""What a table holds, column by column: type and role, as guessed or as a person said."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.cells import CODE
from nnstudio.data.columns import MAX_CATEGORIES, MAX_EXACT, as_numbers, number_blocks
from nnstudio.data.tables.code_names import names_rows
from nnstudio.data.tables.dates import DateFormat, date_format
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.settings import (
    Coding,
    ColumnRole,
    ColumnSetting,
    ColumnType,
    Gaps,
    Scaling,
    Units,
    quoted,
)

if TYPE_CHECKING:
    import pandas as pd

# From so many on, columns are looked at by several threads.
MANY_ROWS = 100_000
# Fewer rows do not tell a name of rows from a quantity.
FEWEST_NAMED = 20
# So many categories get an Embedding unasked, where each has so many rows on average: of fewer, nothing is
# learned, as of names and of free text.
MOST_EMBEDDED, FEWEST_EACH = 5000, 2


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        is_guessed: whether its type is guessed.
        why: why it is left out, or what else a person should know of it; "" for nothing.
        values: how many different ones there are.
        format: how its dates are written, where it holds some.
        coding: how it enters where it is a category; None for other types.
        units: what a person said of the units of its numbers.
        rows: how many were counted, those with a missing value among them.
    """

    name: str
    type: ColumnType
    role: ColumnRole
    is_guessed: bool
    missing: int
    values: int
    why: str = ""
    scaling: Scaling = Scaling.STANDARDISE
    gaps: Gaps | None = None
    order: tuple[str, ...] = ()
    format: str = ""
    coding: Coding | None = None
    units: Units | None = None
    rows: int = 0


def describe(
    frame: pd.DataFrame, settings: Mapping[str, ColumnSetting], targets: Sequence[str], embeds: bool = True
) -> tuple[Column, ...]:
    """All columns in their order; ``targets`` are those to predict where the settings name none.

    ``embeds``: whether categories of many values enter as numbers for an Embedding where nothing is said.
    """
    named = [name for name, setting in settings.items() if setting.role == ColumnRole.TARGET]
    chosen = set(named or targets)

    at_once = _counted_at_once(frame) if len(frame) < MANY_ROWS else {}

    def of(name: str) -> Column:
        said = settings.get(str(name), ColumnSetting())
        if name in at_once and not _may_name_rows(len(frame), name, at_once[name][1]):
            return _column(str(name), None, len(frame), at_once[name], said, str(name) in chosen, embeds)
        column = frame[name]
        counts = at_once.get(name) or _counted_of(frame, column)
        return _column(str(name), column, len(frame), counts, said, str(name) in chosen, embeds)

    if len(frame) < MANY_ROWS:
        return tuple(map(of, frame.columns))
    # pandas counts different numbers without holding the interpreter.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return tuple(pool.map(of, frame.columns))


def _column(
    name: str, column: pd.Series | None, rows: int, counts: tuple[int, int], said: ColumnSetting,
    is_target: bool, embeds: bool,
) -> Column:  # fmt: skip
    """``column``: its cells; None for numbers that do not name the rows."""
    missing, values = counts
    dates = None
    if column is not None and not is_number(column) and said.type in (None, ColumnType.DATE):
        dates = date_format(column)
    kind = said.type or (ColumnType.DATE if dates else ColumnType.NUMBER if column is None else _type(column))
    role = said.role or (ColumnRole.TARGET if is_target else ColumnRole.INPUT)
    why = _remark(name, dates)
    coding = said.coding or (Coding.EMBEDDING if embeds and values > MAX_CATEGORIES else Coding.ONE_HOT)
    if role == ColumnRole.INPUT and said.role is None:
        reason = _why_left_out(column, kind, values, said.type is None)
        if kind == ColumnType.CATEGORY and values > MAX_CATEGORIES and not reason:
            reason = _why_too_many(name, coding, said.coding is not None, values, rows - missing)
        if reason:
            role, why = ColumnRole.LEFT_OUT, f"Column '{name}' is left out: {reason}"
    return Column(
        name, kind, role, said.type is None, missing, values, why, said.scaling or Scaling.STANDARDISE,
        said.gaps, said.order, dates.text if dates else "", coding if kind == ColumnType.CATEGORY else None,
        said.units, rows,
    )  # fmt: skip


def _counted_at_once(frame: pd.DataFrame) -> dict[Any, tuple[int, int]]:
    """How many values are missing, and how many different ones there are, of columns of numbers."""
    counts: dict[Any, tuple[int, int]] = {}
    for names, numbers in number_blocks(frame):
        # Missing ones come last.
        ordered = np.sort(numbers, axis=0)
        missing = np.isnan(ordered).sum(0)
        steps = ((ordered[1:] != ordered[:-1]) & ~np.isnan(ordered[1:])).sum(0)
        values = steps + (missing < len(ordered))
        counts |= {n: (int(m), int(v)) for n, m, v in zip(names, missing, values, strict=True)}
    return counts


def _counted_of(frame: pd.DataFrame, column: pd.Series) -> tuple[int, int]:
    from nnstudio.data.tables.packed_frame import PackedFrame

    kept = frame.kept(column.name) if isinstance(frame, PackedFrame) else None
    return _counted(column) if kept is None else kept.counted()


def _counted(column: pd.Series) -> tuple[int, int]:
    """How many values are missing, and how many different ones there are."""
    if not is_number(column):
        return int(column.isna().sum()), int(column.nunique())
    numbers = column.to_numpy()
    present = numbers[~np.isnan(numbers)] if numbers.dtype.kind == "f" else numbers
    if len(numbers) < MANY_ROWS:
        # Of few numbers pandas takes far longer.
        return len(numbers) - len(present), len(np.unique(present))
    # To sort many takes less memory and time than to hash them.
    present = np.sort(present)
    return len(numbers) - len(present), int((present[1:] != present[:-1]).sum()) + (len(present) > 0)


def is_number(column: pd.Series) -> bool:
    """Whether it was read as numbers."""
    if isinstance(column.dtype, np.dtype):
        return column.dtype.kind in "iufc"
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column)) and not pd.api.types.is_bool_dtype(column)


def _type(column: pd.Series) -> ColumnType:
    """A number where every value that is there is one."""
    if is_number(column):
        return ColumnType.NUMBER
    present = column[column.notna()]
    if any(isinstance(value, str) and CODE.fullmatch(value) for value in present):
        return ColumnType.CATEGORY
    numbers = as_numbers(present) if len(present) else np.zeros(0)
    is_all = len(numbers) > 0 and not np.isnan(numbers).any() and present.dtype != bool
    return ColumnType.NUMBER if is_all else ColumnType.CATEGORY


def _remark(name: str, dates: DateFormat | None) -> str:
    if dates is None:
        return ""
    if dates.text.endswith("%z"):
        return f"The times of '{name}' have time zones and are taken in UTC."
    if dates.is_sure:
        return ""
    first = "day" if dates.text.startswith("%d") else "month"
    return f"'{name}' holds dates that are read with the {first} first; no value tells which it is."


def _why_left_out(column: pd.Series | None, kind: ColumnType, values: int, is_guessed: bool) -> str:
    """Why a column is no input unless a person says so; "" where it is one."""
    if values == 0:
        return "it has no values."
    if column is None:
        return ""
    if kind == ColumnType.NUMBER and is_guessed and not is_number(column) and _are_long(column):
        return "its whole numbers are longer than 64 bits and all different, so they name the rows."
    if kind in (ColumnType.NUMBER, ColumnType.CATEGORY) and _names_rows(column, values):
        return "no value comes twice, and columns of such a name number the rows."
    return ""


def _why_too_many(name: str, coding: Coding, is_said: bool, values: int, present: int) -> str:
    """Why categories of so many values in so many rows are no input; "" where they are one."""
    mend = f"set Columns to {quoted(name)}: embedding."
    if coding == Coding.ONE_HOT:
        return (
            f"it has {values:,} different values, and at most {MAX_CATEGORIES} get an input each. To learn "
            f"from it all the same, {mend}"
        )
    if is_said:
        return ""
    if values * FEWEST_EACH > present:
        return (
            f"it is text with {values:,} different values in {present:,} rows, too few rows of each to learn "
            f"from, as with names and free text. If they are categories, {mend}"
        )
    if values > MOST_EMBEDDED:
        return (
            f"it is text with {values:,} different values, and more than {MOST_EMBEDDED:,} are not taken "
            f"unasked. To learn from it, {mend}"
        )
    return ""


def _are_long(column: pd.Series) -> bool:
    """Whether they are whole numbers beyond 64 bits, no two of them the same."""
    present = column.dropna()
    texts = texts_of(present)
    digits = texts.str.strip().str.lstrip("+-").str.isdigit()
    return bool((np.abs(as_numbers(present)) >= MAX_EXACT).any() and digits.all() and texts.is_unique)


def _may_name_rows(rows: int, name: object, values: int) -> bool:
    """Whether all values are different, below the name of a number of rows."""
    return FEWEST_NAMED <= rows <= values and names_rows(str(name))


def _names_rows(column: pd.Series, values: int) -> bool:
    if not _may_name_rows(len(column), column.name, values):
        return False
    if not is_number(column):
        return True
    numbers = column.to_numpy(np.float64)
    return bool((numbers == np.round(numbers)).all())
