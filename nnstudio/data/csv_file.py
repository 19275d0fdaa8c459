"""A person's own CSV: delimiter, header, decimal mark and target are guessed, shown, and settable.

Text columns become one column per value; rows with missing values are left out and named. pandas
reads the file; it is imported when first needed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.columns import as_numbers, check_numbers, encode, leave_rows, read_target, scaled
from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, Source, sources, split, standardise
from nnstudio.model.atomic_file import FileError, check_regular, read_regular

if TYPE_CHECKING:
    import pandas as pd

MAX_COLUMNS = 10_000
# The first line may be this long before the file is refused as not being a table.
MAX_LINE = 8_000_000
# Of a whole file.
MAX_BYTES = 2**32
PREVIEW_ROWS = 5
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
# A mark inside of a cell, as in 5" of rain, quotes nothing.
OPENING = re.compile(r'(?:^|[,;\t|])\s*"')
NAMES = {name: mark for mark, name in DELIMITERS.items()}


@dataclass(frozen=True)
class Guess:
    """How a CSV seems to be written."""

    delimiter: str
    header: bool
    decimal: str
    columns: tuple[str, ...]

    @property
    def target(self) -> str:
        return self.columns[-1]


def guess(path: str | Path, known: str = "", heads: bool | None = None) -> Guess:
    """Look at the start of a file; delimiter and header may be known. Raises DataError with a sentence."""
    sample = _start(Path(path))
    lines = _records(sample)
    if not lines:
        raise DataError(f"'{Path(path).name}' is empty. Choose a file with a row for each sample.")
    counts = {mark: [line.count(mark) for line in lines[:20]] for mark in DELIMITERS}
    # The mark that occurs on every line, equally often, and most often.
    delimiter = known or max(
        counts, key=lambda m: (min(counts[m]) > 0, len(set(counts[m])) == 1, min(counts[m]))
    )
    if counts[delimiter][0] + 1 > MAX_COLUMNS:
        raise DataError(
            f"'{Path(path).name}' has {counts[delimiter][0] + 1:,} columns; at most {MAX_COLUMNS:,} can be "
            "used. If each sample is a column, transpose the table so that each sample is a row."
        )
    rows = list(_split(Path(path), lines[:200], delimiter))
    body = rows[1:] or rows
    commas = sum("," in v and _is_number(v.replace(",", ".")) for row in body for v in row)
    points = sum("." in v and _is_number(v) for row in body for v in row)
    decimal = "," if delimiter != "," and commas > points else "."
    first_is_words = not any(_is_number(v.replace(decimal, ".")) for v in rows[0])
    has_numbers = any(_is_number(v.replace(decimal, ".")) for row in body for v in row)
    header = first_is_words and (has_numbers or len(rows) == 1) if heads is None else heads
    names = [v.strip() or f"column {i}" for i, v in enumerate(rows[0], 1)]
    columns = names if header else [f"column {i}" for i in range(1, len(rows[0]) + 1)]
    return Guess(delimiter, header, decimal, tuple(columns))


def _records(text: str) -> list[str]:
    """The lines that are not empty; those with a line break inside quotation marks are one."""
    lines = [line for line in text.splitlines() if line.strip()]
    records: list[str] = []
    is_open = False
    for line in lines:
        begins_cell = is_open or OPENING.search(line) is not None
        records.append(f"{records.pop()}\n{line}" if is_open else line)
        is_open ^= begins_cell and line.count('"') % 2 == 1
    # A mark that is never closed is no quotation mark.
    return lines if is_open else records


def _split(path: Path, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """The cells of each line. Raises DataError."""
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error as error:
        raise DataError(
            f"'{path.name}' is not a table: {error}. Perhaps a quotation mark is not closed, "
            "or the delimiter is another one."
        ) from error


def _start(path: Path) -> str:
    try:
        check_regular(path)
        with path.open("rb") as file:
            raw = file.read(MAX_LINE)
    except FileError as error:
        raise DataError(f"{error} Choose another file.") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise DataError(f"'{path.name}' cannot be read: {why}. Choose another file.") from error
    if b"\n" not in raw and len(raw) == MAX_LINE:
        raise DataError(
            f"The first line of '{path.name}' is over {MAX_LINE:,} characters long; that is no table of "
            f"samples. At most {MAX_COLUMNS:,} columns can be used; each sample should be a row."
        )
    text = raw.decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise DataError(f"'{path.name}' is not a text file. Save the table as CSV and choose that.")
    return text if len(raw) < MAX_LINE else text[: text.rfind("\n")]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@sources.register
class CsvFile(Source):
    """A table on disk; inputs and number targets are standardised with the training part's mean."""

    id = "csv"
    title = "CSV file"
    order = 20
    picks = Picks.FILE
    suffixes = (".csv", ".tsv", ".txt", ".data")
    target_option = "target"
    embeds = True
    help = "Your own table: a row for each sample, a column for each value."
    options = (
        Option("path", "", "The file."),
        Option("delimiter", "guess", "What separates the values.", choices=("guess", *NAMES)),
        Option("header", "guess", "Whether the first row names the columns.", choices=("guess", "yes", "no")),
        Option("decimal", "guess", "The decimal mark.", choices=("guess", ".", ",")),
        Option("target", "", "Column to predict; empty means the last one."),
        Option("skip_rows", "", "Rows of data to leave out, such as 1-3, 8, counted from 1."),
        Option("test_ratio", 0.3, "Share of rows kept for testing.", 0.0, 0.9),
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose a CSV file.")
        path = Path(options["path"])
        table = leave_rows(path, parse(path, options), options["skip_rows"])
        target = options["target"] or str(table.columns[-1])
        if target not in table.columns:
            names = ", ".join(map(str, table.columns[:8]))
            raise DataError(f"'{path.name}' has no column '{target}'. Its columns are: {names}.")
        if len(table.columns) < 2:
            raise DataError(
                f"'{path.name}' has only one column; inputs and a target are needed. "
                "If it has more, choose the right delimiter."
            )
        check_numbers(path, table.drop(columns=[target]))
        table, notes = without_missing(path, table)
        x, features, left_out = encode(path, table.drop(columns=[target]))
        y, classes = read_target(path, table[target])
        parts = split(x, y, options["test_ratio"], options["seed"])
        shift, scale = standardise(parts[0])
        y_shift, y_scale = (0.0, 1.0) if classes else standardise(parts[1])
        return Dataset(
            path.stem,
            scaled(path, parts[0], shift, scale), scaled(path, parts[1], y_shift, y_scale),
            scaled(path, parts[2], shift, scale), scaled(path, parts[3], y_shift, y_scale),
            classes, features, (target,), shift, scale, y_shift, y_scale, notes + left_out,
        )  # fmt: skip

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        style = as_written(path, options)
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            lines = _split(path, (line for line in file if line.strip()), style.delimiter)
            rows = [tuple(v.strip() for v in row) for row in islice(lines, PREVIEW_ROWS + style.header)]
        text = (
            f"separated by {DELIMITERS[style.delimiter]}, "
            f"{'first row names the columns' if style.header else 'no header row'}, "
            f"decimal mark “{style.decimal}”, {len(style.columns)} columns"
        )
        target = options["target"] or style.target
        return Preview(text, style.columns, tuple(rows[style.header :]), target)

    def example(self, folder: Path) -> dict[str, Any]:
        rows = [f"{i / 4},{['red', 'blue'][i % 2]},{i % 7},{['yes', 'no'][i % 3 == 0]}" for i in range(40)]
        path = folder / "table.csv"
        path.write_text("\n".join(["width,colour,count,good", *rows, ""]), encoding="utf-8")
        return {"path": str(path)}


def as_written(path: Path, options: Mapping[str, Any]) -> Guess:
    """How a file is read: as guessed, or as the options say. Raises DataError."""
    delimiter = "" if options["delimiter"] == "guess" else NAMES[options["delimiter"]]
    style = guess(path, delimiter, {"guess": None, "yes": True, "no": False}[options["header"]])
    return style if options["decimal"] == "guess" else replace(style, decimal=options["decimal"])


def parse(path: Path, options: Mapping[str, Any]) -> pd.DataFrame:
    """All rows of a file, its columns by their names, each of which occurs once. Raises DataError."""
    import pandas as pd

    style = as_written(path, options)
    try:
        table = pd.read_csv(
            io.BytesIO(read_regular(path, MAX_BYTES)), sep=style.delimiter,
            header=0 if style.header else None, decimal=style.decimal, skipinitialspace=True,
            na_values=["?"], encoding_errors="replace", low_memory=False,
        )  # fmt: skip
    except FileError as error:
        raise DataError(str(error)) from error
    # pandas raises whatever its parts raise; all of it means that this is no table.
    except (ValueError, TypeError, LookupError, ArithmeticError, MemoryError, RuntimeError) as error:
        raise DataError(f"'{path.name}' is not a table: {error}. Check the delimiter.") from error
    names = [str(c).strip() if style.header else f"column {i}" for i, c in enumerate(table.columns, 1)]
    for at, name in enumerate(names):
        if name in names[:at]:
            names[at] = next(n for i in count(2) if (n := f"{name} ({i})") not in names)
    table.columns = pd.Index(names)
    if style.decimal == ",":
        # Where a column holds a text too, its numbers are still as they were written.
        table = table.apply(lambda c: c if pd.api.types.is_numeric_dtype(c) else c.map(_with_point))
    return table.reset_index(drop=True)


def _with_point(value: object) -> object:
    text = value.replace(",", ".") if isinstance(value, str) else ""
    return text if _is_number(text) else value


def without_missing(path: Path, table: pd.DataFrame, least: int = 2) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows without missing values, and notes for a person. Raises DataError."""
    notes = []
    missing = table.isna().sum()
    if missing.any():
        names = ", ".join(f"'{name}' ({number})" for name, number in missing[missing > 0].items())
        rows = int(table.isna().any(axis=1).sum())
        notes.append(f"{rows} rows are left out because values are missing in {names}.")
        table = table.dropna()
    if table.empty:
        why = " " + notes[0] if notes else ""
        raise DataError(f"'{path.name}' has no rows of data.{why} Add at least one complete row.")
    if len(table) < least:
        raise DataError(f"'{path.name}' has only one row; training and testing take at least two.")
    return table, tuple(notes)


def read_new(path: Path) -> pd.DataFrame:
    """The complete rows of a file of new samples, written in any way. Raises DataError."""
    options = {"delimiter": "guess", "header": "guess", "decimal": "guess"}
    return without_missing(path, parse(path, options), 1)[0]


def encode_inputs(path: Path, table: pd.DataFrame, features: tuple[str, ...], width: int) -> np.ndarray:
    """Inputs (n, width) of new rows in the order of training. Raises DataError.

    Columns are found by the names of the features ("name = value" for one-hot ones); a table with
    none of the names is read in order.
    """
    plain = [name.split(" = ")[0] for name in features]
    if features and set(plain) <= set(map(str, table.columns)):
        columns = []
        for feature, name in zip(features, plain, strict=True):
            value = table[name].astype(str) == feature.split(" = ", 1)[1] if " = " in feature else table[name]
            columns.append(as_numbers(value))
        x = np.stack(columns, 1)
    elif len(table.columns) in (width, width + 1):
        # One column more is the target, as in the file that it was trained on.
        x = np.stack([as_numbers(table.iloc[:, at]) for at in range(width)], 1)
    else:
        wanted = ", ".join(dict.fromkeys(plain)) or f"{width} values"
        raise DataError(f"'{path.name}' has {len(table.columns)} columns, but the network needs: {wanted}.")
    if not np.isfinite(x).all():
        row, at = np.argwhere(~np.isfinite(x))[0]
        raise DataError(f"'{path.name}' has no number in data row {row + 1}, column {at + 1}.")
    return x
