"""The rows of a table in the order of time, gaps filled; must not know how the file was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.columns import as_numbers, check_numbers, check_range
from nnstudio.data.dataset import DataError, Split
from nnstudio.data.table_reader import Table
from nnstudio.data.tables.dates import date_format, parsed
from nnstudio.data.tables.description import is_number
from nnstudio.data.tables.encoders import texts_of
from nnstudio.data.tables.names import rename
from nnstudio.data.tables.settings import no_such_column

if TYPE_CHECKING:
    import pandas as pd

# What the error of a forecast is measured against: the same time one season before, where one is known.
SEASONS = {"month": 12, "day": 7, "hour": 24}
BETWEEN = ";"


@dataclass(frozen=True, eq=False)
class Series:
    """A series in the order of time.

    Attributes:
        values: (rows, inputs), float64; ``target`` (rows, targets) is what is predicted.
        names: of the inputs; ``columns`` are the predicted ones.
        season: rows after which the same time comes again, 0 where that is not known.
        times: the date of each row as in the file; empty where no column holds dates.
        clock: the column of those dates, or "".
        notes: what was sorted, filled or odd.
    """

    values: np.ndarray
    target: np.ndarray
    names: tuple[str, ...]
    columns: tuple[str, ...]
    season: int
    times: tuple[str, ...]
    clock: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SeriesLook:
    """A series to look at, with its windows.

    Attributes:
        text: how the file is written, in words.
        window: rows that enter; the predicted value stands ``horizon`` rows after the last of them.
        parts: the first rows of the windows for training, validation and testing, each in the order of time;
            all empty where there are too few rows.
        known: names of all columns of the table.
    """

    text: str
    series: Series
    window: int
    horizon: int
    parts: tuple[np.ndarray, np.ndarray, np.ndarray]
    known: tuple[str, ...] = ()

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
        """The values of a column, (rows,), float64."""
        series = self.series
        if column in series.columns:
            values: np.ndarray = series.target[:, series.columns.index(column)]
        else:
            values = series.values[:, series.names.index(column)]
        return values


def read_series(path: Path, read: Table, columns: str, inputs: str) -> Series:
    """The series of a table; ``columns`` and ``inputs`` name those predicted, and those that enter, with
    semicolons between. Raises DataError.
    """
    frame = read.frame
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
    frame, clock, season, notes = _in_order(frame)
    numbers = {name: _filled(path, frame[name], notes) for name in used.columns}
    values, target = (np.stack([numbers[name] for name in chosen], 1) for chosen in (names, predicted))
    times = tuple(texts_of(frame[clock]).fillna("")) if clock else ()
    return Series(values, target, names, predicted, season, times, clock, (*read.notes, *notes))


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


def _in_order(frame: pd.DataFrame) -> tuple[pd.DataFrame, str, int, list[str]]:
    """The rows in the order of their dates, if a column holds some; its name, the season, and notes."""
    for name in frame.columns:
        written = None if is_number(frame[name]) else date_format(frame[name])
        if written is None:
            continue
        dates = parsed(frame[name], written.text)
        notes = []
        if not dates.is_monotonic_increasing:
            frame = frame.loc[dates.sort_values(kind="stable").index]
            notes.append(f"The rows are sorted by '{name}'.")
            dates = dates.loc[frame.index]
        gaps = dates.diff().dropna().dt.total_seconds() / 86_400
        usual = float(gaps.median()) if len(gaps) else 0.0
        long_gaps = int((gaps > 1.9 * usual).sum()) if usual > 0 else 0
        if long_gaps:
            notes.append(
                f"There are {long_gaps:,} gaps between the dates of '{name}'; each row counts as one step."
            )
        kind = "month" if 27 < usual < 32 else "day" if usual == 1 else "hour" if usual == 1 / 24 else ""
        return frame, str(name), SEASONS.get(kind, 0), notes
    return frame, "", 0, []


def _filled(path: Path, cells: pd.Series, notes: list[str]) -> np.ndarray:
    """Numbers, missing ones on the line between their neighbours; a note on them. Raises DataError."""
    numbers = as_numbers(cells)
    missing = np.isnan(numbers)
    if missing.all():
        raise DataError(f"Column '{cells.name}' of '{path.name}' holds no numbers.")
    if missing.any():
        at = np.arange(len(numbers))
        numbers = np.where(missing, np.interp(at, at[~missing], numbers[~missing]), numbers)
        notes.append(
            f"{int(missing.sum()):,} missing values of '{cells.name}' are taken from the line between their "
            "neighbours."
        )
    check_range(path, numbers[:, None], [str(cells.name)], cells.index)
    return numbers
