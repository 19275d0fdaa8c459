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
from nnstudio.data.csv_file import ENCODING, READING_OPTIONS, CsvFile
from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, Source, Split, sources
from nnstudio.data.excel_file import SHEET, ExcelFile
from nnstudio.data.json_file import ARRAY, JsonFile
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.parquet_file import ParquetFile
from nnstudio.data.seen import seen_in
from nnstudio.data.series_scale import SCALE_OPTIONS, SeriesScale
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide
from nnstudio.data.standardising import standardise
from nnstudio.data.storage import filled
from nnstudio.data.tables.marks import marks_of
from nnstudio.data.tables.names import read_names
from nnstudio.data.tables.options import KEPT_MARKS, MISSING_MARKS, NAMES_OPTION
from nnstudio.data.tables.season import SEASON, season_of
from nnstudio.data.tables.series import BETWEEN, Series, SeriesLook, last_of_numbers, read_series
from nnstudio.data.tables.series_gaps import TIME_GAPS, TimeGaps, told_gaps, touch_gaps, windows_of
from nnstudio.data.tables.source import ReadTable, read_by_either_names, reader_of
from nnstudio.data.whole_series import WholeSeries
from nnstudio.model.quantity import counted

WINDOW = 12


def window_options(window: int) -> tuple[Option, ...]:
    """How a series is cut into windows of so many rows at first, and told; which are held back."""
    return (
        Option("window", window, "Rows that enter.", 1, 10_000, unit="rows"),
        Option("horizon", 1, "How many rows later the predicted value stands.", 1, 10_000, unit="rows"),
        Option("step", 1, "Rows from one window to the next.", 1, 10_000, unit="rows"),
        SEASON,
        *SCALE_OPTIONS,
        Option("test_ratio", 0.2, "Share of the windows, the last ones, that is kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
    )


@sources.register
class SeriesFile(Source):
    """Windows (steps, inputs), standardised with the training part's mean, as are the targets."""

    id = "series"
    title = "Time series"
    order = 24
    picks = Picks.FILE
    suffixes = (*CsvFile.suffixes, *ExcelFile.suffixes, *ParquetFile.suffixes, *JsonFile.suffixes)
    target_option = "column"
    page_options = ("names", MISSING_MARKS.name, KEPT_MARKS.name)
    embeds = True
    listed_options = (ENCODING.name, SHEET.name, ARRAY.name)
    help = "A table of any kind with a row for each time: from some rows, a later value is predicted."
    options = (
        *READING_OPTIONS,
        SHEET,
        ARRAY,
        Option("column", "", "Columns to predict, such as a; b; empty means the last one with numbers."),
        Option("inputs", "", "Columns that enter, such as a; b; empty means the predicted ones alone."),
        NAMES_OPTION,
        KEPT_MARKS,
        MISSING_MARKS,
        TIME_GAPS,
        *window_options(WINDOW),
    )

    def takes(self, path: Path) -> bool:
        """None by itself: a table may be a series or not, so a person chooses this."""
        return False

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose a table with a row for each time.")
        path = Path(options["path"])
        return series_dataset(path, _series(path, _read(path, options), options), options)

    def look(self, options: Mapping[str, Any]) -> SeriesLook | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        read = _read(path, options)
        series, frame = _series(path, read, options), read.table.frame
        try:
            parts, _gaps = _windows(path, _whole(path, series, options), options)
        except DataError:
            # Loading says why; the line is worth a look even so.
            parts = (np.zeros(0, np.int64),) * 3
        seen = reader_of(path).seen_marks(path, reading_of(path, options), read)
        marks = marks_of(seen, frame, options[MISSING_MARKS.name], options[KEPT_MARKS.name])
        known = tuple(map(str, frame.columns))
        return SeriesLook(read.text, series, options["window"], options["horizon"], parts, known, marks)

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        path = Path(options["path"])
        reader = reader_of(path)
        reading = reading_of(path, options)
        seen = reader.preview(reading)
        if seen is None:
            return None
        return replace(
            seen, target=options["column"] or last_of_numbers(reader.read_once(path, reading).table.frame)
        )

    def listed_in(self, path: Path) -> Mapping[str, tuple[str, ...]]:
        return reader_of(path).listed_in(path)

    def read_ending(
        self, path: Path, options: Mapping[str, Any], data: Dataset
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        # Guessed from the rows that were learned from, and not anew from others.
        options = {**options, "season": data.split_settings.get("season", options["season"])}
        scale = SeriesScale.of(options, options["season"])
        targets = tuple(map(scale.untold, data.targets))
        # A name of the training table may itself hold what stands between names.
        columns = targets[0] if len(targets) == 1 else f"{BETWEEN} ".join(targets)
        series = _series(path, _read(path, options, targets), {**options, "column": columns})
        window = data.input_shape[0]
        needed = window + scale.lag
        if len(series.values) < needed:
            raise DataError(
                f"'{path.name}' has {len(series.values):,} rows; the network takes the last {needed:,}."
            )
        whole = _whole(path, series, options)
        later, start = options["horizon"], np.array([len(series.values) - window])
        if touch_gaps(whole, start, predict_known=False).any():
            raise DataError(
                f"The last {needed:,} rows of '{path.name}', which the network takes, have gaps. "
                f"{' '.join(told_gaps(series))} Fill them in, or set Time gaps to {TimeGaps.INTERPOLATE}."
            )
        last = scaled(path, whole.all_entering()[-window:], data.x_shift, data.x_scale)
        note = f"The value {later:,} after the last of the {len(series.values):,} rows is predicted."
        if scale != SeriesScale():
            note = f"{note[:-1]}, as '{data.targets[0]}'; nnstudio forecast gives values themselves."
        return last[None], (*series.notes, note, *_outside(last, whole.names(), data))

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
            low, high = (float(in_own_unit(end, shift[i], scale[i])) for end in (low, high))
            told.append(
                f"{beyond:,} of the {len(last):,} values of '{name}' that enter are outside of what the "
                f"network was trained on ({low:.6g} to {high:.6g})."
            )
    return told


def reading_of(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """All options of what reads the file; of those that say how it is written, as they are here."""
    reader = reader_of(path)
    written = [option.name for option in (*READING_OPTIONS, SHEET, ARRAY, NAMES_OPTION, KEPT_MARKS)]
    chosen = {name: options[name] for name in written if name in options and reader.has_option(name)}
    return reader.complete({**chosen, "path": str(path)})


def _read(path: Path, options: Mapping[str, Any], expected: Sequence[str] = ()) -> ReadTable:
    """A table of any kind; ``expected`` as for `read_by_either_names`. Raises DataError."""
    reader, reading = reader_of(path), reading_of(path, options)
    if not expected:
        return reader.read_once(path, reading)
    # New rows are read as names of columns say.
    return read_by_either_names(path, reader, reading, expected, read_names(options["names"]))


def _series(path: Path, read: ReadTable, options: Mapping[str, Any]) -> Series:
    """The series of a table. Raises DataError."""
    interpolates = options[TIME_GAPS.name] == TimeGaps.INTERPOLATE
    return read_series(
        path, read.table, options["column"], options["inputs"], options[MISSING_MARKS.name], interpolates
    )


def _standardised(path: Path, values: np.ndarray, known: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values (rows, columns), float32, 0 where one is missing, with shift and scale of the ``known`` first
    rows. Raises DataError.
    """
    complete = values[:known][~np.isnan(values[:known]).any(1)]
    shift, scale = standardise(complete)
    return scaled(path, np.where(np.isnan(values), shift, values), shift, scale), shift, scale


def series_dataset(path: Path, series: Series, options: Mapping[str, Any]) -> Dataset:
    """Windows of a series, cut and told as the options say. Raises DataError."""
    whole = _whole(path, series, options)
    window, horizon = whole.window, whole.horizon
    parts, gaps = _windows(path, whole, options)
    known = parts[0][-1] + window + horizon
    x, shift, scale = _standardised(path, whole.all_entering(), known)
    y, y_shift, y_scale = _standardised(path, whole.predicted(), known)
    each_start = [(part, np.arange(len(part))) for part in parts]
    inputs = filled(each_start, lambda some: x[some[:, None] + np.arange(window)])
    ends = [part + window + horizon - 1 for part in parts]
    names = whole.names()
    shape = (window, len(names))
    features = tuple(f"{n} {window - 1 - i} before" for i in range(window) for n in names)
    notes = (
        *series.notes, *gaps, *_naive(whole, ends[2]), *_split_note(len(ends[2])), whole.season.told,
        *_other_targets(whole),
    )  # fmt: skip
    return Dataset(
        path.stem, inputs[0], y[ends[0]], inputs[2], y[ends[2]], (), features,
        whole.targets(), np.broadcast_to(shift, shape).copy(), np.broadcast_to(scale, shape).copy(),
        y_shift, y_scale, notes, x_validation=inputs[1], y_validation=y[ends[1]],
        split_settings={"season": whole.season.rows},
        series=replace(whole, ends=dict(zip(Split, ends, strict=True))),
    )  # fmt: skip


def _whole(path: Path, series: Series, options: Mapping[str, Any]) -> WholeSeries:
    """The series with all that is said of it, its parts not yet known. Raises DataError."""
    held_back = options["test_ratio"] + options["validation_ratio"]
    learned = series.target[: max(2, round(len(series.target) * (1 - min(held_back, 1.0)))), 0]
    season = season_of(learned, series.seasons, options["season"])
    scale = SeriesScale.of(options, season.rows)
    for name, values in zip(series.columns, series.target.T, strict=True):
        scale.check(path, name, values)
    return WholeSeries(
        series, options["window"], options["horizon"], scale, season, options["season_inputs"], {}
    )


def _other_targets(whole: WholeSeries) -> list[str]:
    """What else than the values of the table is predicted."""
    if whole.scale == SeriesScale():
        return []
    rows = whole.scale.back(whole.horizon)
    told = f", a change from {counted(rows, 'row')} before" if rows else ""
    return [f"The network predicts the {whole.targets()[0]}{told}; a forecast turns it into values."]


def _windows(
    path: Path, whole: WholeSeries, options: Mapping[str, Any]
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], tuple[str, ...]]:
    """The first rows of the windows of each part, and notes on gaps. Raises DataError."""
    window, horizon, rows, lag = whole.window, whole.horizon, len(whole.series.target), whole.scale.lag
    starts = np.arange(lag, rows - window - horizon + 1, options["step"])
    if len(starts) < 2:
        changes = f" and changes from {counted(lag, 'row')} before" if lag else ""
        raise DataError(
            f"'{path.name}' has {rows:,} rows; windows of {window:,} with the value {horizon:,} "
            f"later{changes} take at least {lag + window + horizon + options['step']:,}. Choose a smaller "
            "window."
        )
    starts, gaps = windows_of(path, whole, starts, TimeGaps(options[TIME_GAPS.name]))
    if len(starts) < 2:
        raise DataError(f"Hardly a window of '{path.name}' is without gaps. {' '.join(gaps)}")
    parts = divide(SplitKind.IN_ORDER, len(starts), {**options, "seed": 0})
    return (starts[parts[0]], starts[parts[1]], starts[parts[2]]), gaps


def _naive(whole: WholeSeries, ends: np.ndarray) -> list[str]:
    """What must be beaten, in the unit of the table: forecasts that take no learning."""
    if not len(ends):
        return []
    horizon, season = whole.horizon, whole.season.rows
    back = -(-horizon // season) * season if season else 0
    told = []
    for name, values in zip(whole.series.columns, whole.series.target.T, strict=True):
        what = f" for '{name}'" if len(whole.series.columns) > 1 or whole.scale.log else ""
        ways = [(horizon, "the last known value")]
        if back and (ends - back >= 0).all():
            ways.append((back, f"the value {counted(back, 'row')} before"))
        errors = [(_error(values[ends], values[ends - before]), way) for before, way in ways]
        said = ", ".join(f"{error:.6g} by {way}" for error, way in errors if np.isfinite(error))
        if said:
            ahead = f"{counted(horizon, 'row')} ahead"
            told.append(f"To beat on the test part{what}, {ahead}: a mean absolute error of {said}.")
    return told


def _error(values: np.ndarray, forecast: np.ndarray) -> float:
    """The mean absolute error (n,) of a forecast, where there is one; else NaN."""
    known = np.isfinite(forecast)
    return float(np.abs(values[known] - forecast[known]).mean()) if known.any() else float("nan")


def _split_note(tests: int) -> list[str]:
    return [
        f"The last {tests:,} windows are the test part; they may reach back into training values."
        if tests > 1
        else "The last window is the test part; it may reach back into training values."
    ] * bool(tests)
