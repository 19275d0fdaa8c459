"""Reads a table of text as its dialect says; what does not fit under its columns is named, not shifted."""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from nnstudio.data.cells import MISSING, read_column
from nnstudio.data.columns import number_blocks, text_columns
from nnstudio.data.dataset import DataError
from nnstudio.data.dialect import MAX_COLUMNS, Dialect
from nnstudio.data.extra_rows import totals, without_repeats
from nnstudio.data.large_tables import BLOCK, LARGE, blocks_of, is_plain, read_in_pieces
from nnstudio.data.tables.dates import names_date, run_together
from nnstudio.data.tables.guesses import Guess
from nnstudio.data.tables.settings import quoted
from nnstudio.data.text_encoding import decoded, encoding_of, odd_line
from nnstudio.data.written import Written
from nnstudio.model.atomic_file import FileError, check_regular, read_regular

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
# Of a whole file.
MAX_BYTES = 2**32
# This stands for a missing value, too, but not among codes of two letters, such as those of countries.
NOT_AVAILABLE = "NA"
CODE = re.compile("[A-Z]{2}")
MOSTLY_CODES = 0.8
MANY_COLUMNS = 1000
# From this share of so many rows on, whole numbers beyond the header are no slip: their commas are decimal.
MOSTLY_LONGER, FEWEST_LONGER = 0.8, 10
# Encodings in which every other byte of Latin text is zero.
SPACIOUS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32")
LINE_BREAKS = re.compile(rb"\r\n|\n|\r")
# What pandas says of a row that is longer than those before it.
LONGER_ROW = re.compile(r"Expected \d+ fields in line \d+, saw (\d+)")


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a file, its columns by names that occur once; notes, those of ``guesses`` among them."""

    frame: pd.DataFrame
    notes: tuple[str, ...]
    written: Written = field(default_factory=Written)
    guesses: tuple[Guess, ...] = ()


def read_table(path: Path, dialect: Dialect, texts: Collection[str] = ()) -> Table:
    """All rows of a file; columns among ``texts`` as they are written. Raises DataError."""
    frame = None if texts else _guarded(path, lambda: _large(path, dialect))
    if frame is None:
        frame = _whole(path, dialect, [at for at, name in enumerate(dialect.columns) if name in texts])
    return _understood(path, frame, dialect, texts)


def read_start(path: Path, dialect: Dialect, size: int) -> Table | None:
    """The rows within so many bytes of a file's start; None where bytes do not tell where a row ends. Raises
    DataError.
    """
    with path.open("rb") as file:
        raw = file.read(size)
    encoding = encoding_of(raw)
    if dialect.is_chosen or encoding in SPACIOUS:
        return None
    rows = raw[: raw.rfind(b"\n") + 1]
    frame = _guarded(path, lambda: _frame_with_codes(rows, encoding, dialect, ()))
    return _understood(path, frame, dialect, ())


def _understood(path: Path, frame: pd.DataFrame, dialect: Dialect, texts: Collection[str]) -> Table:
    """The columns of all rows with their names and types; those among ``texts`` stay as they are written."""
    frame, notes = _without_extra(path, frame, dialect)
    if frame.shape[1] > MANY_COLUMNS:
        # Columns of a type lie side by side in a copy, which whatever is asked of all of them needs.
        frame = frame.copy()
    frame.columns = names_of(dialect.columns)
    frame, repeated = without_repeats(frame, dialect)
    frame, codes = with_codes(frame) if NOT_AVAILABLE not in dialect.kept else (frame, ())
    told, guesses = [guess.note for guess in codes], [*codes]
    units: dict[str, str] = {}
    times: list[str] = []
    cells: dict[str, pd.Series] = {}
    for name in [name for name in text_columns(frame) if name not in texts]:
        read = read_column(path, frame[name], dialect)
        told += read.notes
        guesses += read.guesses
        if read.unit:
            units[name] = read.unit
        if read.are_times:
            times.append(name)
        if read.is_changed:
            cells[name] = frame[name].reset_index(drop=True)
        if read.cells is not None:
            frame[name] = read.cells
    dates = _with_dates(frame)
    told += [guess.note for guess in dates]
    notes = (*dialect.notes, *notes, *repeated, *told, *totals(frame))
    written = replace(dialect.written, units=units, cells=cells, times=tuple(times))
    return Table(frame.reset_index(drop=True), notes, written, (*guesses, *dates))


def count_marks(path: Path, dialect: Dialect, columns: Sequence[int]) -> dict[str, int]:
    """How many cells of some columns hold each of the texts that usually stand for a missing value. Raises
    DataError.
    """
    if not columns:
        return {}
    usual = {*MISSING, NOT_AVAILABLE}
    raw, encoding = _content(path, dialect)
    plain = replace(dialect, kept=frozenset(MISSING))
    frame = _guarded(path, lambda: _frame(raw, encoding, plain, columns))
    counts: dict[str, int] = {}
    for name in frame.columns:
        for cell, count in Counter(frame[name].tolist()).items():
            text = cell.strip() if isinstance(cell, str) else ""
            if text in usual:
                counts[text] = counts.get(text, 0) + count
    return counts


def may_hold_marks(frame: pd.DataFrame) -> list[int]:
    """The columns, from 0, in which a cell was written so, whatever became of it: a column of numbers without
    a gap holds none.
    """
    clear: set[Any] = set()
    for names, numbers in number_blocks(frame):
        lacks = np.isnan(numbers).any(0)
        clear |= {name for name, some in zip(names, lacks, strict=True) if not some}
    return [at for at, name in enumerate(frame.columns) if name not in clear]


def names_of(names: Sequence[str]) -> pd.Index[Any]:
    """Names of columns, kept as they are: pandas' own texts are slow to ask one by one."""
    import pandas as pd

    return pd.Index(list(names), dtype=object)


