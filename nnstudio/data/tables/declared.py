"""Cells as a person said that they are to be read; what cannot be read so counts as missing, and is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.columns import as_numbers
from nnstudio.data.common_unit import common_unit
from nnstudio.data.number_marks import (
    Quantity,
    core,
    decimal_mark,
    is_same_unit,
    number_in,
    plain_text,
    quantity_of,
    thousands_mark,
)
from nnstudio.data.tables.dates import date_format, most_fitting, parsed, run_together
from nnstudio.data.tables.settings import ColumnSetting, ColumnType, Units, quoted
from nnstudio.data.written import Written

if TYPE_CHECKING:
    import pandas as pd

# A unit is offered where numbers with it, or with none, are so many of the values.
FEWEST = 0.4
# Rows that are looked at for one before a person said anything, at a glance and if that shows numbers.
GLANCED_AT, LOOKED_AT = 200, 200_000


@dataclass(frozen=True, eq=False)
class AsSaid:
    """The rows of a table with each column as a person said that it is.

    Attributes:
        notes: what counts as missing for that, and what was read without its unit.
        units: of each column whose numbers were read without it.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    units: Mapping[str, str]


def as_said(frame: pd.DataFrame, settings: Mapping[str, ColumnSetting], written: Written) -> AsSaid:
    """The table in which values that are not of the type that was said are missing, and numbers are numbers.

    ``written``: how the numbers of the table are, and columns as they stand in the file, by its rows.
    """
    notes: list[str] = []
    units: dict[str, str] = {}
    new: dict[str, pd.Series] = {}
    columns = set(map(str, frame.columns))
    for name, said in settings.items():
        if name not in columns or said.type not in (ColumnType.NUMBER, ColumnType.DATE):
            continue
        cells, unit = frame[name], ""
        if said.type == ColumnType.DATE:
            new[name] = _dates(cells)
        else:
            texts = as_written(cells, written.cells.get(name))
            unit = usual_unit(texts) if said.units == Units.WITHOUT else ""
            new[name] = numbers_of(cells, texts, written, unit)
            if unit:
                units[name] = unit
                notes += _told_unit(name, texts, new[name], unit, written)
        notes += _told_wrong(name, cells, new[name], said.type, unit)
    return AsSaid(frame.assign(**new) if new else frame, tuple(notes), units)


def as_written(cells: pd.Series, written: pd.Series | None) -> pd.Series:
    """What the file holds in these rows; what counts as missing is so."""
    if written is None or cells.dtype.kind in "iuf":
        return cells
    return written.loc[cells.index].where(cells.notna())


def numbers_of(cells: pd.Series, texts: pd.Series, written: Written, unit: str) -> pd.Series:
    """The numbers of cells as float64, NaN where there is none; those read as such are as they were."""
    import pandas as pd

    numbers = as_numbers(cells)
    if cells.dtype.kind in "iuf":
        return cells.where(np.isfinite(numbers)) if not np.isfinite(numbers).all() else cells
    decimal, thousands = marks_of(texts, written, unit)
    known = {text: number_in(text, decimal, thousands, unit) for text in different(texts)}
    for row, text in enumerate(texts):
        number = known.get(text) if isinstance(text, str) else None
        if number is not None:
            numbers[row] = number
    numbers[~np.isfinite(numbers)] = np.nan
    return pd.Series(numbers, cells.index, name=cells.name)


def marks_of(texts: pd.Series, written: Written, unit: str) -> tuple[str, str]:
    """The decimal and thousands marks of a column: the table's, unless its numbers tell others. Those with
    a unit that is not known were no numbers when the table was judged.
    """
    cores = [core(text, unit) for text in different(texts)] if unit or not written.decimal else []
    decimal, _unclear, is_told = decimal_mark(cores, "\t")
    # Cells of a workbook have no common marks.
    if written.decimal and (not is_told or decimal == written.decimal):
        return written.decimal, written.thousands
    is_other = bool(written.decimal) or not written.thousands
    return decimal, thousands_mark(cores, decimal) if is_other else written.thousands


