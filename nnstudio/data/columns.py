"""What the columns of a table become: numbers, one-hot columns or classes; must not know how it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnkernels.graph.network import column_spans, read_columns
from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError
from nnstudio.data.mapped import pieces
from nnstudio.data.tables.settings import quoted

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 100
# Values that are looked at together, of several columns.
BLOCK_CELLS = 1_000_000
# Between a column's name and the value that a one-hot input stands for.
ONE_HOT = " = "
# Between a value and the name that a class gets.
NAMED = " = "
# A column is numbers with a mistake in it, rather than text, from this share of numbers on.
MOSTLY_NUMBERS = 0.8
# A whole-number target with at most this many different values is taken as classes.
MAX_NUMBER_CLASSES = 20
# The squares of larger numbers, which a standard deviation sums, come near the limit of float64.
MAX_NUMBER = 1e140
# A float64 tells whole numbers apart up to here; where longer ones are all different, they are no quantity.
MAX_EXACT = 2.0**63


def text_columns(table: pd.DataFrame) -> list[Any]:
    """Names of the columns that were not read as numbers. To take each column out of a table to ask it takes
    long where there are many.
    """
    import pandas as pd

    dtypes = zip(table.columns, table.dtypes, strict=True)
    return [name for name, dtype in dtypes if not pd.api.types.is_numeric_dtype(dtype)]


def number_blocks(table: pd.DataFrame) -> Iterator[tuple[list[Any], np.ndarray]]:
    """Names of columns of numbers of one type, and their values (rows, columns), so many at a time.

    To take out each of thousands takes longer than what is done with it.
    """
    kinds: dict[np.dtype[Any], list[Any]] = {}
    for name, dtype in zip(table.columns, table.dtypes, strict=True):
        if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
            kinds.setdefault(dtype, []).append(name)
    step = max(1, BLOCK_CELLS // max(len(table), 1))
    for names in kinds.values():
        for start in range(0, len(names), step):
            some = names[start : start + step]
            yield some, table[some].to_numpy()


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


def read_skip_rows(text: str) -> None:
    """Raise DataError where a text names no rows, of however many."""
    try:
        column_spans(text)
    except SpecError as error:
        raise DataError(f"Skip rows takes numbers from 1 on such as 1-3, 8; received '{text}'.") from error


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


def check_numbers(path: Path, table: pd.DataFrame, can_choose: bool = True) -> None:
    """Raise DataError where a few texts stand in a column of numbers, such as in a row of totals.

    ``can_choose``: whether options say what becomes of them.
    """
    for name in text_columns(table):
        wrong = table[name][odd_texts(table[name])]
        if len(wrong):
            rows = [int(row) + 1 for row in wrong.index]
            first = str(wrong.iloc[0])[:40]
            is_none = f"; or, if that stands for a missing value, set Missing marks to {first}"
            remedies = _remedies(str(name), rows) if can_choose else is_none
            raise DataError(
                f"Column '{name}' of '{path.name}' holds numbers, but '{first}' in data row {rows[0]:,} is "
                f"not one. Correct it, or check the decimal mark{remedies}."
            )


def odd_texts(cells: pd.Series) -> np.ndarray:
    """Which rows hold a text among numbers (rows,), bool; none where most are no numbers."""
    wrong = np.zeros(len(cells), bool)
    present = cells.notna().to_numpy()
    if cells.dtype.kind in "iufb" or not present.any():
        return wrong
    wrong[present] = np.isnan(as_numbers(cells[present]))
    return wrong if 1 - wrong[present].mean() >= MOSTLY_NUMBERS else np.zeros(len(cells), bool)


def _remedies(name: str, rows: Sequence[int]) -> str:
    """What options make of a column of numbers in which some rows hold a text."""
    skipped = ", ".join(map(str, rows[:20])) + (", ..." if len(rows) > 20 else "")
    return (
        f"; or, under Data or with --option on the command line: take such values as missing "
        f"(columns='{quoted(name)}: number'), leave their rows out (skip_rows='{skipped}'), or take "
        f"the column as text (columns='{quoted(name)}: category')"
    )


def check_range(path: Path, values: np.ndarray, names: Sequence[str], rows: pd.Index) -> None:
    """Raise DataError where a number is infinite, or so large that its square is."""
    for piece in pieces(values):
        some = values[piece]
        for what, wrong in (("an infinite", ~np.isfinite(some)), ("too large a", np.abs(some) > MAX_NUMBER)):
            if wrong.any():
                row, at = np.argwhere(wrong)[0]
                raise DataError(
                    f"Column '{names[at]}' of '{path.name}' holds {what} number "
                    f"(data row {int(rows[piece][row]) + 1:,}). Correct it, or leave the row out."
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


def _is_constant(column: pd.Series) -> bool:
    import pandas as pd

    if isinstance(column.dtype, np.dtype) and pd.api.types.is_numeric_dtype(column):
        # To count the different ones of many takes several times their memory.
        numbers = column.to_numpy()
        return bool(numbers.min() == numbers.max()) or (
            bool(np.isnan(numbers).any()) and column.nunique() == 1
        )
    return column.nunique() == 1


def read_target(
    path: Path, column: pd.Series, task: str, order: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Targets (rows, 1): class numbers and names, or numbers and no names. Raises DataError.

    ``task`` is "classes", "number", or "guess": text or few whole numbers are classes. ``order`` is that of
    the classes, by default by size or the alphabet.
    """
    import pandas as pd

    if len(column) > 1 and _is_constant(column):
        raise DataError(
            f"The target '{column.name}' of '{path.name}' has a single value, '{column.iloc[0]}', so there "
            "is nothing to learn. Choose another target column."
        )
    values = as_numbers(column)
    wrong = np.isnan(values)
    if task == "number" and wrong.any():
        raise DataError(
            f"The target '{column.name}' of '{path.name}' is '{str(column[wrong].iloc[0])[:40]}' in data row "
            f"{int(column.index[wrong][0]) + 1:,}, which is not a number. Choose classes as the task, or "
            "correct it."
        )
    if not wrong.any():
        check_range(path, values[:, None], [str(column.name)], column.index)
        if task == "number" or (task == "guess" and not _are_few_whole(values)):
            return values[:, None], ()
        if pd.api.types.is_bool_dtype(column):
            return _as_classes(path, column, column.astype(str).to_numpy(), order, str)
        texts = np.array([f"{v:.15g}" for v in values], object)
        return _as_classes(path, column, texts, order, float)
    return _as_classes(path, column, column.astype(str).to_numpy(), order, str)


