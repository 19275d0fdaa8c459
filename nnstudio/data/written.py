"""How the numbers of a table are written: marks, and units by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Written:
    """How a table's numbers are written.

    Attributes:
        decimal: "" where nothing tells it.
        units: the unit of each column that has one.
        cells: the columns of ``units``, and those of texts that were changed, as they are written.
    """

    decimal: str = ""
    thousands: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, pd.Series] = field(default_factory=dict)


def with_units(columns: Iterable[Mapping[str, Any]], written: Written | None) -> list[dict[str, Any]]:
    """Columns as plain data, those of numbers with the unit that may stand at them."""
    units = {} if written is None else written.units
    return [
        {**column, "unit": units[column["column"]]}
        if column["type"] == "number" and column["column"] in units
        else {**column}
        for column in columns
    ]
