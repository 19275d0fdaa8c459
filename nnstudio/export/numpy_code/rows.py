# mypy: disable-error-code="no-any-return"
"""How rows of a table become a network's inputs, and its outputs answers: an exported predictor gets the
functions that it needs. Nothing here may need more than NumPy and the functions of this file.
"""

from __future__ import annotations

import csv
import math
import sys
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np

# Cells that stand for a value that is not there.
MISSING = {
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NULL", "NaN", "None", "n/a", "nan", "null", "?", "-", "--",
}  # fmt: skip


def text_of(value: object, known: Sequence[str] = ()) -> str:
    """A value as a cell of a CSV file has it; "" for a missing one, which none of the ``known`` ones is."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    text = str(value).strip()
    return "" if text in MISSING and text not in known else text


def number_of(text: str) -> float | None:
    """The number that a text writes; None where it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    # Python alone reads 1_000 as a number.
    return number if math.isfinite(number) and "_" not in text else None


def position(text: str, values: Sequence[str]) -> int:
    """Which of the values a text is, -1 for none; 2 and 2.0 are the same."""
    if text in values:
        return values.index(text)
    number = number_of(text)
    same = [at for at, value in enumerate(values) if number is not None and number_of(value) == number]
    is_code = len(text) > 1 and text[0] == "0" and text[1].isdigit()
    return same[0] if len(same) == 1 and not is_code else -1


def encoded(column: dict[str, Any], cell: object) -> list[float] | None:
    """A cell as the network's inputs; None where it is missing or wrong and nothing stands for that."""
    text, fill = text_of(cell, column.get("values", ())), column.get("fill")
    if column["type"] == "category":
        at = position(text, column["values"]) if text else -1
        if not text and not column["gaps"]:
            return None
        if text and at < 0:
            warnings.warn(f"column {column['column']!r} had no {text!r} in training", stacklevel=2)
        if column.get("coding") == "embedding":
            return [at + 1.0]
        one_hot = [float(at == i) for i in range(len(column["values"]))]
        return [*one_hot, float(not text)] if column["gaps"] else one_hot
    if column["type"] == "date":
        own = date_parts(column, text) if text else fill
    elif column["type"] == "ordered":
        at = position(text, column["values"]) if text else -1
        own = [float(at)] if at >= 0 else None if text or fill is None else [fill]
    else:
        own = quantity(column, text)
    if own is None:
        return None
    return list(own) if fill is None else [*own, float(not text)]


def quantity(column: dict[str, Any], text: str) -> list[float] | None:
    """A number as it is, or its log(1 + x), or within bounds; its unit may stand at it."""
    unit = column.get("unit", "")
    value = number_of(text.removesuffix(unit).removeprefix(unit).strip()) if text else column["fill"]
    if value is None or (column["log"] and value <= -1):
        return None
    value = math.log1p(value) if column["log"] else value
    lowest, highest = column.get("clip", (-math.inf, math.inf))
    return [min(max(value, lowest), highest)]


def date_parts(column: dict[str, Any], text: str) -> list[float] | None:
    """Parts of a date, such as its month; Monday is weekday 0. Dates with a time zone are taken in UTC."""
    try:
        date = datetime.strptime(text, column["format"])
    except ValueError:
        return None
    date = date.astimezone(UTC) if date.tzinfo else date
    return [float(date.weekday() if part == "weekday" else getattr(date, part)) for part in column["parts"]]


def table(rows: Sequence[dict[str, Any]], columns: Sequence[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of the rows that can be predicted, and whether each row is one of them."""
    inputs, answered = [], np.ones(len(rows), bool)
    for at, row in enumerate(rows):
        cells: list[float] = []
        for column in columns:
            name = column["column"]
            if name not in row:
                raise ValueError(f"row {at + 1} has no column {name!r}")
            own = encoded(column, row[name])
            if own is None:
                warnings.warn(f"row {at + 1} is left out: {name!r} is {row[name]!r}", stacklevel=2)
                answered[at] = False
                break
            cells += own
        if answered[at]:
            inputs.append(cells)
    return np.array(inputs, float), answered


def read_table(path: str) -> list[dict[str, Any]]:
    """The rows of a CSV file whose first line names the columns; the second 'a' is called 'a (2)'."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        start = file.read(65536)
        file.seek(0)
        first = start.partition("\n")[0]
        marks = max(",;\t", key=first.count)
        lines = csv.reader(file, delimiter=marks)
        given = next(lines, [])
        names: list[str] = []
        for at, cell in enumerate(given, 1):
            name = cell or f"column {at}"
            again = (f"{name} ({number})" for number in count(2))
            names.append(next(n for n in again if n not in {*given, *names}) if name in names else name)
        return list(csv.DictReader(file, names, delimiter=marks))


def read_numbers(path: str) -> np.ndarray:
    """Numbers of an .npy file, or of a CSV file without a header."""
    if path.endswith(".npy"):
        return np.load(path, allow_pickle=False)
    return np.loadtxt(path, delimiter=",", ndmin=2)


def probability(outputs: np.ndarray, are_logits: bool) -> np.ndarray:
    """Of each class; a single output is that of the second of two classes."""
    z = outputs.reshape(len(outputs), -1)
    if z.shape[1] == 1:
        second = 1 / (1 + np.exp(-np.clip(z, -700, 700))) if are_logits else z
        return np.concatenate([1 - second, second], axis=1)
    if are_logits:
        e = np.exp(z - z.max(axis=1, keepdims=True))
        z = e / e.sum(axis=1, keepdims=True)
    return z


def write_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
