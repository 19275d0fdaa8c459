"""What the numbers are that columns of a table become, in words for whoever has to fill them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnstudio.export.network import ExportedNetwork

PARTS = {
    "year": "the year, such as 2025", "month": "the month from 1, January",
    "day": "the day of the month from 1", "weekday": "the day of the week from 0, Monday",
    "hour": "the hour from 0 to 23",
    "minute": "the minute from 0 to 59",
}  # fmt: skip
# So many values of a column are named.
MOST_VALUES = 40


def told_columns(network: ExportedNetwork) -> list[str]:
    """A sentence for each column whose inputs are other numbers than its own."""
    told: list[str] = []
    for column in network.preprocessing["inputs"]:
        told += _about(column)
        if column.get("fill") is not None or (column.get("gaps") and "coding" not in column):
            name = f"{column['column']} is missing"
            told.append(f"{name!r} is 1 where there is no value, else 0{_filled(column)}.")
    return told


def _about(column: Mapping[str, Any]) -> Iterator[str]:
    name = str(column["column"])
    values = [*column.get("values", ())]
    listed = ", ".join(map(repr, values[:MOST_VALUES])) + (", ..." if len(values) > MOST_VALUES else "")
    if column["type"] == "date":
        zone = " in UTC" if str(column["format"]).endswith("%z") else ""
        parts = ", ".join(f"{f'{name}: {part}'!r} {PARTS[part]}" for part in column["parts"])
        yield f"Of a date{zone}: {parts}."
    elif column["type"] == "ordered":
        yield f"{name!r} is the position of its value from 0 in {listed}."
    elif column.get("coding"):
        yield f"{name!r} is the number of its value from 1 in {listed}; 0 is any other."
    elif column["type"] == "category":
        yield f"Of the inputs of {name!r}, that of its value is 1 and the others are 0."
    if column.get("log"):
        yield f"{f'log(1 + {name})'!r} is the natural logarithm of 1 + {name!r}."
    if "clip" in column:
        low, high = column["clip"]
        yield f"{name!r} is {low:.6g} where it is less, and {high:.6g} where it is more."
    if column.get("times"):
        yield f"{name!r} is a time in minutes."
    if column.get("unit"):
        yield f"{name!r} is in {column['unit']}."


def _filled(column: Mapping[str, Any]) -> str:
    """What stands in the other inputs of a column then."""
    fill = column.get("fill")
    if column["type"] == "category":
        return ", and the other inputs of the column are 0 then"
    values = ", ".join(f"{value:.6g}" for value in (fill if isinstance(fill, list) else [fill]))
    logged = ", before its logarithm," if column.get("log") else ""
    return f", and the column counts as {values}{logged} then"
