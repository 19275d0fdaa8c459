"""A whole table to look at: what each column is and how its values spread, and the part of each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from nnstudio.data.columns import as_numbers, text_columns
from nnstudio.data.dataset import DataError
from nnstudio.data.progress import each
from nnstudio.data.table_reader import Table
from nnstudio.data.tables.dataset import prepare, without_marks
from nnstudio.data.tables.dates import parsed
from nnstudio.data.tables.declared import as_said, unit_offered
from nnstudio.data.tables.description import Column, describe
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.marks import Mark
from nnstudio.data.tables.options import EMBEDDED
from nnstudio.data.tables.settings import ColumnType, read_settings
from nnstudio.data.written import Written

if TYPE_CHECKING:
    import pandas as pd

# Bars of a small histogram, and values that have a bar of their own where they are texts.
BARS, BAR_VALUES = 24, 12
# So few texts are all named: "M … F" would look like a range.
LISTED = 3
# To count so many rows takes no time that anybody sees.
FEW_ROWS = 5000
# Whole numbers below this one have all their digits.
MOST_WHOLE = 1e15


class Part(StrEnum):
    """What becomes of a row."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
    LEFT_OUT = "left out"


@dataclass(frozen=True, eq=False)
class Spread:
    """How the values of a column spread.

    Attributes:
        bars: height of each bar, the highest is 1; empty where there is nothing to show.
        low, high: what the first and the last bar stand for, in words; of few texts, ``low`` names all.
    """

    bars: np.ndarray
    low: str = ""
    high: str = ""


class Spreads(Sequence[Spread]):
    """That of each column: of many rows ahead, as whoever shows them must not wait; of few once it is asked
    for, as of thousands of columns most are never seen.
    """

    def __init__(self, frame: pd.DataFrame, columns: Sequence[Column]) -> None:
        self._frame, self._columns = frame, columns
        self._known: dict[int, Spread] = {}
        if len(frame) > FEW_ROWS:
            self._known = {at: self._spread(at) for at in each(range(len(columns)))}

    def __len__(self) -> int:
        return len(self._columns)

    @overload
    def __getitem__(self, at: int) -> Spread: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Spread]: ...
    def __getitem__(self, at: int | slice) -> Spread | Sequence[Spread]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        if at not in self._known:
            self._known[at] = self._spread(at)
        return self._known[at]

    def _spread(self, at: int) -> Spread:
        column = self._columns[at]
        return spread(self._frame[column.name], column)


@dataclass(frozen=True, eq=False)
class TableLook:
    """A table as it was read.

    Attributes:
        text: how the file is written, in words.
        columns, spreads: one for each column of ``frame``.
        train, validation, test: rows of ``frame`` from 0, in the order of the samples of the data.
        classes: names of the target's classes, in their order; empty for numbers.
        marks: what stands for missing values, or might.
        lost: of each column in which values count as missing, which rows, (rows,), do so.
        units: of each column of texts whose numbers could be read without their unit, that.
        is_start: whether these are the first rows, and the others are still to be read.
        held: what others who look at a large file share, as long as somebody holds it.
        problem: why nothing can be learned from it as it is; "" where all is well.
    """

    text: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    spreads: Spreads
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    classes: tuple[str, ...] = ()
    problem: str = ""
    marks: tuple[Mark, ...] = ()
    lost: Mapping[str, np.ndarray] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    is_start: bool = False
    held: object = None

    def parts(self) -> np.ndarray:
        """The part of each row, as an index of `Part`, uint8."""
        parts = np.full(len(self.frame), list(Part).index(Part.LEFT_OUT), np.uint8)
        for part, rows in enumerate((self.train, self.validation, self.test)):
            parts[rows] = part
        return parts


