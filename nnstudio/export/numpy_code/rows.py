# mypy: disable-error-code="no-any-return"
"""How rows of a table become a network's inputs, and its outputs answers: an exported predictor gets the
functions that it needs. Nothing here may need more than NumPy, the functions of this file, and those of
`number_marks`, which go along.
"""

from __future__ import annotations

import csv
import io
import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.data.number_marks import DECIMALS, core, minutes_of, number_in, plain_text

# A predictor has its own: how the table was written that it was trained on, and its columns.
READING: dict[str, Any] = {
    "delimiter": "", "decimal": ".", "thousands": "", "encoding": "", "quote": '"', "escape": "",
    "missing": [], "kept": [], "names": {},
}  # fmt: skip
COLUMNS: list[dict[str, Any]] = []
# Cells that stand for a value that is not there.
MISSING = {
    "", "#N/A", "#N/A N/A", "#NA", "NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
    "N/A", "NULL", "NaN", "None", "n/a", "nan", "null", "?", "-", "--",
}  # fmt: skip


def text_of(value: object, known: Sequence[str] = ()) -> str:
    """A value as a cell of the table has it; "" for a missing one, which none of the ``known`` ones is."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    text = str(value).strip()
    if isinstance(value, float | np.floating):
        text = text.replace(".", READING["decimal"])
    return "" if is_missing(text, known) else text


def is_missing(text: str, known: Sequence[str] = ()) -> bool:
    """Whether a cell says that there is no value: as usual, or by what was said of the table."""
    if text in READING["missing"] or (text in MISSING and text not in {*READING["kept"], *known}):
        return True
    numbers = {number_in(mark, ".", "", "") for mark in READING["missing"]} - {None}
    return bool(numbers) and number_of(text) in numbers


def number_of(text: str, unit: str = "") -> float | None:
    """The number of a cell with the marks of the table, in this unit or in none; None where it is none, or
    where one of other marks can be read in two ways.
    """
    mark = READING["decimal"]
    number, other = number_in(text, mark, READING["thousands"], unit), {".": ",", ",": "."}[mark]
    if number is None and DECIMALS[other].fullmatch(core(text, unit)):
        number = number_in(text, other, "", unit)
        warnings.warn(f"some numbers have {other!r} for decimals, and in training {mark!r}", stacklevel=2)
    return number if number is not None and math.isfinite(number) else None


def position(text: str, column: dict[str, Any]) -> int:
    """Which of the values of a column a text is, -1 for none; 2 and 2.0 are the same."""
    values = column["values"]
    if text in values:
        return values.index(text)
    number = measured(column, text)
    plain = [number_in(value, ".", "", "") for value in values] if number is not None else []
    same = [at for at, value in enumerate(plain) if value == number]
    is_code = len(text) > 1 and text[0] == "0" and text[1].isdigit()
    return same[0] if len(same) == 1 and not is_code else -1


def encoded(column: dict[str, Any], cell: object) -> list[float] | None:
    """A cell as the network's inputs; None where it is missing or wrong and nothing stands for that."""
    text, fill = text_of(cell, column.get("values", ())), column.get("fill")
    if text and column.get("wrong_is_missing") and is_wrong(column, text):
        warnings.warn(f"{column['column']!r} is {text!r} somewhere, which counts as missing", stacklevel=2)
        text = ""
    if column["type"] == "category":
        at = position(text, column) if text else -1
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
        at = position(text, column) if text else -1
        own = [float(at)] if at >= 0 else None if text or fill is None else [fill]
    else:
        own = number_inputs(column, text)
    if own is None:
        return None
    return list(own) if fill is None else [*own, float(not text)]


def is_wrong(column: dict[str, Any], text: str) -> bool:
    """Whether a cell is not of the type of its column, a number or a date."""
    return (date_parts if column["type"] == "date" else measured)(column, text) is None


def measured(column: dict[str, Any], text: str) -> float | None:
    """The number of a cell; its unit may stand at it, and of times it is that of minutes."""
    minutes = minutes_of(text) if column.get("times") else None
    return number_of(text, column.get("unit", "")) if minutes is None else float(minutes)


def number_inputs(column: dict[str, Any], text: str) -> list[float] | None:
    """A number as it is, or its log(1 + x), or within bounds."""
    value = measured(column, text) if text else column["fill"]
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
            given = name if name in row else own_name(name)
            if given not in row:
                raise ValueError(f"row {at + 1} has no column {name!r}")
            own = encoded(column, row[given])
            if own is None:
                warnings.warn(f"row {at + 1} is left out: {name!r} is {row[given]!r}", stacklevel=2)
                answered[at] = False
                break
            cells += own
        if answered[at]:
            inputs.append(cells)
    return np.array(inputs, float), answered


def own_name(column: str) -> str:
    """What a column is called in the table, where it got another name."""
    return next((own for own, new in READING["names"].items() if new == column), column)


def read_table(path: str) -> list[dict[str, Any]]:
    """The rows of a CSV file, separated by whatever mark makes its columns those of COLUMNS; the second 'a'
    is called 'a (2)'. Without a header its columns are 'column 1', 'column 2' and so on.
    """
    text = file_text(path)
    marks = dict.fromkeys([READING["delimiter"] or ",", *",;\t| "])
    for mark in marks:
        for at, cells in enumerate(islice(lines_of(text, mark), 100)):
            for given in (cells, [cells[0].lstrip("#%/ "), *cells[1:]]):
                names = header_of(given)
                if all(c["column"] in names or own_name(c["column"]) in names for c in COLUMNS):
                    if at:
                        warnings.warn(f"lines left out before the header: {at}", stacklevel=2)
                    return rows_of(names, list(islice(lines_of(text, mark), at + 1, None)))
    first = text.partition("\n")[0]
    mark = next(iter(marks)) if next(iter(marks)) in first else max(marks, key=first.count)
    lines = list(lines_of(text, mark))
    unnamed = header_of([""] * max(map(len, lines), default=0))
    if lines and all(c["column"] in unnamed for c in COLUMNS):
        return rows_of(unnamed, lines)
    return rows_of(header_of(lines[0]), lines[1:]) if lines else []


def file_text(path: str) -> str:
    """A file in UTF-8 or in what its first bytes say, else in the encoding of the table of training."""
    raw, own = Path(path).read_bytes(), READING["encoding"]
    for start, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(start):
            return raw.decode(name)
    is_usual = own in ("", "utf-8", "utf-8-sig", "cp1252", "latin-1") or (own[:4] == "utf-" and 0 not in raw)
    for name in ("utf-8", "cp1252") if is_usual else (own,):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            pass
    return raw.decode("latin-1" if is_usual else "utf-8")


def lines_of(text: str, mark: str) -> Iterator[list[str]]:
    """The cells of each line that is not empty."""
    quote, escape = READING["quote"] or '"', READING["escape"] or None
    lines = csv.reader(
        io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True, quotechar=quote,
        escapechar=escape, doublequote=not escape,
    )  # fmt: skip
    return (cells for cells in lines if cells not in ([], [""]))


def header_of(cells: Sequence[str]) -> list[str]:
    """Names of columns, each once."""
    names: list[str] = []
    given = [plain_text(cell) for cell in cells]
    for at, cell in enumerate(given, 1):
        name = cell or f"column {at}"
        again = (f"{name} ({number})" for number in count(2))
        names.append(next(n for n in again if n not in {*given, *names}) if name in names else name)
    return names


def rows_of(names: Sequence[str], lines: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Each line by the names of its columns; what a shorter one lacks is missing."""
    return [
        {name: cells[at] if at < len(cells) else None for at, name in enumerate(names)} for cells in lines
    ]


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
