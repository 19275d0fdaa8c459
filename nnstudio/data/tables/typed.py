"""Columns whose values have types already, as a table of text would have them.

Dates become texts of the standard, times of day minutes; texts that stand for a missing value are missing.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.cells import MISSING, ReadColumn, read_column
from nnstudio.data.columns import text_columns
from nnstudio.data.dataset import DataError
from nnstudio.data.dialect import FEWEST_JUDGED, JUDGED, JUDGED_CELLS, MAX_COLUMNS, Dialect
from nnstudio.data.header import target_of, told_names, unique_names
from nnstudio.data.number_marks import core, decimal_mark, thousands_mark
from nnstudio.data.table_reader import NOT_AVAILABLE, Table, names_of, with_codes
from nnstudio.data.tables.marks import listed_marks
from nnstudio.data.tables.source import ReadTable
from nnstudio.data.written import Written

if TYPE_CHECKING:
    import pandas as pd

ABSENT = frozenset(MISSING)
USUAL = ABSENT | {NOT_AVAILABLE}
# A float64 tells all whole numbers up to here apart.
EXACT = 2**53
MINUTE = datetime.timedelta(minutes=1)
NAMED = 3
# Of names to choose from.
MOST_CHOICES = 30


def typed_table(
    path: Path, cells: Sequence[tuple[str, Iterable[object]]], text: str, notes: Iterable[str] = (),
    has_names: bool = True, kept_marks: str = "",
) -> ReadTable:  # fmt: skip
    """A table of columns, each a name, or "", and its values, which may be of any type.

    ``kept_marks``: texts that are values, though they usually stand for missing ones. Raises DataError where
    there is none, or too many.
    """
    import pandas as pd

    check_width(path, len(cells))
    told = list(notes)
    names = unique_names([name.strip() for name, _ in cells])
    if has_names:
        told += told_names([name.strip() for name, _ in cells], names)
    columns, seen, kept = {}, Counter[str](), frozenset(listed_marks(kept_marks))
    for name, (_, values) in zip(names, cells, strict=True):
        columns[name], of_column = _column(name, values, kept, seen)
        told += of_column
    frame = pd.DataFrame(columns).set_axis(names_of(names), axis=1)
    frame, codes = with_codes(frame) if NOT_AVAILABLE not in kept else (frame, ())
    units, as_written, guesses = {}, {}, [*codes]
    for name in text_columns(frame):
        read = _read_texts(path, frame[name], kept)
        told += read.notes
        guesses += read.guesses
        if read.unit:
            units[name] = read.unit
        if read.is_changed:
            as_written[name] = frame[name]
        if read.cells is not None:
            frame[name] = read.cells
    told += [guess.note for guess in codes]
    if not len(frame):
        raise DataError(f"'{path.name}' has no rows of data. Add a row for each sample.")
    target = names[target_of(names, start_of(frame))]
    table = Table(frame, tuple(told), Written(units=units, cells=as_written), tuple(guesses))
    return ReadTable(table, f"{text}, {len(names)} columns", target, has_names, seen)


def _read_texts(path: Path, cells: pd.Series, kept: frozenset[str]) -> ReadColumn:
    """Numbers of texts that hold some, as in a table of text, their marks judged by the column alone."""
    texts = [value for value in cells.head(JUDGED) if isinstance(value, str)]
    if not texts:
        return ReadColumn()
    numbers = [core(text) for text in texts]
    decimal, *_ = decimal_mark(numbers, "\t")
    thousands = thousands_mark(numbers, decimal)
    marks = Dialect("utf-8", 0, "\t", True, decimal, thousands, (), "", 0, kept=kept)
    return read_column(path, cells, marks, is_text=True)


def check_width(path: Path, count: int) -> None:
    """Raise DataError for no columns, or too many."""
    if not count:
        raise DataError(f"'{path.name}' holds no table. Choose a file with a row for each sample.")
    if count > MAX_COLUMNS:
        raise DataError(
            f"'{path.name}' has {count:,} columns; at most {MAX_COLUMNS:,} can be used. If each "
            "sample is a column, transpose the table so that each sample is a row."
        )


def start_of(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """The rows that a guess is made of, as texts, "" where a value is missing; of many columns, fewer."""
    start = frame.head(max(FEWEST_JUDGED, min(JUDGED - 1, JUDGED_CELLS // max(frame.shape[1], 1))))
    columns = [_texts(start[name].tolist()) for name in start.columns]
    return list(zip(*columns, strict=True))


def _texts(values: Sequence[object]) -> list[str]:
    """Values as texts, "" for missing ones; whole numbers have no point."""
    present = [value for value in values if value is not None and value == value]
    are_whole = all(isinstance(value, float) and value.is_integer() for value in present)
    known = (value if value is not None and value == value else "" for value in values)
    return [str(int(value)) if are_whole and isinstance(value, float) else str(value) for value in known]


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """The first of them in quotation marks, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(f"'{name[:40]}'" for name in names[:most]) + more