def _dates(cells: pd.Series) -> pd.Series:
    """Cells without those that are no dates, written as most of them are."""
    texts = run_together(cells) if cells.dtype.kind in "iuf" else cells
    if texts is None:
        return cells.astype(object).where(np.zeros(len(cells), bool))
    while texts.notna().any():
        # Without some, another way of writing may fit as well.
        how = date_format(texts) or most_fitting(texts)
        if how is None:
            return texts.where(np.zeros(len(texts), bool))
        fits = parsed(texts, how.text).notna()
        if fits.equals(texts.notna()):
            break
        texts = texts.where(fits)
    return texts


def different(texts: pd.Series) -> list[str]:
    """The different texts of cells."""
    return [text for text in texts.dropna().unique() if isinstance(text, str)]


def usual_unit(texts: pd.Series) -> str:
    """The unit that most of the cells have that have one, be it a known one or not; "" where none has."""
    counts = _counts(texts)
    units: Counter[str] = Counter()
    for one, count in _quantities(counts):
        units[one.unit] += count
    known = next(((count, unit) for unit, count in units.most_common() if unit), (0, ""))
    other = common_unit(counts)
    return known[1] if other is None or other.cells <= known[0] else other.text


def unit_offered(cells: pd.Series, written: pd.Series | None) -> str:
    """The unit without which the numbers of a column of texts could be read; "" where they have none."""
    if cells.dtype.kind in "iufb":
        return ""
    texts = as_written(cells, written)
    # Of names and free text, a glance is enough.
    if _unit_and_share(_every(texts, GLANCED_AT))[1] < FEWEST / 2:
        return ""
    unit, share = _unit_and_share(_every(texts, LOOKED_AT))
    return unit if share >= FEWEST else ""


def _unit_and_share(texts: pd.Series) -> tuple[str, float]:
    """The usual unit, and which share of the cells with a value are numbers in it or in none."""
    unit, counts = usual_unit(texts), _counts(texts)
    fits = sum(n for q, n in _quantities(counts, unit) if not q.unit or is_same_unit(q.unit, unit))
    return unit, fits / max(int(texts.notna().sum()), 1)


def _every(texts: pd.Series, most: int) -> pd.Series:
    """So many rows, from all of the column, where there are more."""
    return texts.iloc[:: -(-len(texts) // most) or 1]


def _counts(texts: pd.Series) -> dict[str, int]:
    """How many rows have each of the texts."""
    counts = texts[texts.map(lambda text: isinstance(text, str))].value_counts()
    return {str(text): int(count) for text, count in counts.items()}


def _quantities(counts: Mapping[str, int], unit: str = "") -> list[tuple[Quantity, int]]:
    """The numbers in texts, with units that are known or this one, and how many rows have each."""
    pairs = ((quantity_of(plain_text(text), unit), count) for text, count in counts.items())
    return [(one, count) for one, count in pairs if one is not None]


def _told_unit(name: str, texts: pd.Series, numbers: pd.Series, unit: str, written: Written) -> list[str]:
    """A note on what was read without its unit."""
    with_unit = sum(count for one, count in _quantities(_counts(texts[numbers.notna()]), unit) if one.unit)
    without = int(numbers.notna().sum()) - with_unit
    alike = f", and {without:,} have none; all of them count alike" if without else ""
    decimal, _thousands = marks_of(texts, written, unit)
    is_other = written.decimal and decimal != written.decimal
    mark = f" Its decimal mark is “{decimal}”, unlike that of the table." if is_other else ""
    return [f"'{name}' is read without its unit: {with_unit:,} values are in {unit}{alike}.{mark}"]


def _told_wrong(name: str, cells: pd.Series, new: pd.Series, kind: ColumnType, unit: str) -> list[str]:
    """A note on what counts as missing, and what would make numbers of it."""
    wrong = (cells.notna() & new.isna()).to_numpy()
    if not wrong.any():
        return []
    row, count = int(wrong.argmax()), int(wrong.sum())
    told = (
        f"{count:,} values of '{name}' count as missing, because they are not of the type {kind}, such as "
        f"'{str(cells.iloc[row])[:40]}' in data row {int(cells.index[row]) + 1:,}."
    )
    if kind == ColumnType.NUMBER and not unit and (offered := unit_offered(cells[wrong], None)):
        told += (
            f" To read these numbers without their unit, {offered}, set Columns to {quoted(name)}: "
            f"{Units.WITHOUT}."
        )
    return [told]
