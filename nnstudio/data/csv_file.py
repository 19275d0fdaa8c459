"""A person's own CSV: how it is written and its target are guessed, shown, and settable.

Text columns become one column per value; rows with missing values are left out and named. pandas
reads the file; it is imported when first needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnkernels.spec import Option
from nnstudio.data.columns import check_numbers, encode, leave_rows, read_target, scaled
from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, Source, sources, split, standardise
from nnstudio.data.dialect import NAMES, Dialect, guess, split_cells
from nnstudio.data.prose import is_prose
from nnstudio.data.table_reader import read_table

if TYPE_CHECKING:
    import pandas as pd

PREVIEW_ROWS = 5


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
        Option("target", "", "Column to predict; empty means one that is called like a target, or the last."),
        Option("skip_rows", "", "Rows of data to leave out, such as 1-3, 8, counted from 1."),
        Option("test_ratio", 0.3, "Share of rows kept for testing.", 0.0, 0.9),
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No file is chosen yet. Choose a CSV file.")
        path = Path(options["path"])
        dialect = as_written(path, options)
        read = read_table(path, dialect)
        table = leave_rows(path, read.frame, options["skip_rows"])
        target = options["target"] or dialect.target
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
            classes, features, (target,), shift, scale, y_shift, y_scale, read.notes + notes + left_out,
        )  # fmt: skip

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        style = as_written(path, options)
        with path.open(newline="", encoding=style.encoding, errors="replace") as file:
            lines = (line for line in islice(file, style.skipped_lines, None) if line.strip())
            cells = split_cells(path, lines, style.delimiter)
            rows = [tuple(v.strip() for v in row) for row in islice(cells, PREVIEW_ROWS)]
        target = options["target"] or style.target
        return Preview(style.sentence, style.columns, tuple(rows), target)

    def takes(self, path: Path) -> bool:
        return super().takes(path) and not (path.suffix.lower() == ".txt" and is_prose(path))

    def example(self, folder: Path) -> dict[str, Any]:
        rows = [f"{i / 4},{['red', 'blue'][i % 2]},{i % 7},{['yes', 'no'][i % 3 == 0]}" for i in range(40)]
        path = folder / "table.csv"
        path.write_text("\n".join(["width,colour,count,good", *rows, ""]), encoding="utf-8")
        return {"path": str(path)}


def as_written(path: Path, options: Mapping[str, Any], expected: Iterable[str] = ()) -> Dialect:
    """How a file is written: as guessed, or as the options say; see `dialect.guess`. Raises DataError."""
    known = {name: "" if options[name] == "guess" else options[name] for name in ("delimiter", "decimal")}
    header = {"guess": None, "yes": True, "no": False}[options["header"]]
    return guess(path, NAMES.get(known["delimiter"], ""), header, known["decimal"], expected)


def without_missing(path: Path, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
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
    if len(table) < 2:
        raise DataError(f"'{path.name}' has only one row; training and testing take at least two.")
    return table, tuple(notes)
