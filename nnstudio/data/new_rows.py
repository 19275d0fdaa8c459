"""Rows to predict: read as the training table was, found by name, answered one by one in their order.

Nothing is dropped: a row that lacks an input stays, without a prediction, and a note says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.as_trained import cells_as_trained, options_as_trained
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.seen import seen_in
from nnstudio.data.tables.dataset import without_marks
from nnstudio.data.tables.encoders import (
    FEWEST_LEARNED,
    DateEncoder,
    Encoded,
    Encoder,
    NumberEncoder,
    TokenEncoder,
    texts_of,
)
from nnstudio.data.tables.fitting import not_of_type
from nnstudio.data.tables.guesses import notes_that_hold
from nnstudio.data.tables.names import read_names
from nnstudio.data.tables.settings import ColumnSetting, read_settings
from nnstudio.data.tables.source import read_by_either_names, reader_of

if TYPE_CHECKING:
    import pandas as pd

# So many rows, or values, are named in a note.
NAMED = 3
# So many inputs are listed where a file lacks some.
LISTED = 12


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


def read_new_rows(
    path: Path, options: Mapping[str, Any], data: Dataset, marks: str = "", columns: str = "", names: str = ""
) -> NewRows:
    """Read a table for a network that was trained on ``data``; ``options`` are those of its reader, ``marks``
    the values that stand for missing ones, separated by commas, ``columns`` what was said of the columns,
    ``names`` the names that they got: the file may have those or the ones that the training table has.

    Raises DataError.
    """
    inputs, reader = _inputs_of(data), reader_of(path)
    expected = inputs if data.features else ()
    marked: tuple[str, ...] = ()
    options = reader.complete(options)
    if data.written is not None:
        options, marked = options_as_trained(path, options, expected, data.written)
    read = read_by_either_names(path, reader, options, expected, read_names(names))
    frame, notes = _with_inputs(path, read.table.frame, inputs, read.has_names, data)
    own_names = dict(zip(inputs, read.table.frame.columns, strict=False))
    if data.features and set(inputs) <= set(read.table.frame.columns):
        own_names = {name: name for name in inputs}
    frame = without_marks(frame.infer_objects(), marks)
    if not len(frame):
        raise DataError(f"'{path.name}' has no rows of data. Add a row for each prediction.")
    encoders = _encoders(data, inputs)
    missing, blocks, why = np.zeros(len(frame), bool), [], []
    told: list[str] = []
    said = read_settings(columns)
    for encoder in encoders:
        cells = frame[encoder.column]
        if data.written is not None:
            own_name = own_names[encoder.column]
            cells, in_units = cells_as_trained(
                path, encoder, cells, own_name, read.table.written, data.written
            )
            told += in_units
        cells, mended = _as_said(encoder, cells, said.get(encoder.column, ColumnSetting()))
        told += mended
        encoded = encoder.encode(cells)
        lacking, reasons = _lacking(encoder, encoded, cells)
        missing |= lacking
        why += reasons
        told += _filled(encoder, encoded) + _unknown(encoder, encoded, cells)
        told += _outside_dates(encoder, cells)
        blocks.append(encoded.values)
    x = np.concatenate(blocks, 1)
    if why:
        told.insert(
            0, f"{int(missing.sum()):,} of {len(missing):,} rows have no prediction: {'; '.join(why)}."
        )
    if missing.all():
        raise DataError(f"'{path.name}' has no row that can be predicted: {' '.join(told)}")
    as_read = notes_that_hold(read.table.notes, read.table.guesses, said)
    told = [*as_read, *marked, *notes, *told, *_outside(x, missing, encoders, data)]
    return NewRows(x[~missing], ~missing, tuple(told))


def _as_said(encoder: Encoder, cells: pd.Series, said: ColumnSetting) -> tuple[pd.Series, list[str]]:
    """The cells of a column; those that are not of the type that a person chose count as missing, as they do
    in training, and a note says so.
    """
    if said.type is None or not encoder.filled_with:
        return cells, []
    wrong = not_of_type(said.type, cells, getattr(encoder, "format", ""))
    if not wrong.any():
        return cells, []
    note = (
        f"'{encoder.column}' is not of the type {said.type} ('{str(cells[wrong].iloc[0])[:40]}') in data row "
        f"{_rows(wrong)}, which counts as missing there, as in training."
    )
    return cells.mask(wrong), [note]


def _encoders(data: Dataset, inputs: tuple[str, ...]) -> tuple[Encoder, ...]:
    """How columns become inputs; each is a number where the network was not trained on a table."""
    return data.inputs or tuple(NumberEncoder(name) for name in inputs)


def _inputs_of(data: Dataset) -> tuple[str, ...]:
    """Columns of the training table, in order; numbered where it had none."""
    if data.inputs:
        return tuple(encoder.column for encoder in data.inputs)
    return data.features or tuple(f"column {i}" for i in range(1, int(np.prod(data.input_shape)) + 1))


def _with_inputs(
    path: Path, frame: pd.DataFrame, inputs: tuple[str, ...], header: bool, data: Dataset
) -> tuple[pd.DataFrame, list[str]]:
    """The columns of the inputs, and notes on the others. Raises DataError where some are not there."""
    frame, renamed = _with_names(frame, inputs) if header else (frame, [])
    lacking = [name for name in inputs if name not in frame.columns]
    # Without names in either file, 'column 2' is the second of both.
    if data.features and not lacking:
        others = [str(name) for name in frame.columns if name not in (*inputs, *data.targets)]
        notes = [f"Not an input, and ignored: {_list(others)}."] if others else []
        return frame[list(inputs)], [*renamed, *notes]
    if header and len(lacking) < len(inputs):
        raise DataError(f"'{path.name}' has no column {_list(lacking)}. The network needs: {_names(inputs)}.")
    if len(frame.columns) not in (len(inputs), len(inputs) + 1):
        raise DataError(
            f"'{path.name}' has {len(frame.columns)} columns, but the network needs: {_names(inputs)}."
        )
    notes = []
    if header and data.features:
        notes.append(
            f"The header of '{path.name}' has none of the names of the inputs, so its columns are taken in "
            f"the order {_names(inputs)}."
        )
    if len(frame.columns) > len(inputs):
        # As in the file that it was trained on, where the target is the last.
        notes.append(f"The last column, '{frame.columns[-1]}', is taken for the target and ignored.")
    return frame.iloc[:, : len(inputs)].set_axis(list(inputs), axis=1), notes


def _with_names(frame: pd.DataFrame, inputs: tuple[str, ...]) -> tuple[pd.DataFrame, list[str]]:
    """The table with the inputs' own names where its names differ from them in capitals and blanks alone."""
    given = [str(name) for name in frame.columns]
    alike = Counter(map(_plain_name, given))
    lacking = {_plain_name(name): name for name in inputs if name not in given}
    meant = {plain: name for plain, name in lacking.items() if alike[plain] == 1}
    names = [meant.get(_plain_name(name), name) for name in given]
    other = [(old, new) for old, new in zip(given, names, strict=True) if old != new]
    if not other:
        return frame, []
    old, new = other[0]
    more = f", and {len(other) - 1:,} more likewise" if len(other) > 1 else ""
    return frame.set_axis(names, axis=1), [f"Column '{old}' is taken for the input '{new}'{more}."]


