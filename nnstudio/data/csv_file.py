"""A person's own CSV: delimiter, header, decimal mark and target are guessed, shown, and settable.

Text columns become one column per value; rows with missing values are left out and named. pandas
reads the file; it is imported when first needed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Preview, Source, sources, split, standardise

if TYPE_CHECKING:
    import pandas as pd

MAX_COLUMNS = 10_000
MAX_CATEGORIES = 100
# The first line may be this long before the file is refused as not being a table.
MAX_LINE = 8_000_000
# A column is numbers with a mistake in it, rather than text, from this share of numbers on.
MOSTLY_NUMBERS = 0.8
# A whole-number target with at most this many different values is taken as classes.
MAX_NUMBER_CLASSES = 20
PREVIEW_ROWS = 5
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
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
    lines = [line for line in sample.splitlines() if line.strip()]
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
            "used. If it lies on its side, turn it so that each sample is a row."
        )
    rows = list(csv.reader(lines[:200], delimiter=delimiter))
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


def _start(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_LINE)
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror}. Check its name and place.") from error
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
    picks = "file"
    suffixes = (".csv", ".tsv", ".txt", ".data")
    target_option = "target"
    embeds = True
    help = "Your own table: a row for each sample, a column for each value."
    options = (
        Option("path", "", "The file."),
        Option("delimiter", "guess", "What parts the values.", choices=("guess", *NAMES)),
        Option("header", "guess", "Whether the first row names the columns.", choices=("guess", "yes", "no")),
        Option("decimal", "guess", "What parts whole from fraction.", choices=("guess", ".", ",")),
        Option("target", "", "Column to predict; empty means the last one."),
        Option("test_ratio", 0.3, "Share of rows kept for testing.", 0.0, 0.9),
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose a CSV file.")
        path = Path(options["path"])
        table, notes = read_table(path, options)
        target = options["target"] or str(table.columns[-1])
        if target not in table.columns:
            names = ", ".join(map(str, table.columns[:8]))
            raise DataError(f"'{path.name}' has no column '{target}'. Its columns are: {names}.")
        if len(table.columns) < 2:
            raise DataError(
                f"'{path.name}' has one column only; it needs inputs and a target. "
                "If it has more, choose the right delimiter."
            )
        x, features, left_out = _inputs(path, table.drop(columns=[target]))
        y, classes = _target(table[target])
        parts = split(x, y, options["test_ratio"], options["seed"])
        shift, scale = standardise(parts[0])
        y_shift, y_scale = (0.0, 1.0) if classes else standardise(parts[1])
        return Dataset(
            path.stem,
            ((parts[0] - shift) / scale).astype(np.float32),
            ((parts[1] - y_shift) / y_scale).astype(np.float32),
            ((parts[2] - shift) / scale).astype(np.float32),
            ((parts[3] - y_shift) / y_scale).astype(np.float32),
            classes, features, (target,), shift, scale, y_shift, y_scale, notes + left_out,
        )  # fmt: skip

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        found = as_written(path, options)
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            lines = csv.reader((line for line in file if line.strip()), delimiter=found.delimiter)
            rows = [tuple(v.strip() for v in row) for row in islice(lines, PREVIEW_ROWS + found.header)]
        text = (
            f"separated by {DELIMITERS[found.delimiter]}, "
            f"{'first row names the columns' if found.header else 'no header row'}, "
            f"decimal mark “{found.decimal}”, {len(found.columns)} columns"
        )
        target = options["target"] or found.target
        return Preview(text, found.columns, tuple(rows[found.header :]), target)

    def example(self, folder: Path) -> dict[str, Any]:
        rows = [f"{i / 4},{['red', 'blue'][i % 2]},{i % 7},{['yes', 'no'][i % 3 == 0]}" for i in range(40)]
        path = folder / "table.csv"
        path.write_text("\n".join(["width,colour,count,good", *rows, ""]), encoding="utf-8")
        return {"path": str(path)}


def as_written(path: Path, options: Mapping[str, Any]) -> Guess:
    """How a file is read: as guessed, or as the options say. Raises DataError."""
    delimiter = "" if options["delimiter"] == "guess" else NAMES[options["delimiter"]]
    found = guess(path, delimiter, {"guess": None, "yes": True, "no": False}[options["header"]])
    return found if options["decimal"] == "guess" else replace(found, decimal=options["decimal"])


def read_table(
    path: Path, options: Mapping[str, Any], least: int = 2
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows without missing values, and notes for a person. Raises DataError."""
    import pandas as pd

    found = as_written(path, options)
    header = found.header
    try:
        table = pd.read_csv(
            io.BytesIO(path.read_bytes()), sep=found.delimiter, header=0 if header else None,
            decimal=found.decimal,
            skipinitialspace=True, na_values=["?"], encoding_errors="replace",
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise DataError(f"'{path.name}' is not a table: {error}. Check the delimiter.") from error
    table.columns = pd.Index(
        [str(c).strip() if header else f"column {i}" for i, c in enumerate(table.columns, 1)]
    )
    notes = []
    missing = table.isna().sum()
    if missing.any():
        names = ", ".join(f"'{name}' ({count})" for name, count in missing[missing > 0].items())
        rows = int(table.isna().any(axis=1).sum())
        notes.append(f"{rows} rows are left out because values are missing in {names}.")
        table = table.dropna()
    if table.empty:
        why = " " + notes[0] if notes else ""
        raise DataError(f"'{path.name}' has no rows of data.{why} Add at least one complete row.")
    if len(table) < least:
        raise DataError(f"'{path.name}' has one row only; it takes at least two to train and test.")
    return table, tuple(notes)


def _inputs(path: Path, table: pd.DataFrame) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Numbers as they are, text columns one-hot; names and notes. Raises DataError."""
    import pandas as pd

    blocks, names, notes = [], [], []
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            blocks.append(column.to_numpy(np.float64)[:, None])
            names.append(str(name))
            continue
        numbers = pd.to_numeric(column, errors="coerce")
        if numbers.notna().mean() >= MOSTLY_NUMBERS:
            row = int(np.flatnonzero(numbers.isna().to_numpy())[0])
            raise DataError(
                f"Column '{name}' of '{path.name}' holds numbers, but '{column.iloc[row]}' in data row "
                f"{int(column.index[row]) + 1} is not one. Correct it, or check the decimal mark."
            )
        values = sorted(column.astype(str).unique())
        if len(values) > MAX_CATEGORIES:
            notes.append(
                f"Column '{name}' is left out: it is text with {len(values):,} different values, and at "
                f"most {MAX_CATEGORIES} can be told apart."
            )
            continue
        blocks.append((column.astype(str).to_numpy()[:, None] == np.array(values)).astype(np.float64))
        names.extend(f"{name} = {value}" for value in values)
    if not blocks:
        raise DataError(f"'{path.name}' has no usable input column. {' '.join(notes)}")
    x = np.concatenate(blocks, 1)
    if not np.isfinite(x).all():
        row, at = np.argwhere(~np.isfinite(x))[0]
        raise DataError(
            f"Column '{names[at]}' of '{path.name}' holds an infinite number (data row {row + 1})."
        )
    return x, tuple(names), tuple(notes)


def encode_inputs(path: Path, table: pd.DataFrame, features: tuple[str, ...], width: int) -> np.ndarray:
    """Inputs (n, width) of new rows in the order of training. Raises DataError.

    Columns are found by the names of the features ("name = value" for one-hot ones); a table with
    none of the names is read in order.
    """
    import pandas as pd

    plain = [name.split(" = ")[0] for name in features]
    if features and set(plain) <= set(map(str, table.columns)):
        columns = []
        for feature, name in zip(features, plain, strict=True):
            value = table[name].astype(str) == feature.split(" = ", 1)[1] if " = " in feature else table[name]
            columns.append(pd.to_numeric(value, errors="coerce").to_numpy(np.float64))
        x = np.stack(columns, 1)
    elif len(table.columns) in (width, width + 1):
        # One column more is the target, as in the file that it was trained on.
        x = table.iloc[:, :width].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    else:
        wanted = ", ".join(dict.fromkeys(plain)) or f"{width} values"
        raise DataError(f"'{path.name}' has {len(table.columns)} columns, but the network wants: {wanted}.")
    if not np.isfinite(x).all():
        row, at = np.argwhere(~np.isfinite(x))[0]
        raise DataError(f"'{path.name}' has no number in data row {row + 1}, column {at + 1}.")
    return x


def _target(column: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class numbers and names for text or few whole numbers, else the numbers."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(np.float64)
        few = len(np.unique(values)) <= min(MAX_NUMBER_CLASSES, len(values) // 2)
        if not (few and (values == np.round(values)).all()):
            return values[:, None], ()
        names = np.unique(values)
        labels = tuple(f"{v:g}" for v in names)
        return np.searchsorted(names, values).astype(np.float64)[:, None], labels
    texts = column.astype(str).to_numpy()
    words = sorted(set(texts))
    if len(words) > MAX_CATEGORIES * 10:
        raise DataError(
            f"The target '{column.name}' is text with {len(words):,} different values; that is too many "
            "classes. Choose another target column."
        )
    lookup = {word: i for i, word in enumerate(words)}
    return np.array([[lookup[t]] for t in texts], np.float64), tuple(words)
