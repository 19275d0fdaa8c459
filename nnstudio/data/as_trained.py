"""Numbers of new rows are read with the marks and units of the training table; what differs is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.data.csv_file import as_written as dialect_of
from nnstudio.data.dataset import DataError
from nnstudio.data.number_marks import is_same_unit
from nnstudio.data.tables.declared import as_written, numbers_of
from nnstudio.data.tables.encoders import Encoder, NumberEncoder
from nnstudio.data.written import Written

if TYPE_CHECKING:
    import pandas as pd


def options_as_trained(
    path: Path, options: Mapping[str, Any], expected: Iterable[str], trained: Written
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Options of a reader with the decimal mark of the training table, where the file itself does not tell
    another one, and notes. Raises DataError.
    """
    if options.get("decimal") != "guess" or not trained.decimal:
        return options, ()
    dialect = dialect_of(path, options, expected)
    if dialect.tells_decimal:
        if dialect.decimal == trained.decimal:
            return options, ()
        return options, (
            f"The numbers of '{path.name}' are written with “{dialect.decimal}” as the decimal mark, those "
            f"of the training table with “{trained.decimal}”; each file is read as it is written.",
        )
    notes: tuple[str, ...] = ()
    if dialect.unclear:
        notes = (
            f"'{dialect.unclear}' is read with “{trained.decimal}” as the decimal mark, as in training; no "
            f"number of '{path.name}' tells whether it stands between thousands.",
        )
    return {**options, "decimal": trained.decimal}, notes


def cells_as_trained(
    path: Path, encoder: Encoder, cells: pd.Series, own_name: str, new: Written, trained: Written
) -> tuple[pd.Series, tuple[str, ...]]:
    """The cells of a column in the unit of the training table, and notes. A cell of another unit stays text
    among others, and is then no number; ``own_name`` is the column's in the file.

    Raises DataError where the whole column is in another unit.
    """
    import pandas as pd

    name = encoder.column
    unit, needed = new.units.get(own_name, ""), trained.units.get(name, "")
    if not isinstance(encoder, NumberEncoder):
        # What was a category in training, such as sizes in several units, is one here; numbers with one unit
        # that a person took as a category are without it in both.
        return (new.cells[own_name].str.strip() if unit and not needed else cells), ()
    if not pd.api.types.is_numeric_dtype(cells):
        # Numbers of this unit or of none are read; the others are told of as no numbers.
        texts = as_written(cells, new.cells.get(own_name))
        numbers = numbers_of(cells, texts, new, needed).astype(object)
        return numbers.where(numbers.notna(), cells), ()
    if is_same_unit(unit, needed) or not cells.notna().any():
        return cells, ()
    if unit and needed:
        raise DataError(
            f"'{name}' is in {unit} in '{path.name}', but in {needed} in the training table. Convert it to "
            f"{needed}."
        )
    if unit:
        return cells, (
            f"The training table names no unit for '{name}'; its numbers in {unit} are taken as they are.",
        )
    return cells, (f"'{name}' has no unit; its numbers count as {needed}, as in training.",)
