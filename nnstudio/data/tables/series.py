"""The rows of a table in the order of time; must not know how the file was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.columns import as_numbers, check_numbers, check_range
from nnstudio.data.dataset import DataError, Split
from nnstudio.data.table_reader import Table
from nnstudio.data.tables.clock import clock_of, distances
from nnstudio.data.tables.dataset import without_marks
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.marks import Mark
from nnstudio.data.tables.names import rename
from nnstudio.data.tables.remarks import sentinel
from nnstudio.data.tables.settings import no_such_column

if TYPE_CHECKING:
    import pandas as pd

BETWEEN = ";"
# Names that are listed in a sentence.
NAMED = 4


@dataclass(frozen=True, eq=False)
class Series:
    """A series in the order of time.

    Attributes:
        values: (rows, inputs), float64; ``target`` (rows, targets) is what is predicted. Missing ones are
            NaN.
        names: of the inputs; ``columns`` are the predicted ones.
        seasons: rows after which the same time may come again, by the dates.
        times: the date of each row as in the file; empty where no column holds dates.
        clock: the column of those dates, or "".
        rows: the number of each row in the file, from 1.
        breaks: rows before which some are missing, by their dates.
        notes: what was sorted, filled or odd.
    """

    values: np.ndarray
    target: np.ndarray
    names: tuple[str, ...]
    columns: tuple[str, ...]
    seasons: tuple[int, ...]
    times: tuple[str, ...]
    clock: str
    notes: tuple[str, ...]
    rows: np.ndarray
    breaks: np.ndarray

    def call(self, row: int) -> str:
        """What a row is called, by its number in the file and its date."""
        date = f" ({self.times[row]})" if self.times and self.times[row] else ""
        return f"data row {self.rows[row]:,}{date}"


@dataclass(frozen=True, eq=False)
class SeriesLook:
    """A series to look at, with its windows.

    Attributes:
        text: how the file is written, in words.
        window: rows that enter; the predicted value stands ``horizon`` rows after the last of them.
        parts: the first rows of the windows for training, validation and testing, each in the order of time;
            all empty where there are too few rows.
        known: names of all columns of the table.
        marks: what stands for missing values, or might.
    """

    text: str
    series: Series
    window: int
    horizon: int
    parts: tuple[np.ndarray, np.ndarray, np.ndarray]
    known: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()

    def starts(self) -> np.ndarray:
        """The first rows of all windows, in the order of time."""
        return np.concatenate(self.parts)

    def predicted(self, start: int) -> int:
        """The row whose value the window that begins at a row predicts."""
        return start + self.window + self.horizon - 1

    def spans(self) -> dict[Split, tuple[int, int]]:
        """The first and the last row predicted in each part that has windows."""
        return {
            split: (self.predicted(int(part[0])), self.predicted(int(part[-1])))
            for split, part in zip(Split, self.parts, strict=True)
            if len(part)
        }

    def time(self, row: int) -> str:
        """What a row is called: its date, else its number."""
        return (self.series.times[row] if self.series.times else "") or f"row {row + 1:,}"

    def line(self, column: str) -> np.ndarray:
        """The values of a column, (rows,), float64, NaN where one is missing."""
        series = self.series
        if column in series.columns:
            values: np.ndarray = series.target[:, series.columns.index(column)]
        else:
            values = series.values[:, series.names.index(column)]
        return values


def read_series(
    path: Path, read: Table, columns: str, inputs: str, marks: str = "", interpolates: bool = False
) -> Series:
    """The series of a table; ``columns`` and ``inputs`` name those predicted, and those that enter, with
    semicolons between. ``marks`` stand for missing values; ``interpolates``: these are taken from the line
    between their neighbours, and rows that are not there are passed over. Raises DataError.
    """
    frame = without_marks(read.frame, marks)
    if not len(frame):
        raise DataError(f"'{path.name}' has no rows of data.")
    known = tuple(map(str, frame.columns))
    predicted = names_in(columns, known) or (last_of_numbers(frame),)
    names = names_in(inputs, known) or predicted
    for name in (*predicted, *names):
        if name not in known:
            raise DataError(no_such_column(name, known, path.name))
    used = frame[list(dict.fromkeys((*names, *predicted)))]
    check_numbers(path, used, can_choose=False)
    notes = [*filter(None, (sentinel(str(name), used[name]) for name in used.columns))]
    frame, clock, seasons, breaks = _in_order(frame, interpolates, notes)
    rest = [name for name in known if name not in used.columns and name != clock]
    if rest:
        notes.append(
            f"Only the past of {_quoted(names)} enters, not that of {_quoted(rest)}; Inputs can name more."
        )
    numbers = {name: _numbers(path, frame[name], interpolates, notes) for name in used.columns}
    values, target = (np.stack([numbers[name] for name in chosen], 1) for chosen in (names, predicted))
    times = tuple(texts_of(frame[clock]).fillna("")) if clock else ()
    rows = frame.index.to_numpy(np.int64) + 1
    told = (*read.notes, *notes)
    return Series(values, target, names, predicted, seasons, times, clock, told, rows, breaks)


def names_in(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Names of columns with semicolons between, each once; one of the table may itself hold some."""
    if text in known:
        return (text,)
    return tuple(dict.fromkeys(name.strip() for name in text.split(BETWEEN) if name.strip()))


