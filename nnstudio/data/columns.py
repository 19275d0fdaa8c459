"""What the columns of a table become: numbers, one-hot columns or classes; must not know how it was read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.graph.network import read_columns
from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 100
# Between a column's name and the value that a one-hot input stands for.
ONE_HOT = " = "
# A column is numbers with a mistake in it, rather than text, from this share of numbers on.
MOSTLY_NUMBERS = 0.8
# A whole-number target with at most this many different values is taken as classes.
MAX_NUMBER_CLASSES = 20
# The squares of larger numbers, which a standard deviation sums, come near the limit of float64.
MAX_NUMBER = 1e140
# A float64 tells whole numbers apart up to here; where longer ones are all different, they are no quantity.
MAX_EXACT = 2.0**63


def as_numbers(column: pd.Series) -> np.ndarray:
    """The values as float64, NaN where one is not a number. Whole numbers may be of any length."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64)
    return np.array([_number(value) for value in column], np.float64)


def _number(value: object) -> float:
    text = str(value)
    try:
        # Python alone reads 1_000 as a number.
        return float("nan") if "_" in text else float(text)
    except ValueError:
        return float("nan")


def leave_rows(path: Path, table: pd.DataFrame, rows: str) -> pd.DataFrame:
    """The table without the rows that a text such as "1-3, 8" names; the others keep their numbers."""
    if not rows.strip():
        return table
    try:
        chosen = read_columns(rows, len(table), "values")
    except SpecError as error:
        raise DataError(
            f"Skip rows takes numbers such as 1-3, 8, up to the {len(table):,} rows of data in "
            f"'{path.name}'; received '{rows}'."
        ) from error
    left = table.drop(index=list(chosen if chosen is not None else table.index))
    # Without what stood between them, columns may be numbers.
    return left.infer_objects()


def check_numbers(path: Path, table: pd.DataFrame) -> None:
    """Raise DataError where a few texts stand in a column of numbers, such as in a row of totals."""
    import pandas as pd

    for name in table.columns:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            continue
        present = column[column.notna()]
        wrong = np.isnan(as_numbers(present))
        if wrong.any() and 1 - wrong.mean() >= MOSTLY_NUMBERS:
            rows = [int(row) + 1 for row in present.index[wrong]]
            first = str(present[wrong].iloc[0])[:40]
            skipped = ", ".join(map(str, rows[:20])) + (", ..." if len(rows) > 20 else "")
            raise DataError(
                f"Column '{name}' of '{path.name}' holds numbers, but '{first}' in data row {rows[0]:,} is "
                "not one. Correct it, check the decimal mark, or leave such rows out: set Skip rows to "
                f"{skipped} under Data, or on the command line --option skip_rows='{skipped}'."
            )


def encode(path: Path, table: pd.DataFrame) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Numbers as they are, text columns one-hot; names and notes. Raises DataError."""
    import pandas as pd

    blocks, names, notes = [], [], []
    for name in table.columns:
        column = table[name]
        numbers = as_numbers(column)
        if pd.api.types.is_numeric_dtype(column) or not np.isnan(numbers).any():
            if _are_identifiers(numbers, column):
                notes.append(
                    f"Column '{name}' is left out: its whole numbers are longer than 64 bits and all "
                    "different, so they name the rows."
                )
                continue
            blocks.append(numbers[:, None])
            names.append(str(name))
            continue
        values = sorted(column.astype(str).unique())
        if len(values) > MAX_CATEGORIES:
            notes.append(
                f"Column '{name}' is left out: it is text with {len(values):,} different values, and at "
                f"most {MAX_CATEGORIES} can be told apart."
            )
            continue
        blocks.append((column.astype(str).to_numpy()[:, None] == np.array(values)).astype(np.float64))
        names.extend(f"{name}{ONE_HOT}{value}" for value in values)
    if not blocks:
        raise DataError(f"'{path.name}' has no usable input column. {' '.join(notes)}")
    x = np.concatenate(blocks, 1)
    _check_range(path, x, names, table.index)
    return x, tuple(names), tuple(notes)


def _are_identifiers(numbers: np.ndarray, column: pd.Series) -> bool:
    """Whether they are whole numbers beyond 64 bits, no two of them the same."""
    texts = column.astype(str)
    long = np.abs(numbers) >= MAX_EXACT
    digits = texts.str.strip().str.lstrip("+-").str.isdigit()
    return bool(long.any() and digits.all() and texts.is_unique)


def _check_range(path: Path, values: np.ndarray, names: list[str], rows: pd.Index) -> None:
    for what, wrong in (("an infinite", ~np.isfinite(values)), ("too large a", np.abs(values) > MAX_NUMBER)):
        if wrong.any():
            row, at = np.argwhere(wrong)[0]
            raise DataError(
                f"Column '{names[at]}' of '{path.name}' holds {what} number "
                f"(data row {int(rows[row]) + 1:,}). Correct it, or leave the row out."
            )


def scaled(
    path: Path, values: np.ndarray, shift: np.ndarray | float, scale: np.ndarray | float
) -> np.ndarray:
    """(values - shift) / scale as float32. Raises DataError where that holds no number."""
    with np.errstate(over="ignore", invalid="ignore"):
        result = ((values - shift) / scale).astype(np.float32)
    if not np.isfinite(result).all():
        raise DataError(
            f"'{path.name}' holds numbers of such different sizes in one column that they cannot be "
            "standardised. Correct them, or leave the largest out."
        )
    return result


def read_target(path: Path, column: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class numbers and names for text or few whole numbers, else the numbers. Raises DataError."""
    if len(column) > 1 and column.nunique() == 1:
        raise DataError(
            f"The target '{column.name}' of '{path.name}' has a single value, '{column.iloc[0]}', so there "
            "is nothing to learn. Choose another target column."
        )
    values = as_numbers(column)
    if not np.isnan(values).any():
        _check_range(path, values[:, None], [str(column.name)], column.index)
        few = len(np.unique(values)) <= min(MAX_NUMBER_CLASSES, len(values) // 2)
        if not (few and (values == np.round(values)).all()):
            return values[:, None], ()
        names = np.unique(values)
        labels = tuple(f"{v:g}" for v in names)
        return np.searchsorted(names, values).astype(np.float64)[:, None], labels
    texts = column.astype(str).to_numpy()
    words = sorted(set(texts))
    if len(words) > MAX_CATEGORIES * 10:
        raise DataError(
            f"The target '{column.name}' is text with {len(words):,} different values; that is too many "
            "classes. Choose another target column."
        )
    lookup = {word: i for i, word in enumerate(words)}
    return np.array([[lookup[t]] for t in texts], np.float64), tuple(words)
