"""Columns of text that hold numbers in a form of their own, and rows of a table that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.cells import are_known, split_unit
from nnstudio.data.columns import MAX_EXACT, MOSTLY_NUMBERS
from nnstudio.data.lines import COMMENT

if TYPE_CHECKING:
    import pandas as pd

# So many different values tell whether a column holds numbers at all.
TRIED = 100


def is_text(column: pd.Series) -> bool:
    """Whether it was read as texts, perhaps with others among them."""
    import pandas as pd

    return not pd.api.types.is_numeric_dtype(column)


def as_numbers_if_all(column: pd.Series) -> pd.Series:
    """The column as numbers where all of its values are such, and of a size that is exact; else as it is."""
    import pandas as pd

    try:
        numbers = pd.to_numeric(column, errors="coerce")
        is_exact = not (numbers.abs() >= MAX_EXACT).any()
    except OverflowError:
        return column
    return numbers if is_exact and numbers.isna().equals(column.isna()) else column


def without_units(column: pd.Series) -> tuple[pd.Series, str]:
    """The numbers alone where each has the same unit, as texts, and a sentence on the unit.

    What is no number in a column of numbers stays as it is.
    """
    texts = [value for value in column.dropna().unique() if isinstance(value, str)]
    if not texts or _share(texts[:TRIED]) < MOSTLY_NUMBERS or _share(texts) < MOSTLY_NUMBERS:
        return column, ""
    split = {text: parts for text in texts if (parts := split_unit(text)) is not None}
    units = sorted({unit for _number, unit in split.values()})
    name = column.name
    if len(units) > 1:
        named = [unit for unit in units if unit]
        if not are_known(named):
            return column, ""
        without = " and without any" if "" in units else ""
        return column, (
            f"'{name}' holds numbers in several units ({', '.join(named)}{without}), so it is taken for a "
            "text. Write all of them in one unit to use it as a number."
        )
    plain = {text: number for text, (number, _unit) in split.items()}
    if all(text.strip() == number for text, number in plain.items()):
        return column, ""
    said = f"'{name}' is in {units[0]}." if units[0] else ""
    if any(text.strip().startswith("(") for text in split):
        said = f"{said} '{name}' has numbers in brackets, which are taken for negative ones.".strip()
    return column.map(lambda value: plain.get(value, value), na_action="ignore"), said


def _share(texts: list[str]) -> float:
    return sum(split_unit(text) is not None for text in texts) / len(texts)


def without_other_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table without comments and without its header where that occurs again; notes on both."""
    first = frame.iloc[:, 0]
    if not len(frame) or not is_text(first):
        return frame, ()
    notes = []
    comments = first.astype(object).map(lambda v: isinstance(v, str) and COMMENT.match(v) is not None)
    comments &= frame.iloc[:, 1:].isna().all(axis=1)
    headers = np.zeros(len(frame), bool)
    if all(is_text(frame[name]) for name in frame.columns):
        # One by one: pandas cannot compare texts with numbers of any length.
        headers = np.all([[value == name for value in frame[name]] for name in frame.columns], axis=0)
    if headers.any():
        row = int(headers.argmax()) + 1
        notes.append(
            f"The header stands in the table again, in {int(headers.sum()):,} rows (first in data row "
            f"{row:,}); they are left out."
        )
    commented = comments.to_numpy(bool) & (len(frame.columns) > 1)
    if commented.any():
        lines = "1 line is" if commented.sum() == 1 else f"{int(commented.sum()):,} lines are"
        notes.append(f"{lines} left out as a comment, such as '{str(first[commented].iloc[0])[:60]}'.")
    if not notes:
        return frame, ()
    left = frame[~(headers | commented)]
    return left.apply(lambda column: as_numbers_if_all(column) if is_text(column) else column), tuple(notes)