def look_at(path: Path, read: Table, text: str, target: str, options: Mapping[str, Any]) -> TableLook:
    """A table as options say; where they cannot be, or nothing can be learned, ``problem`` says why.

    ``text``: how it is written; ``target`` is predicted where the options name no column.
    """
    target, frame = options["target"] or target, read.frame
    nothing = np.zeros(0, np.int64)
    parts = (nothing, nothing, nothing)
    classes: tuple[str, ...] = ()
    problem = ""
    try:
        prepared = prepare(path, read, target, options)
        columns, taken = prepared.rows.columns, prepared.said.frame
        rows = prepared.rows.frame.index.to_numpy(np.int64)
        parts = (rows[prepared.train], rows[prepared.validation], rows[prepared.test])
        classes = prepared.targets.classes
    except DataError as error:
        problem = str(error)
        embeds, settings = options["many_values"] == EMBEDDED, _readable(options["columns"])
        taken = as_said(without_marks(frame, options["missing_marks"]), settings, read.written).frame
        columns = describe(taken, settings, (target,), embeds)
    return TableLook(
        text, frame, columns, Spreads(taken, columns), *parts, classes, problem,
        lost=_lost(frame, taken, options), units=_units(frame, columns, read.written),
    )  # fmt: skip


def _lost(frame: pd.DataFrame, taken: pd.DataFrame, options: Mapping[str, Any]) -> Mapping[str, np.ndarray]:
    """Where there are values that count as missing, by columns that have some."""
    said = frame.columns if options["missing_marks"].strip() else _readable(options["columns"])
    rows, lost = taken.index.to_numpy(), {}
    for name in [name for name in said if name in taken]:
        here = np.zeros(len(frame), bool)
        here[rows] = taken[name].isna().to_numpy() & frame[name].notna().to_numpy()[rows]
        if here.any():
            lost[str(name)] = here
    return lost


def _units(frame: pd.DataFrame, columns: Sequence[Column], written: Written) -> Mapping[str, str]:
    """The unit of each column that is no number for it, or was not before a person said so."""
    texts, units = set(text_columns(frame)), {}
    for column in columns:
        if column.name not in texts or column.type not in (ColumnType.NUMBER, ColumnType.CATEGORY):
            continue
        if unit := unit_offered(frame[column.name], written.cells.get(column.name)):
            units[column.name] = unit
    return units


def _readable(text: str) -> Mapping[str, Any]:
    try:
        return read_settings(text)
    except DataError:
        return {}


def spread(cells: pd.Series, column: Column) -> Spread:
    """A small histogram of a column: of numbers and dates over their range, else the most frequent values."""
    if column.type == ColumnType.NUMBER:
        numbers = as_numbers(cells)
        return _of_numbers(numbers, _number)
    if column.type == ColumnType.DATE and column.format:
        dates = parsed(cells, column.format)
        days = dates.astype("datetime64[s]").astype("int64").to_numpy(np.float64)
        days[dates.isna().to_numpy()] = np.nan
        # As the cells are written; Python writes no zone where none is known, and pandas took them in UTC.
        written = column.format.removesuffix("%z").rstrip()
        return _of_numbers(days, lambda v: np.datetime64(int(v), "s").item().strftime(written))
    frequent = texts_of(cells).value_counts()
    total = len(frequent)
    frequent = frequent.iloc[:BAR_VALUES]
    counts, values = frequent.to_numpy(), frequent.index
    if not len(counts):
        return Spread(np.zeros(0))
    if len(values) <= LISTED:
        return Spread(counts / counts.max(), ", ".join(map(str, values)))
    # Texts have no range: dots between two of them would claim one.
    return Spread(counts / counts.max(), f"{total:,} values: {', '.join(map(str, values[:LISTED]))}, …")


def _number(value: float) -> str:
    """As the table has it: whole numbers with all their digits, none between thousands, of years too."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < MOST_WHOLE else f"{value:.6g}"


def _of_numbers(numbers: np.ndarray, words: Callable[[float], str]) -> Spread:
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return Spread(np.zeros(0))
    low, high = float(finite.min()), float(finite.max())
    if low == high or not np.isfinite(high - low):
        return Spread(np.ones(1), words(low), words(high) if high > low else "")
    counts, _edges = np.histogram(finite, BARS, (low, high))
    return Spread(counts / counts.max(), words(low), words(high))