def _column(
    name: str, given: Iterable[object], kept: frozenset[str], seen: Counter[str]
) -> tuple[pd.Series, list[str]]:
    """Its values as numbers, truth values or texts, NaN where one is missing; notes. What usually stands for
    a missing value is counted in ``seen``.
    """
    import pandas as pd

    if isinstance(given, np.ndarray) and given.dtype.kind in "iufb":
        seen[""] += int(np.isnan(given).sum())
        return pd.Series(given, name=name), []
    values = [_known(value) for value in given]
    seen.update("" if v is None else str(v) for v in values if v is None or v in USUAL)
    values = [None if value in ABSENT and value not in kept else value for value in values]
    notes: list[str] = []
    values = _dates_as_texts(name, values, notes)
    values = _times_as_minutes(name, values, notes)
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        return pd.Series(_numbers(values), name=name), notes
    if kinds == {bool} and None not in values:
        return pd.Series(np.array(values, bool), name=name), notes
    if not kinds:
        return pd.Series(np.full(len(values), np.nan), name=name), notes
    return pd.Series([np.nan if value is None else value for value in values], name=name), notes


def _numbers(values: Sequence[Any]) -> np.ndarray:
    """int64 or float64, or as they are where that would change long whole numbers."""
    present = [value for value in values if value is not None]
    if any(isinstance(value, int) and abs(value) > EXACT for value in present):
        array = np.empty(len(values), object)
        array[:] = [np.nan if value is None else value for value in values]
        is_whole = len(present) == len(values) and all(isinstance(value, int) for value in present)
        return array.astype(np.int64) if is_whole and max(map(abs, present)) < 2**63 else array
    if len(present) == len(values) and all(isinstance(value, int) for value in present):
        return np.array(values, np.int64)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _known(value: object) -> object:
    """A value of one of the types that are told apart here, None where it is missing."""
    reads = next((READS[kind] for kind in type(value).__mro__ if kind in READS), None)
    return reads(value) if reads else _text(str(value))


def _text(value: str) -> str:
    if not value.isascii():
        # Halves of pairs, which JSON can hold, cannot be saved.
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value.strip()


def _float(value: float) -> float | None:
    return None if math.isnan(value) else value


def _decimal(value: Decimal) -> object:
    if not value.is_finite():
        return _float(float(value))
    return int(value) if value == value.to_integral_value() and abs(value) > EXACT else float(value)


READS: Mapping[type, Callable[[Any], object]] = {
    type(None): lambda value: None,
    str: _text,
    bool: bool,
    int: int,
    float: _float,
    Decimal: _decimal,
    np.generic: lambda value: _known(value.item()),
    datetime.datetime: lambda value: None if value != value else value,
    datetime.date: lambda value: datetime.datetime(value.year, value.month, value.day),
    datetime.time: lambda value: value,
    datetime.timedelta: lambda value: None if value != value else value,
}


def _dates_as_texts(name: str, values: Sequence[object], notes: list[str]) -> list[object]:
    """Dates as texts of the standard, with the time of day where one has some."""
    dates = [value for value in values if isinstance(value, datetime.datetime)]
    if not dates:
        return list(values)
    if any(date.tzinfo for date in dates):
        notes.append(f"Times of '{name}' are in UTC.")
        dates = [date.astimezone(datetime.UTC) if date.tzinfo else date for date in dates]
    if any(date.microsecond for date in dates):
        notes.append(f"Fractions of seconds in '{name}' are left out.")
    has_times = any(date.hour or date.minute or date.second for date in dates)
    length = len("2000-01-01 00:00:00" if has_times else "2000-01-01")
    texts = iter(date.isoformat(" ")[:length] for date in dates)
    return [next(texts) if isinstance(value, datetime.datetime) else value for value in values]


def _times_as_minutes(name: str, values: Sequence[object], notes: list[str]) -> list[object]:
    kinds: Sequence[tuple[type, Callable[[Any], float], str]] = (
        (datetime.time, _minutes_of_day, "times, taken as minutes since midnight"),
        (datetime.timedelta, lambda value: value / MINUTE, "durations, taken as minutes"),
    )
    for kind, minutes, what in kinds:
        first = next((value for value in values if isinstance(value, kind)), None)
        if first is not None:
            values = [minutes(value) if isinstance(value, kind) else value for value in values]
            notes.append(f"'{name}' holds {what}: {first} is {minutes(first):.6g}.")
    return list(values)


def _minutes_of_day(value: datetime.time) -> float:
    return value.hour * 60 + value.minute + (value.second + value.microsecond / 1e6) / 60