def rename_in_series(options: Mapping[str, Any], column: str, new: str) -> dict[str, Any]:
    """What changes in the options of a series where a column gets another name, see `names.rename`.

    Raises DataError.
    """
    changed = {"names": rename(options, column, new)["names"]}
    for option in ("column", "inputs"):
        names = names_in(str(options.get(option, "")), (column,))
        changed[option] = f"{BETWEEN} ".join(new if name == column else name for name in names)
    return changed


def last_of_numbers(frame: pd.DataFrame) -> str:
    """The last column with numbers alone. Raises DataError."""
    for name in reversed(frame.columns):
        present = frame[name].dropna()
        if len(present) and not np.isnan(as_numbers(present)).any():
            return str(name)
    raise DataError("No column holds numbers alone, so there is nothing to predict. Check the decimal mark.")


def _quoted(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + more


def _in_order(
    frame: pd.DataFrame, passes_over: bool, notes: list[str]
) -> tuple[pd.DataFrame, str, tuple[int, ...], np.ndarray]:
    """The rows in the order of their dates, if a column holds some; its name, possible seasons, and the rows
    before which some are missing, none where they are passed over. What was done is added to notes.
    """
    nowhere = np.zeros(0, np.int64)
    clock = clock_of(frame)
    if clock is None:
        return frame, "", (), nowhere
    name, dates = clock
    if not dates.is_monotonic_increasing:
        dates = dates.sort_values(kind="stable")
        frame = frame.loc[dates.index]
        notes.append(f"The rows are sorted by '{name}'.")
    apart = distances(dates)
    if len(apart.steps) and not apart.are_even:
        notes.append(f"The dates of '{name}' are not at even distances; each row counts as one step.")
    breaks = apart.breaks
    if len(breaks) and passes_over:
        notes.append(
            f"There are {len(breaks):,} gaps between the dates of '{name}'; each row counts as one step."
        )
    return frame, name, apart.seasons, nowhere if passes_over else breaks


def _numbers(path: Path, cells: pd.Series, interpolates: bool, notes: list[str]) -> np.ndarray:
    """Numbers, NaN where one is missing; interpolated, those on the line between their neighbours, with a
    note. Raises DataError.
    """
    numbers = as_numbers(cells)
    missing = np.isnan(numbers)
    if missing.all():
        raise DataError(f"Column '{cells.name}' of '{path.name}' holds no numbers.")
    present = numbers[~missing][:, None]
    check_range(path, present, [str(cells.name)], cells.index[~missing])
    if missing.any() and interpolates:
        at = np.arange(len(numbers))
        numbers = np.where(missing, np.interp(at, at[~missing], numbers[~missing]), numbers)
        ends = ", at an end from the nearest one" if missing[0] or missing[-1] else ""
        notes.append(
            f"{int(missing.sum()):,} missing values of '{cells.name}' are taken from the line between their "
            f"neighbours{ends}."
        )
    return numbers