def _plain_name(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


def inputs_in_words(data: Dataset) -> str:
    """The columns that a table of new rows must have; of many, the first."""
    return _names(_inputs_of(data))


def quoted_names(names: Sequence[str]) -> str:
    """The first of them in quotation marks, and how many more there are."""
    return _list(list(names))


def _names(inputs: tuple[str, ...]) -> str:
    """The inputs in order; of many, the first."""
    more = f" and {len(inputs) - LISTED:,} more" if len(inputs) > LISTED else ""
    return ", ".join(inputs[:LISTED]) + more


def _lacking(encoder: Encoder, encoded: Encoded, cells: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Rows that this column leaves without a prediction, and why."""
    name, why = encoder.column, []
    gaps = encoded.missing if not encoder.filled_with else np.zeros(len(cells), bool)
    if gaps.any():
        why.append(f"'{name}' is missing in data row {_rows(gaps)}")
    if encoded.wrong.any():
        cell = str(cells[encoded.wrong].iloc[0])[:40]
        what = "a number" if isinstance(encoder, NumberEncoder) else "a value that it can have"
        why.append(f"'{name}' is not {what} ('{cell}') in data row {_rows(encoded.wrong)}")
    return gaps | encoded.wrong, why


def _filled(encoder: Encoder, encoded: Encoded) -> list[str]:
    if not encoder.filled_with or not encoded.missing.any():
        return []
    return [
        f"'{encoder.column}' is missing in data row {_rows(encoded.missing)}; it counts as "
        f"{encoder.filled_with}, as in training."
    ]


def _unknown(encoder: Encoder, encoded: Encoded, cells: pd.Series) -> list[str]:
    if not encoded.unknown.any():
        return []
    values = _list(list(dict.fromkeys(texts_of(cells)[encoded.unknown])))
    if isinstance(encoder, TokenEncoder):
        is_learned = (
            "" if encoder.unknown_rows else ", which no training row is: these predictions are guesses"
        )
        return [
            f"'{encoder.column}' has values that fewer than {FEWEST_LEARNED} training rows have: {values} in "
            f"data row {_rows(encoded.unknown)}. They count as unknown{is_learned}."
        ]
    known = sorted(encoder.plain()["values"])
    return [
        f"'{encoder.column}' has values that were not in the training data: {values} in data row "
        f"{_rows(encoded.unknown)}. They count as none of {_list(known)}."
    ]


def _outside(x: np.ndarray, missing: np.ndarray, encoders: tuple[Encoder, ...], data: Dataset) -> list[str]:
    """Numbers beyond those of the training part, where predictions are guesses."""
    notes: list[str] = []
    seen = seen_in(data)
    if not data.features or seen is None:
        return notes
    # Scales are above 0, so that bounds stay bounds.
    lowest, highest = (in_own_unit(end.ravel(), data.x_shift, data.x_scale) for end in (seen.low, seen.high))
    at = 0
    for encoder in encoders:
        # A date that is outside as a whole is told of as one.
        skipped = {f"{encoder.column}: year"} if isinstance(encoder, DateEncoder) and encoder.first else set()
        for offset in range(encoder.quantities):
            if encoder.features[offset] in skipped:
                continue
            low, high = float(lowest[at + offset]), float(highest[at + offset])
            # float32 holds the bounds only so well.
            slack = 1e-5 * max(abs(low), abs(high), high - low)
            values = x[:, at + offset]
            beyond = ~missing & ((values < low - slack) | (values > high + slack))
            if beyond.any():
                notes.append(
                    f"'{encoder.features[offset]}' is outside of what the network was trained on "
                    f"({low:.6g} to {high:.6g}) in data row {_rows(beyond)}."
                )
        at += len(encoder.features)
    return notes


def _outside_dates(encoder: Encoder, cells: pd.Series) -> list[str]:
    """Dates before or after all of the training part, be their parts as usual."""
    if not isinstance(encoder, DateEncoder) or not encoder.first:
        return []
    beyond = encoder.is_outside(cells)
    if not beyond.any():
        return []
    return [
        f"'{encoder.column}' is outside of what the network was trained on ({encoder.first} to "
        f"{encoder.last}) in data row {_rows(beyond)}, such as '{str(cells[beyond].iloc[0])[:40]}'."
    ]


def _rows(wrong: np.ndarray) -> str:
    """The first rows, counted from 1."""
    rows = np.flatnonzero(wrong) + 1
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    return ", ".join(f"{row:,}" for row in rows[:NAMED]) + more


def _list(values: list[str]) -> str:
    more = f" and {len(values) - NAMED:,} more" if len(values) > NAMED else ""
    return ", ".join(f"'{value[:40]}'" for value in values[:NAMED]) + more
