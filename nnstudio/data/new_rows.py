"""Rows to predict: read as the training table was, found by name, answered one by one in their order.

Nothing is dropped: a row that lacks an input stays, without a prediction, and a note says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.columns import ONE_HOT, as_numbers
from nnstudio.data.csv_file import as_written
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.table_reader import read_table

if TYPE_CHECKING:
    import pandas as pd

# How a table is read where the data of the project is none.
GUESS = {"delimiter": "guess", "header": "guess", "decimal": "guess"}
# So many rows, or values, are named in a note.
NAMED = 3


@dataclass(frozen=True, eq=False)
class NewRows:
    """Inputs of the rows of a file.

    Attributes:
        x: (answered rows, inputs), float64, in the units of the data.
        answered: (all rows,), whether a row has all inputs.
        notes: what was ignored, missing, unknown, or outside of what was seen in training.
    """

    x: np.ndarray
    answered: np.ndarray
    notes: tuple[str, ...]


def read_new_rows(path: Path, options: Mapping[str, Any], data: Dataset) -> NewRows:
    """Read a table of text for a network that was trained on ``data``. Raises DataError."""
    inputs = _inputs_of(data)
    dialect = as_written(path, {**GUESS, **options}, inputs if data.features else ())
    table = read_table(path, dialect)
    frame, notes = _with_inputs(path, table.frame, inputs, dialect.header, data)
    frame = frame.infer_objects()
    reader = _Columns(frame)
    columns = [
        reader.category(name, value) if value is not None else reader.number(name)
        for name, value in map(_split_feature, data.features or inputs)
    ]
    x = np.stack(columns, 1) if columns else np.zeros((len(frame), 0))
    missing = reader.missing
    if not len(frame):
        raise DataError(f"'{path.name}' has no rows of data. Add a row for each prediction.")
    if missing.all():
        raise DataError(f"'{path.name}' has no row that can be predicted: {' '.join(reader.notes())}")
    told = (*table.notes, *notes, *reader.notes(), *_outside(x, missing, data))
    return NewRows(x[~missing], ~missing, told)


def _split_feature(feature: str) -> tuple[str, str | None]:
    """The column of a feature, and for one-hot ones the value that it stands for."""
    name, mark, value = feature.partition(ONE_HOT)
    return (name, value) if mark else (feature, None)


def _inputs_of(data: Dataset) -> tuple[str, ...]:
    """Columns of the training table, in order; numbered where it had none."""
    if not data.features:
        return tuple(f"column {i}" for i in range(1, int(np.prod(data.input_shape)) + 1))
    return tuple(dict.fromkeys(_split_feature(feature)[0] for feature in data.features))


def _with_inputs(
    path: Path, frame: pd.DataFrame, inputs: tuple[str, ...], header: bool, data: Dataset
) -> tuple[pd.DataFrame, list[str]]:
    """The columns of the inputs, and notes on the others. Raises DataError where some are not there."""
    lacking = [name for name in inputs if name not in frame.columns]
    if header and data.features and not lacking:
        others = [str(name) for name in frame.columns if name not in (*inputs, *data.targets)]
        notes = [f"Not an input, and ignored: {_list(others)}."] if others else []
        return frame[list(inputs)], notes
    if header and len(lacking) < len(inputs):
        raise DataError(
            f"'{path.name}' has no column {_list(lacking)}. The network needs: {', '.join(inputs)}."
        )
    if len(frame.columns) not in (len(inputs), len(inputs) + 1):
        raise DataError(
            f"'{path.name}' has {len(frame.columns)} columns, but the network needs: {', '.join(inputs)}."
        )
    notes = []
    if header and data.features:
        notes.append(
            f"The header of '{path.name}' has none of the names of the inputs, so its columns are taken in "
            f"the order {', '.join(inputs)}."
        )
    if len(frame.columns) > len(inputs):
        # As in the file that it was trained on, where the target is the last.
        notes.append(f"The last column, '{frame.columns[-1]}', is taken for the target and ignored.")
    return frame.iloc[:, : len(inputs)].set_axis(list(inputs), axis=1), notes


class _Columns:
    """Turns columns into numbers, and remembers what was missing or unknown."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.missing = np.zeros(len(frame), bool)
        self._why: list[str] = []
        self._texts: dict[str, np.ndarray] = {}
        self._known: dict[str, set[str]] = {}

    def number(self, name: str) -> np.ndarray:
        """A column's numbers, NaN where there is none."""
        column = self.frame[name]
        numbers = as_numbers(column)
        self._note_missing(name, column.isna().to_numpy(), "is missing")
        wrong = ~np.isfinite(numbers) & column.notna().to_numpy()
        if wrong.any():
            self._note_missing(name, wrong, f"is not a number ('{str(column[wrong].iloc[0])[:40]}')")
        return numbers

    def category(self, name: str, value: str) -> np.ndarray:
        """1 where a column has a value, else 0."""
        if name not in self._texts:
            column = self.frame[name]
            self._note_missing(name, column.isna().to_numpy(), "is missing")
            self._texts[name] = np.array([_as_text(v) for v in column], object)
        self._known.setdefault(name, set()).add(value)
        return np.asarray(self._texts[name] == value, np.float64)

    def _note_missing(self, name: str, rows: np.ndarray, what: str) -> None:
        if rows.any():
            self.missing |= rows
            self._why.append(f"'{name}' {what} in data row {_rows(rows)}")

    def notes(self) -> list[str]:
        """What a person must know of the rows."""
        notes = []
        if self._why:
            notes.append(
                f"{int(self.missing.sum()):,} of {len(self.missing):,} rows have no prediction: "
                f"{'; '.join(self._why)}."
            )
        for name, known in self._known.items():
            texts = self._texts[name]
            unknown = self.frame[name].notna().to_numpy() & ~np.isin(texts.astype(str), list(known))
            if unknown.any():
                values = _list(list(dict.fromkeys(texts[unknown].astype(str))))
                notes.append(
                    f"'{name}' has values that were not in the training data: {values} in data row "
                    f"{_rows(unknown)}. They count as none of {_list(sorted(known))}."
                )
        return notes


def _as_text(value: object) -> str:
    """As the training data had it: whole numbers have no point, which pandas gives them where some miss."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _outside(x: np.ndarray, missing: np.ndarray, data: Dataset) -> list[str]:
    """Numbers beyond those of the training part, where predictions are guesses."""
    notes = []
    seen = data.x_train.reshape(len(data.x_train), -1) * data.x_scale + data.x_shift
    for at, feature in enumerate(data.features):
        name, value = _split_feature(feature)
        if value is not None:
            continue
        low, high = float(seen[:, at].min()), float(seen[:, at].max())
        # float32 holds the bounds only so well.
        slack = 1e-5 * max(abs(low), abs(high), high - low)
        beyond = ~missing & ((x[:, at] < low - slack) | (x[:, at] > high + slack))
        if beyond.any():
            notes.append(
                f"'{name}' is outside of what the network was trained on ({low:.6g} to {high:.6g}) in data "
                f"row {_rows(beyond)}."
            )
    return notes


def _rows(wrong: np.ndarray) -> str:
    """The first rows, counted from 1."""
    rows = np.flatnonzero(wrong) + 1
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    return ", ".join(f"{row:,}" for row in rows[:NAMED]) + more


def _list(values: list[str]) -> str:
    more = f" and {len(values) - NAMED:,} more" if len(values) > NAMED else ""
    return ", ".join(f"'{value[:40]}'" for value in values[:NAMED]) + more
