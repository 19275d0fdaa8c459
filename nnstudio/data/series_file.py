"""A time series: windows of past values, and the values that follow some steps later.

The last part is the test part, never shuffled in: its windows may reach back into the training part, as they
would when a forecast is made, but all its targets come later. Any table holds one, whatever its format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.columns import scaled
from nnstudio.data.csv_file import READING_OPTIONS, CsvFile
from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, Source, sources, standardise
from nnstudio.data.excel_file import SHEET, ExcelFile
from nnstudio.data.json_file import ARRAY, JsonFile
from nnstudio.data.parquet_file import ParquetFile
from nnstudio.data.seen import seen_in
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.data.storage import filled
from nnstudio.data.tables.names import read_names
from nnstudio.data.tables.options import NAMES_OPTION
from nnstudio.data.tables.series import BETWEEN, Series, SeriesLook, last_of_numbers, read_series
from nnstudio.data.tables.source import read_by_either_names, reader_of

WINDOW = 12


@sources.register
class SeriesFile(Source):
    """Windows (steps, inputs), standardised with the training part's mean, as are the targets."""

    id = "series"
    title = "Time series"
    order = 24
    picks = Picks.FILE
    suffixes = (*CsvFile.suffixes, *ExcelFile.suffixes, *ParquetFile.suffixes, *JsonFile.suffixes)
    target_option = "column"
    page_options = ("names",)
    embeds = True
    help = "A table of any kind with a row for each time: from some rows, a later value is predicted."
    options = (
        *READING_OPTIONS,
        SHEET,
        ARRAY,
        Option("column", "", "Columns to predict, such as a; b; empty means the last one with numbers."),
        Option("inputs", "", "Columns that enter, such as a; b; empty means the predicted ones alone."),
        NAMES_OPTION,
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
        series, *_ = _read(path, options)
        window, horizon = options["window"], options["horizon"]
        parts = _windows(path, len(series.target), options)
        known = parts[0][-1] + window + horizon
        shift, scale = standardise(series.values[:known])
        y_shift, y_scale = standardise(series.target[:known])
        x = scaled(path, series.values, shift, scale)
        y = scaled(path, series.target, y_shift, y_scale)
        each_start = [(part, np.arange(len(part))) for part in parts]
        inputs = filled(each_start, lambda some: x[some[:, None] + np.arange(window)])
        ends = [part + window + horizon - 1 for part in parts]
        shape = (window, len(series.names))
        features = tuple(f"{n} {window - 1 - i} before" for i in range(window) for n in series.names)
        notes = (*series.notes, *_naive(series, ends[2], horizon), *_split_note(len(ends[2])))
        return Dataset(
            path.stem, inputs[0], y[ends[0]], inputs[2], y[ends[2]], (), features,
            series.columns, np.broadcast_to(shift, shape).copy(), np.broadcast_to(scale, shape).copy(),
            y_shift, y_scale, notes, x_validation=inputs[1], y_validation=y[ends[1]],
        )  # fmt: skip

    def look(self, options: Mapping[str, Any]) -> SeriesLook | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        series, text, known = _read(path, options)
        try:
            parts = _windows(path, len(series.target), options)
        except DataError:
            # Loading says why; the line is worth a look even so.
            parts = (np.zeros(0, np.int64),) * 3
        return SeriesLook(text, series, options["window"], options["horizon"], parts, known)

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        path = Path(options["path"])
        reader = reader_of(path)
        reading = _reading(path, options)
        seen = reader.preview(reading)
        if seen is None:
            return None
        return replace(
            seen, target=options["column"] or last_of_numbers(reader.read_once(path, reading).table.frame)
        )

    def read_ending(
        self, path: Path, options: Mapping[str, Any], data: Dataset
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        # A name of the training table may itself hold what stands between names.
        columns = data.targets[0] if len(data.targets) == 1 else f"{BETWEEN} ".join(data.targets)
        series, *_ = _read(path, {**options, "column": columns}, data.targets)
        window = data.input_shape[0]
        if len(series.values) < window:
            raise DataError(
                f"'{path.name}' has {len(series.values):,} rows; the network takes the last {window:,}."
            )
        last = scaled(path, series.values[-window:], data.x_shift, data.x_scale)
        later = options["horizon"]
        note = f"The value {later:,} after the last of the {len(series.values):,} rows is predicted."
        return last[None], (*series.notes, note, *_outside(last, series.names, data))

    def example(self, folder: Path) -> dict[str, Any]:
        path = folder / "months.csv"
        rows = [f"{i % 7},{1990 + i // 12}-{i % 12 + 1:02},{100 + i + 9 * (i % 12)}" for i in range(60)]
        path.write_text("\n".join(["price,month,sales", *rows, ""]), encoding="utf-8")
        return {"path": str(path)}


def _outside(last: np.ndarray, names: Sequence[str], data: Dataset) -> list[str]:
    """Sentences on values of a window (steps, inputs), scaled, beyond all of the training part."""
    seen, told = seen_in(data), []
    if seen is None or seen.low.shape != last.shape:
        return []
    shift, scale = (np.broadcast_to(v, last.shape)[0] for v in (data.x_shift, data.x_scale))
    for i, name in enumerate(names):
        low, high = float(seen.low[:, i].min()), float(seen.high[:, i].max())
        # float32 holds the bounds only so well.
        slack = 1e-5 * max(abs(low), abs(high), high - low)
        beyond = int(((last[:, i] < low - slack) | (last[:, i] > high + slack)).sum())
        if beyond:
            low, high = (float(end * scale[i] + shift[i]) for end in (low, high))
            told.append(
                f"{beyond:,} of the {len(last):,} values of '{name}' that enter are outside of what the "
                f"network was trained on ({low:.6g} to {high:.6g})."
            )
    return told


def _reading(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """All options of what reads the file; of those that say how it is written, as they are here."""
    reader = reader_of(path)
    written = (*(option.name for option in READING_OPTIONS), SHEET.name, ARRAY.name, NAMES_OPTION.name)
    chosen = {name: options[name] for name in written if reader.has_option(name)}
    return reader.complete({**chosen, "path": str(path)})


def _read(
    path: Path, options: Mapping[str, Any], expected: Sequence[str] = ()
) -> tuple[Series, str, tuple[str, ...]]:
    """The series of a file of any kind of table, how that is written, and the names of all its columns;
    ``expected`` as for `read_by_either_names`. Raises DataError.
    """
    reader, reading = reader_of(path), _reading(path, options)
    if expected:
        # New rows are read as names of columns say.
        read = read_by_either_names(path, reader, reading, expected, read_names(options["names"]))
    else:
        read = reader.read_once(path, reading)
    series = read_series(path, read.table, options["column"], options["inputs"])
    return series, read.text, tuple(map(str, read.table.frame.columns))


def _windows(path: Path, rows: int, options: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first rows of the windows of each part. Raises DataError."""
    window, horizon = options["window"], options["horizon"]
    starts = np.arange(0, rows - window - horizon + 1, options["step"])
    if len(starts) < 2:
        raise DataError(
            f"'{path.name}' has {rows:,} rows; windows of {window:,} with the value {horizon:,} later take "
            f"at least {window + horizon + options['step']:,}. Choose a smaller window."
        )
    parts = divide(SplitKind.IN_ORDER, len(starts), {**options, "seed": 0})
    return starts[parts[0]], starts[parts[1]], starts[parts[2]]


def _naive(series: Series, ends: np.ndarray, horizon: int) -> list[str]:
    """What must be beaten: forecasts that take no learning."""
    if not len(ends):
        return []
    back = -(-horizon // series.season) * series.season if series.season else 0
    told = []
    for name, values in zip(series.columns, series.target.T, strict=True):
        last = np.abs(values[ends] - values[ends - horizon]).mean()
        what = f" for '{name}'" if len(series.columns) > 1 else ""
        said = f"To beat on the test part{what}: a mean absolute error of {last:.6g} by the last known value"
        if back and (ends - back >= 0).all():
            same = np.abs(values[ends] - values[ends - back]).mean()
            said += f", {same:.6g} by the value {back:,} rows before"
        told.append(f"{said}.")
    return told


def _split_note(tests: int) -> list[str]:
    return [
        f"The last {tests:,} windows are the test part; they may reach back into training values."
    ] * bool(tests)
