"""How a table is written: its marks, those of its numbers and of missing values, and units by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Written:
    """How a table is written, and what a person said of reading it.

    Attributes:
        decimal: "" where nothing tells it.
        units: the unit of each column that has one.
        cells: the columns of ``units``, and those of texts that were changed, as they are written.
        delimiter, encoding, quote, escape: of a file of text as `dialect.Dialect` has them; else "".
        times: columns of times of day or durations, which are read as minutes.
        missing, kept: texts that stand for missing values besides the usual ones, and usual ones that do not.
        names: other names of columns than the file's own, by these.
        of_type: columns of which a person said that they hold numbers or dates: what is none is missing.
    """

    decimal: str = ""
    thousands: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, pd.Series] = field(default_factory=dict)
    delimiter: str = ""
    encoding: str = ""
    quote: str = ""
    escape: str = ""
    times: Sequence[str] = ()
    missing: Sequence[str] = ()
    kept: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    of_type: Sequence[str] = ()

    def plain(self) -> dict[str, Any]:
        """It as plain data, without its cells, which a project keeps."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "cells"}
        for name, value in plain.items():
            if not isinstance(value, str):
                plain[name] = dict(value) if isinstance(value, Mapping) else list(value)
        return plain


def as_written(columns: Iterable[Mapping[str, Any]], written: Written | None) -> list[dict[str, Any]]:
    """Columns as plain data with how their cells are written, where that is more than a number, date or text:
    the "unit" that may stand at them, "times", and whether what is not of the type is missing.
    """
    return [{**column, **_of_column(column, written or Written())} for column in columns]


def _of_column(column: Mapping[str, Any], written: Written) -> dict[str, Any]:
    name, told = column["column"], dict[str, Any]()
    if column["type"] != "date" and name in written.units:
        told["unit"] = written.units[name]
    if name in written.times:
        told["times"] = True
    if name in written.of_type and column.get("fill") is not None:
        told["wrong_is_missing"] = True
    return told