def _content(path: Path, dialect: Dialect) -> tuple[bytes, str]:
    """A whole file and its encoding; where a person chose that, in UTF-8 instead. Raises DataError."""
    try:
        raw = read_regular(path, MAX_BYTES)
    except FileError as error:
        raise DataError(str(error)) from error
    if dialect.is_chosen:
        # Bytes of some encodings look like delimiters.
        return decoded(raw, dialect.encoding, path.name).encode("utf-8", "replace"), "utf-8"
    # The start of a file may be ASCII, and the rest in another encoding.
    return raw, encoding_of(raw)


def _whole(path: Path, dialect: Dialect, texts: Sequence[int]) -> pd.DataFrame:
    raw, encoding = _content(path, dialect)
    if encoding not in SPACIOUS and b"\0" in raw:
        raise DataError(f"'{path.name}' is not a text file. Save the table as CSV and choose that.")
    if odd := odd_line(raw, encoding):
        raise DataError(
            f"'{path.name}' is written in UTF-8 but for line {odd[0]:,}, '{odd[1][:40]}', which would make "
            "wrong letters of all others. Correct that line, or save the table in UTF-8."
        )
    return _guarded(path, lambda: _frame_with_codes(raw, encoding, dialect, texts))


def _large(path: Path, dialect: Dialect) -> pd.DataFrame | None:
    """A large table in pieces; None where it is none, or must be read as a whole."""
    import pandas as pd

    try:
        check_regular(path)
        if not LARGE < path.stat().st_size <= MAX_BYTES or dialect.is_chosen:
            return None
        width = max(dialect.width, len(dialect.columns))
        # Most large files are plain: they are read while another core looks at every byte.
        with ThreadPoolExecutor(1, thread_name_prefix="nnstudio-look") as pool:
            in_one_go = pool.submit(_goes_in_one_go, path, dialect)
            frame = read_in_pieces(
                path, _arguments(dialect, width, "utf-8"), lambda: in_one_go.done() and in_one_go.result()
            )
            return None if in_one_go.result() else frame
    except (FileError, OSError, UnicodeDecodeError, pd.errors.ParserError):
        # Reading it as a whole says why, or finds a longer row.
        return None


def _goes_in_one_go(path: Path, dialect: Dialect) -> bool:
    """Whether something in the file would be misread in pieces."""
    if not is_plain(path) or (not dialect.thousands and _may_hold_codes(blocks_of(path), dialect)):
        return True
    with path.open("rb") as file:
        return bool(_behind_open_quotes(file.read(BLOCK), dialect, "utf-8"))


