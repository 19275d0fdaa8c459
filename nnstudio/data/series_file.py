"""A time series: windows of past values, and the value that follows some steps later.

The last part is the test part, never shuffled in: its windows may reach back into the training part, as they
would when a forecast is made, but all its targets come later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.columns import as_numbers, check_numbers, check_range, scaled
from nnstudio.data.csv_file import READING_OPTIONS, as_written
from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, Source, sources, standardise
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.data.storage import filled
from nnstudio.data.table_reader import read_table
from nnstudio.data.tables.dates import date_format, parsed
from nnstudio.data.tables.description import is_number
from nnstudio.data.tables.settings import no_such_column

if TYPE_CHECKING:
    import pandas as pd

WINDOW = 12
# What the error of a forecast is measured against: the same time one season before, where one is known.
SEASONS = {"month": 12, "day": 7, "hour": 24}
NAMED = 3


@dataclass(frozen=True, eq=False)
class _Series:
    """A series in the order of time.

    Attributes:
        values: (rows, inputs), float64; ``target`` (rows,) is what is predicted.
        names: of the inputs; ``column`` is the predicted one.
        season: rows after which the same time comes again, 0 where that is not known.
    """

    values: np.ndarray
    target: np.ndarray
    names: tuple[str, ...]
    column: str
    season: int
    notes: tuple[str, ...]


@sources.register
class SeriesFile(Source):
    """Windows (steps, inputs), standardised with the training part's mean, as is the target."""

    id = "series"
    title = "Time series"
    order = 24
    picks = Picks.FILE
    suffixes = (".csv", ".tsv", ".txt", ".data")
    target_option = "column"
    embeds = True
    help = "A table with a row for each time: from some rows, a later value is predicted."
    options = (
        *READING_OPTIONS,
        Option("column", "", "Column to predict; empty means the last one with numbers."),
        Option("inputs", "", "Columns that enter, such as a; b; empty means the predicted one alone."),
        Option("window", WINDOW, "Rows that enter.", 1, 10_000, unit="rows"),
        Option("horizon", 1, "How many rows later the predicted value stands.", 1, 10_000, unit="rows"),
        Option("step", 1, "Rows from one window to the next.", 1, 10_000, unit="rows"),
        Option("test_ratio", 0.2, "Share of the windows, the last ones, that is kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
    )

    def takes(self, path: Path) -> bool:
        """None by itself: a table may be a series or not, so a person chooses this."""
        return False

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose a table with a row for each time.")
        path = Path(options["path"])
        series = _read(path, options)
        window, horizon = options["window"], options["horizon"]
        starts = np.arange(0, len(series.target) - window - horizon + 1, options["step"])
        if len(starts) < 2:
            raise DataError(
                f"'{path.name}' has {len(series.target):,} rows; windows of {window:,} with the value "
                f"{horizon:,} later take at least {window + horizon + options['step']:,}. Choose a smaller "
                "window."
            )
        parts = [starts[part] for part in divide(SplitKind.IN_ORDER, len(starts), {**options, "seed": 0})]
        known = parts[0][-1] + window + horizon
        shift, scale = standardise(series.values[:known])
        y_shift, y_scale = standardise(series.target[:known, None])
        x = scaled(path, series.values, shift, scale)
        y = scaled(path, series.target[:, None], y_shift, y_scale)
        each_start = [(part, np.arange(len(part))) for part in parts]
        inputs = filled(each_start, lambda some: x[some[:, None] + np.arange(window)])
        ends = [part + window + horizon - 1 for part in parts]
        shape = (window, len(series.names))
        features = tuple(f"{n} {window - 1 - i} before" for i in range(window) for n in series.names)
        notes = (*series.notes, *_naive(series, ends[2], horizon), *_split_note(len(ends[2])))
        return Dataset(
            path.stem, inputs[0], y[ends[0]], inputs[2], y[ends[2]], (), features,
            (series.column,), np.broadcast_to(shift, shape).copy(), np.broadcast_to(scale, shape).copy(),
            y_shift, y_scale, notes, x_validation=inputs[1], y_validation=y[ends[1]],
        )  # fmt: skip

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        seen = sources["csv"].preview(sources["csv"].complete(_reading(options)))
        if seen is None:
            return None
        column = options["column"] or _column(read_table(Path(options["path"]), _dialect(options)).frame)
        return Preview(seen.text, seen.columns, seen.rows, column)

    def read_ending(
        self, path: Path, options: Mapping[str, Any], data: Dataset
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        series = _read(path, {**options, "path": str(path), "column": data.targets[0]})
        window = data.input_shape[0]
        if len(series.values) < window:
            raise DataError(
                f"'{path.name}' has {len(series.values):,} rows; the network takes the last {window:,}."
            )
        last = scaled(path, series.values[-window:], data.x_shift, data.x_scale)
        later = options["horizon"]
        note = f"The value {later:,} after the last of the {len(series.values):,} rows is predicted."
        return last[None], (*series.notes, note)

    def example(self, folder: Path) -> dict[str, Any]:
        path = folder / "months.csv"
        rows = [f"{i % 7},{1990 + i // 12}-{i % 12 + 1:02},{100 + i + 9 * (i % 12)}" for i in range(60)]
        path.write_text("\n".join(["price,month,sales", *rows, ""]), encoding="utf-8")
        return {"path": str(path)}


def _reading(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("path", "delimiter", "header", "decimal")}


def _dialect(options: Mapping[str, Any]) -> Any:
    return as_written(Path(options["path"]), options)


def _column(frame: pd.DataFrame) -> str:
    """The last column with numbers alone. Raises DataError."""
    for name in reversed(frame.columns):
        present = frame[name].dropna()
        if len(present) and not np.isnan(as_numbers(present)).any():
            return str(name)
    raise DataError("No column holds numbers alone, so there is nothing to predict. Check the decimal mark.")


def _read(path: Path, options: Mapping[str, Any]) -> _Series:
    read = read_table(path, _dialect(options))
    frame = read.frame
    if not len(frame):
        raise DataError(f"'{path.name}' has no rows of data.")
    column = options["column"] or _column(frame)
    names = tuple(n.strip() for n in options["inputs"].split(";") if n.strip()) or (column,)
    for name in (column, *names):
        if name not in frame.columns:
            raise DataError(no_such_column(name, tuple(map(str, frame.columns)), path.name))
    used = frame[list(dict.fromkeys((*names, column)))]
    check_numbers(path, used, can_choose=False)
    frame, season, notes = _in_order(path, frame)
    numbers = {name: _filled(path, frame[name], notes) for name in used.columns}
    values = np.stack([numbers[name] for name in names], 1)
    return _Series(values, numbers[column], names, column, season, (*read.notes, *notes))


def _in_order(path: Path, frame: pd.DataFrame) -> tuple[pd.DataFrame, int, list[str]]:
    """The rows in the order of their dates, if a column holds some; the season, and notes."""
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
        return frame, SEASONS.get(kind, 0), notes
    return frame, 0, []


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


def _naive(series: _Series, ends: np.ndarray, horizon: int) -> list[str]:
    """What must be beaten: forecasts that take no learning."""
    if not len(ends):
        return []
    truth = series.target[ends]
    last = np.abs(truth - series.target[ends - horizon]).mean()
    said = f"To beat on the test part: a mean absolute error of {last:.6g} by the last known value"
    back = -(-horizon // series.season) * series.season if series.season else 0
    if back and (ends - back >= 0).all():
        same = np.abs(truth - series.target[ends - back]).mean()
        said += f", {same:.6g} by the value {back:,} rows before"
    return [f"{said}."]


def _split_note(tests: int) -> list[str]:
    return [
        f"The last {tests:,} windows are the test part; they may reach back into training values."
    ] * bool(tests)
