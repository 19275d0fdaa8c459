"""Reads a table of text as its dialect says; what does not fit under its columns is named, not shifted."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.cells import MISSING, read_column
from nnstudio.data.dataset import DataError
from nnstudio.data.dialect import MAX_COLUMNS, Dialect
from nnstudio.data.extra_rows import totals, without_repeats
from nnstudio.data.text_encoding import encoding_of
from nnstudio.model.atomic_file import FileError, read_regular

if TYPE_CHECKING:
    import pandas as pd

# Of a whole file.
MAX_BYTES = 2**32
# This stands for a missing value, too, but not among codes of two letters, such as those of countries.
NOT_AVAILABLE = "NA"
CODE = re.compile("[A-Z]{2}")
MOSTLY_CODES = 0.8
# Encodings in which every other byte of Latin text is zero.
SPACIOUS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32")
# Bytes that are searched at once, and a code at the very beginning.
SCANNED = 2**18
FIRST_CODE = re.compile(rb"(\xef\xbb\xbf)?0\d\d")
# What pandas says of a row that is longer than those before it.
LONGER_ROW = re.compile(r"Expected \d+ fields in line \d+, saw (\d+)")


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a file, its columns by their names, each of which occurs once; notes for a person."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def read_table(path: Path, dialect: Dialect) -> Table:
    """All rows of a file. Raises DataError."""
    try:
        raw = read_regular(path, MAX_BYTES)
    except FileError as error:
        raise DataError(str(error)) from error
    # The start of a file may be ASCII, and the rest in another encoding.
    encoding = encoding_of(raw)
    if encoding not in SPACIOUS and b"\0" in raw:
        raise DataError(f"'{path.name}' is not a text file. Save the table as CSV and choose that.")
    frame = _guarded(path, lambda: _frame_with_codes(raw, encoding, dialect))
    frame, notes = _without_extra(frame, dialect)
    frame.columns = frame.columns.__class__(dialect.columns)
    frame, repeated = without_repeats(frame, dialect)
    frame, codes = _with_codes(frame)
    told: list[str] = []
    for name in frame.columns:
        column, of_column = read_column(path, frame[name], dialect)
        told += of_column
        if column is not None:
            frame[name] = column
    notes = (*dialect.notes, *notes, *repeated, *codes, *told, *totals(frame))
    return Table(frame.reset_index(drop=True), notes)


def _guarded(path: Path, work: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    # pandas raises whatever its parts raise; all of it means that this is no table.
    try:
        return work()
    except (ValueError, TypeError, LookupError, ArithmeticError, MemoryError, RuntimeError) as error:
        raise DataError(f"'{path.name}' is not a table: {error}. Check the delimiter.") from error


def _frame(raw: bytes, encoding: str, dialect: Dialect, texts: Sequence[int] = ()) -> pd.DataFrame:
    """As many columns as the longest row has, called 0, 1, ...; a shorter row lacks values.

    ``texts``: only these columns, as texts.
    """
    import pandas as pd

    width = max(dialect.width, len(dialect.columns), *(at + 1 for at in texts))
    while True:
        try:
            return pd.read_csv(
                io.BytesIO(raw), sep=dialect.delimiter, header=None, names=list(range(width)),
                skiprows=dialect.skipped_lines, decimal="." if dialect.thousands else dialect.decimal,
                skipinitialspace=True, na_values=MISSING, keep_default_na=False,
                escapechar=dialect.escape or None, doublequote=not dialect.escape,
                encoding=encoding, low_memory=False, dtype=str if dialect.thousands or texts else None,
                usecols=list(texts) or None,
            )  # fmt: skip
        except pd.errors.EmptyDataError:
            return pd.DataFrame({i: [] for i in range(width)})
        except pd.errors.ParserError as error:
            longer = LONGER_ROW.search(str(error))
            if longer is None or not width < int(longer[1]) <= MAX_COLUMNS:
                raise
            width = int(longer[1])


def _frame_with_codes(raw: bytes, encoding: str, dialect: Dialect) -> pd.DataFrame:
    """All columns; those of codes such as 01234, which pandas takes for numbers, as they are written."""
    import pandas as pd

    frame = _frame(raw, encoding, dialect)
    if dialect.thousands or not _may_hold_leading_zeros(raw, encoding, dialect):
        return frame
    numeric = [at for at in range(frame.shape[1]) if pd.api.types.is_numeric_dtype(frame[at])]
    for at, cells in _frame(raw, encoding, dialect, numeric).items() if numeric else ():
        if cells.str.fullmatch(r"0\d{2,}\s*").any():
            frame[at] = cells
    return frame


def _may_hold_leading_zeros(raw: bytes, encoding: str, dialect: Dialect) -> bool:
    """Whether somewhere a 0 and two more digits begin a cell; parts of a large file are read in turn."""
    begins = np.zeros(256, bool)
    begins[list(f'{dialect.delimiter}\r\n" '.encode())] = True
    if encoding in SPACIOUS:
        raw = raw.decode(encoding, "replace").encode()
    if FIRST_CODE.match(raw):
        return True
    text = np.frombuffer(raw, np.uint8)
    for start in range(0, len(text), SCANNED):
        part = text[start : start + SCANNED + 3]
        # Bytes before that of 0 become large.
        digits = part - np.uint8(ord("0"))
        are = digits < 10
        at = np.flatnonzero((digits[1:-2] == 0) & are[2:-1] & are[3:] & ~are[:-3])
        if begins[part[at]].any():
            return True
    return False


def _without_extra(frame: pd.DataFrame, dialect: Dialect) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Only what stands under a column; a note where that leaves values out. Delimiters alone are nothing."""
    count = len(dialect.columns)
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


def _with_codes(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
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