def _guarded(path: Path, work: Callable[[], T]) -> T:
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
            arguments = _arguments(dialect, width, encoding)
            if texts:
                arguments |= {"dtype": str, "usecols": list(texts)}
            file = io.BytesIO(raw)
            if behind := _behind_open_quotes(raw, dialect, encoding):
                arguments["skiprows"] = 0
                file.seek(behind)
            frame: pd.DataFrame = pd.read_csv(file, **arguments)
            return frame
        except pd.errors.EmptyDataError:
            return pd.DataFrame({i: [] for i in range(width)})
        except pd.errors.ParserError as error:
            longer = LONGER_ROW.search(str(error))
            if longer is None or not width < int(longer[1]) <= MAX_COLUMNS:
                raise
            width = int(longer[1])


def _behind_open_quotes(raw: bytes, dialect: Dialect, encoding: str) -> int:
    """Where the rows begin, if quotation marks before them stay open at the end of a line, such as in a name
    of a column that has two; else 0. pandas counts such lines as one, and would skip rows.
    """
    if encoding in SPACIOUS:
        return 0
    end, is_open, quote = 0, False, dialect.quote.encode(encoding)
    for line in islice(LINE_BREAKS.finditer(raw), dialect.skipped_lines):
        is_open |= raw.count(quote, end, line.start()) % 2 == 1
        end = line.end()
    return end if is_open else 0


def _arguments(dialect: Dialect, width: int, encoding: str) -> dict[str, Any]:
    """For pandas' ``read_csv``."""
    return {
        "sep": dialect.delimiter, "header": None, "names": list(range(width)),
        "skiprows": dialect.skipped_lines, "decimal": "." if dialect.thousands else dialect.decimal,
        "skipinitialspace": True, "keep_default_na": False,
        "na_values": [mark for mark in MISSING if mark not in dialect.kept],
        "escapechar": dialect.escape or None, "doublequote": not dialect.escape, "quotechar": dialect.quote,
        "encoding": encoding, "low_memory": False, "dtype": str if dialect.thousands else None,
    }  # fmt: skip


def _frame_with_codes(raw: bytes, encoding: str, dialect: Dialect, texts: Sequence[int]) -> pd.DataFrame:
    """All columns; those of codes such as 01234, which pandas takes for numbers, as they are written, and
    ``texts``, too.
    """
    import pandas as pd

    frame = _frame(raw, encoding, dialect)
    if dialect.thousands or not (texts or _may_hold_codes(_blocks(raw, encoding), dialect)):
        return frame
    numeric = [at for at in range(frame.shape[1]) if pd.api.types.is_numeric_dtype(frame[at])]
    for at, cells in _frame(raw, encoding, dialect, numeric).items() if numeric else ():
        if at in texts or cells.str.fullmatch(r"0\d{2,}\s*").any() or _are_parts(cells):
            frame[at] = cells
    return frame


def _are_parts(cells: pd.Series) -> bool:
    """Whether an E stands in some numbers, and in none a sign or a point, as in those of parts."""
    if not cells.str.fullmatch(r"\d+E\d+\s*").any():
        return False
    return not cells.str.contains(r"[-+.,]").any()


def _blocks(raw: bytes, encoding: str) -> Iterator[bytes]:
    """A file in pieces, so that each is searched within the caches."""
    if encoding in SPACIOUS:
        raw = raw.decode(encoding, "replace").encode()
    for start in range(0, len(raw), BLOCK):
        yield raw[start : start + BLOCK]


