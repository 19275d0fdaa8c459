"""Reads a table of text as its dialect says; what does not fit under its columns is named, not shifted."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nnstudio.data.columns import MOSTLY_NUMBERS
from nnstudio.data.dataset import DataError
from nnstudio.data.dialect import MAX_COLUMNS, Dialect, is_number
from nnstudio.data.large_tables import LARGE, is_plain, read_in_pieces
from nnstudio.data.text_encoding import encoding_of
from nnstudio.model.atomic_file import FileError, check_regular, read_regular

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
# Of a whole file.
MAX_BYTES = 2**32
# What stands for a value that is not there: pandas' own list but for NA, and some more.
MISSING = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NULL", "NaN", "None", "n/a", "nan", "null", "?", "-", "--",
]  # fmt: skip
# This does, too, but not among codes of two letters, such as those of countries.
NOT_AVAILABLE = "NA"
CODE = re.compile("[A-Z]{2}")
MOSTLY_CODES = 0.8
# What pandas says of a row that is longer than those before it.
LONGER_ROW = re.compile(r"Expected \d+ fields in line \d+, saw (\d+)")


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a file, its columns by their names, each of which occurs once; notes for a person."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def read_table(path: Path, dialect: Dialect) -> Table:
    """All rows of a file. Raises DataError."""
    frame = _guarded(path, lambda: _large(path, dialect))
    if frame is None:
        frame = _whole(path, dialect)
    frame, notes = _without_extra(frame, dialect)
    frame.columns = list(dialect.columns)
    frame, codes = with_codes(frame)
    notes += codes
    if dialect.decimal == "," or dialect.thousands:
        # Where a column holds a text too, its numbers are still as they were written.
        frame = frame.apply(lambda column: _with_points(path, column, dialect))
    return Table(frame.reset_index(drop=True), notes)


def _whole(path: Path, dialect: Dialect) -> pd.DataFrame:
    try:
        raw = read_regular(path, MAX_BYTES)
    except FileError as error:
        raise DataError(str(error)) from error
    return _guarded(path, lambda: _frame(raw, dialect))


def _large(path: Path, dialect: Dialect) -> pd.DataFrame | None:
    """A large table in pieces; None where it is none, or must be read as a whole."""
    import pandas as pd

    try:
        check_regular(path)
        if not LARGE < path.stat().st_size <= MAX_BYTES or not is_plain(path):
            return None
        width = max(dialect.width, len(dialect.columns))
        return read_in_pieces(path, _arguments(dialect, width, "utf-8"))
    except (FileError, OSError, pd.errors.ParserError):
        # Reading it as a whole says why, or finds a longer row.
        return None


def _guarded(path: Path, work: Callable[[], T]) -> T:
    # pandas raises whatever its parts raise; all of it means that this is no table.
    try:
        return work()
    except (ValueError, TypeError, LookupError, ArithmeticError, MemoryError, RuntimeError) as error:
        raise DataError(f"'{path.name}' is not a table: {error}. Check the delimiter.") from error


def _frame(raw: bytes, dialect: Dialect) -> pd.DataFrame:
    """As many columns as the longest row has, called 0, 1, ...; a shorter row lacks values."""
    import pandas as pd

    width = max(dialect.width, len(dialect.columns))
    # The start of a file may be ASCII, and the rest in another encoding.
    encoding = encoding_of(raw)
    while True:
        try:
            frame: pd.DataFrame = pd.read_csv(io.BytesIO(raw), **_arguments(dialect, width, encoding))
            return frame
        except pd.errors.EmptyDataError:
            return pd.DataFrame({i: [] for i in range(width)})
        except pd.errors.ParserError as error:
            longer = LONGER_ROW.search(str(error))
            if longer is None or not width < int(longer[1]) <= MAX_COLUMNS:
                raise
            width = int(longer[1])


def _arguments(dialect: Dialect, width: int, encoding: str) -> dict[str, Any]:
    """For pandas' ``read_csv``."""
    return {
        "sep": dialect.delimiter, "header": None, "names": list(range(width)),
        "skiprows": dialect.skipped_lines, "decimal": "." if dialect.thousands else dialect.decimal,
        "skipinitialspace": True, "na_values": MISSING, "keep_default_na": False,
        "encoding": encoding, "low_memory": False, "dtype": str if dialect.thousands else None,
    }  # fmt: skip


def _without_extra(frame: pd.DataFrame, dialect: Dialect) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Only what stands under a column; a note where that leaves values out. Delimiters alone are nothing."""
    count = len(dialect.columns)
    if len(frame.columns) == count:
        return frame, ()
    extra = frame.iloc[:, count:]
    filled = extra.notna()
    rows = int(filled.any(axis=1).sum())
    if not rows:
        return frame.iloc[:, :count].copy(), ()
    row = int(filled.any(axis=1).to_numpy().argmax())
    value = extra.iloc[row][filled.iloc[row]].iloc[0]
    where = "its header names" if dialect.header else "most of its rows have"
    note = (
        f"{rows:,} row{'s have' if rows > 1 else ' has'} more fields than the {count} that {where}; what is "
        f"beyond is left out, such as '{str(value)[:40]}' in data row {row + 1:,}."
    )
    return frame.iloc[:, :count].copy(), (note,)


def with_codes(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """NA is missing, but for columns in which it is a code; notes on those."""
    import pandas as pd

    notes = []
    for name in frame.columns:
        cells = frame[name]
        if pd.api.types.is_numeric_dtype(cells) or not (marked := cells == NOT_AVAILABLE).any():
            continue
        others = cells[~marked].dropna().unique()
        codes = sum(CODE.fullmatch(str(value)) is not None for value in others)
        if len(others) > 1 and codes >= MOSTLY_CODES * len(others):
            notes.append(
                f"'NA' in column '{name}' is taken for a code like '{others[0]}', not for a missing value "
                f"({int(marked.sum()):,} rows). If it is one, set Missing marks to NA."
            )
            continue
        without = cells.mask(marked)
        numbers = pd.to_numeric(without, errors="coerce")
        frame[name] = numbers if numbers.isna().equals(without.isna()) else without
    return frame, tuple(notes)


def _with_points(path: Path, column: pd.Series, dialect: Dialect) -> pd.Series:
    """The column as pandas would have it, had its numbers a point for a decimal mark and nothing else.

    Raises DataError where a column of numbers holds one with other marks: 1.500 might be 1500 or 1.5.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column
    texts = column.map(lambda value: value.strip() if isinstance(value, str) else value)
    fits = texts.map(lambda value: isinstance(value, str) and dialect.number.fullmatch(value) is not None)
    other = texts.map(lambda value: isinstance(value, str) and is_number(value)) & ~fits
    if other.any() and fits.sum() >= MOSTLY_NUMBERS * column.notna().sum():
        row = int(other.to_numpy().argmax())
        raise DataError(
            f"'{texts[row]}' in column '{column.name}' of '{path.name}' (data row {row + 1:,}) is written "
            f"unlike the other numbers, which have {dialect.marks}. Correct it, or choose the decimal mark "
            "under Data."
        )
    plain = texts.where(~fits, texts.map(lambda value: _with_point(value, dialect)))
    if not dialect.thousands:
        return plain
    # All columns were read as text.
    numbers = pd.to_numeric(plain, errors="coerce")
    return numbers if numbers.isna().equals(plain.isna()) else plain


def _with_point(value: object, dialect: Dialect) -> object:
    if not isinstance(value, str):
        return value
    text = value.replace(dialect.thousands, "") if dialect.thousands else value
    return text.replace(dialect.decimal, ".")