def _are_few_whole(values: np.ndarray) -> bool:
    if (values != np.round(values)).any():
        return False
    return len(np.unique(values)) <= min(MAX_NUMBER_CLASSES, len(values) // 2)


def _as_classes(
    path: Path,
    column: pd.Series,
    texts: np.ndarray,
    order: tuple[str, ...],
    key: Callable[[str], Any],
) -> tuple[np.ndarray, tuple[str, ...]]:
    words: list[str] = sorted(set(texts), key=key)
    names: tuple[str, ...] = ()
    if len(words) > MAX_CATEGORIES * 10:
        kind = "text" if key is str else "a number"
        raise DataError(
            f"The target '{column.name}' is {kind} with {len(words):,} different values; that is too many "
            "classes. Choose another target column."
        )
    if order:
        values = [value_of(entry) for entry in order]
        others = [word for word in words if word not in values]
        if others:
            raise DataError(f"The order of '{column.name}' does not name its value '{others[0]}'.")
        words, names = values, tuple(map(name_of, order))
    lookup = {word: i for i, word in enumerate(words)}
    return np.array([[lookup[t]] for t in texts], np.float64), names or tuple(words)


def value_of(entry: str) -> str:
    """The value in an entry of an order, such as "0 = no", or the whole of it."""
    return entry.partition(NAMED)[0].strip()


def name_of(entry: str) -> str:
    """The name in an entry of an order, or its value."""
    value, _mark, name = entry.partition(NAMED)
    return name.strip() or value.strip()