def _may_hold_codes(blocks: Iterable[bytes], dialect: Dialect) -> bool:
    """Whether somewhere a 0 and two more digits begin a cell, or one may be digits, an E and digits."""
    begins = np.zeros(256, bool)
    begins[list(f'{dialect.delimiter}\r\n" '.encode())] = True
    # What ends a block goes before the next one; the file begins as a line does.
    ending = b"\n"
    for block in blocks:
        if ending == b"\n":
            block = block.removeprefix(codecs.BOM_UTF8)
        part = np.frombuffer(ending + block, np.uint8)
        ending = bytes(part[-3:])
        # Bytes before that of 0 become large.
        digits = part - np.uint8(ord("0"))
        are = digits < 10
        at = np.flatnonzero((digits[1:-2] == 0) & are[2:-1] & are[3:] & ~are[:-3])
        if begins[part[at]].any():
            return True
        # Most tables have none, and one look is a tenth of the work.
        if b"E" in block and (are[:-2] & (part[1:-1] == ord("E")) & are[2:]).any():
            return True
    return False


def _without_extra(path: Path, frame: pd.DataFrame, dialect: Dialect) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Only what stands under a column; a note where that leaves values out. Delimiters alone are nothing.

    Raises DataError where decimal commas seem to divide numbers.
    """
    count = len(dialect.columns)
    if len(frame.columns) == count:
        return frame, ()
    extra = frame.iloc[:, count:]
    filled = extra.notna()
    rows = int(filled.any(axis=1).sum())
    if not rows:
        return frame.iloc[:, :count].copy(), ()
    row = int(filled.any(axis=1).to_numpy().argmax())
    if _are_divided(extra, rows, dialect):
        fields = ",".join(map(_shown, frame.iloc[row].dropna()))
        raise DataError(
            f"{rows:,} of the {len(frame):,} rows of '{path.name}' have more fields than the {count} that "
            f"its header names, such as {fields[:40]} in data row {row + 1:,}, and no number has a point. If "
            "the comma is the decimal mark, save the table with semicolons between the values; if not, name "
            "all columns in the header."
        )
    value = extra.iloc[row][filled.iloc[row]].iloc[0]
    where = "its header names" if dialect.header else "most of its rows have"
    note = (
        f"{rows:,} row{'s have' if rows > 1 else ' has'} more fields than the {count} that {where}; what is "
        f"beyond is left out, such as '{_shown(value)[:40]}' in data row {row + 1:,}."
    )
    return frame.iloc[:, :count].copy(), (note,)


def _shown(cell: object) -> str:
    # Beside gaps, pandas holds 9 as 9.0.
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _are_divided(extra: pd.DataFrame, rows: int, dialect: Dialect) -> bool:
    """Whether commas of numbers seem to have been taken for those between values: `8,44` is two fields."""
    if dialect.delimiter != "," or not dialect.header or dialect.tells_decimal:
        return False
    is_most = len(extra) >= FEWEST_LONGER and rows >= MOSTLY_LONGER * len(extra)
    return is_most and all(kind.kind in "iuf" for kind in extra.dtypes)


def _with_dates(frame: pd.DataFrame) -> list[Guess]:
    """Take numbers such as 20240131 for dates in the frame; notes on those."""
    guesses = []
    for name in frame.columns:
        if names_date(name) and (texts := run_together(frame[name])) is not None:
            frame[name] = texts
            note = (
                f"'{name}' holds whole numbers such as {texts.dropna().iloc[0]}, taken as dates: year, month "
                f"and day. If they are numbers, set Columns to {quoted(name)}: number."
            )
            guesses.append(Guess(name, note))
    return guesses


def with_codes(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Guess, ...]]:
    """NA is missing, but for columns in which it is a code; notes on those."""
    import pandas as pd

    guesses = []
    for name in text_columns(frame):
        cells = frame[name]
        if not (marked := cells == NOT_AVAILABLE).any():
            continue
        others = cells[~marked].dropna().unique()
        codes = sum(CODE.fullmatch(str(value)) is not None for value in others)
        if len(others) > 1 and codes >= MOSTLY_CODES * len(others):
            note = (
                f"'NA' in column '{name}' is taken for a code like '{others[0]}', not for a missing value "
                f"({int(marked.sum()):,} rows). If it is one, set Missing marks to NA."
            )
            guesses.append(Guess(name, note, True))
            continue
        without = cells.mask(marked)
        numbers = pd.to_numeric(without, errors="coerce")
        frame[name] = numbers if numbers.isna().equals(without.isna()) else without
    return frame, tuple(guesses)
