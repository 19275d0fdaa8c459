"""A person's own CSV: how it is written and its target are guessed, shown, and settable.

pandas reads the file; it is imported when first needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Preview, sources
from nnstudio.data.dialect import NAMES, Dialect, guess, split_cells
from nnstudio.data.kept_files import KeptFiles
from nnstudio.data.large_tables import LARGE
from nnstudio.data.prose import is_prose
from nnstudio.data.table_reader import MAX_BYTES, count_marks, may_hold_marks, read_start, read_table
from nnstudio.data.tables.marks import listed_marks
from nnstudio.data.tables.names import read_names
from nnstudio.data.tables.options import KEPT_MARKS, TABLE_OPTIONS
from nnstudio.data.tables.source import MOST_KEPT, PREVIEW_ROWS, START_BYTES, ReadTable, TableSource
from nnstudio.data.text_encoding import OFFERED, named_encoding

ENCODING = Option(
    "encoding", "", "What the letters are written in, such as UTF-8 or Windows-1251; empty means a guess.",
    reads=named_encoding,
)  # fmt: skip


def read_skip_lines(text: str) -> int | None:
    """The number of lines before the table; None where it is guessed. Raises DataError."""
    lines = text.strip()
    if lines and not (lines.isascii() and lines.isdigit() and len(lines) < 10):
        raise DataError(f"Skip lines takes a number of lines, such as 3; received '{lines}'.")
    return int(lines) if lines else None


# How a table of text is written, where that is not guessed.
READING_OPTIONS = (
    Option("path", "", "The file."),
    ENCODING,
    Option("delimiter", "guess", "What separates the values.", choices=("guess", *NAMES)),
    Option("header", "guess", "Whether the first row names the columns.", choices=("guess", "yes", "no")),
    Option("decimal", "guess", "The decimal mark.", choices=("guess", ".", ",")),
    Option(
        "skip_lines", "", "Lines of the file before the table; empty means that they are guessed.",
        reads=read_skip_lines,
    ),
)  # fmt: skip
# Those who look at the marks of the same file after each correction.
COUNTED: KeptFiles[Mapping[str, int]] = KeptFiles(2, MOST_KEPT)
# How a file is written takes no memory, however large it is.
DIALECTS: KeptFiles[Dialect] = KeptFiles(4, MAX_BYTES)


@sources.register
class CsvFile(TableSource):
    """A table on disk; inputs and number targets are standardised with the training part's mean."""

    id = "csv"
    title = "CSV file"
    order = 20
    suffixes = (".csv", ".tsv", ".txt", ".data")
    listed_options = (ENCODING.name,)
    help = "Your own table: a row for each sample, a column for each value."
    options = (*READING_OPTIONS, KEPT_MARKS, *TABLE_OPTIONS)

    def read(self, path: Path, options: Mapping[str, Any], expected: Iterable[str] = ()) -> ReadTable:
        dialect = as_written(path, options, expected)
        return ReadTable(read_table(path, dialect), dialect.sentence, dialect.target, dialect.header)

    def read_start(self, path: Path, options: Mapping[str, Any]) -> ReadTable | None:
        if path.stat().st_size <= LARGE:
            return None
        dialect = as_written(path, options)
        table = read_start(path, dialect, START_BYTES)
        if table is None:
            return None
        return ReadTable(table, dialect.sentence, dialect.target, dialect.header)

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        path = Path(options["path"])
        if not path.is_file():
            return None
        style = as_written(path, options)
        with path.open(newline="", encoding=style.encoding, errors="replace") as file:
            lines = (line for line in islice(file, style.skipped_lines, None) if line.strip())
            cells = split_cells(path, lines, style.delimiter, style.escape, style.quote)
            rows = [tuple(v.strip() for v in row) for row in islice(cells, PREVIEW_ROWS)]
        names = read_names(options["names"])
        columns = tuple(names.get(name, name) for name in style.columns)
        target = options["target"] or names.get(style.target, style.target)
        return Preview(style.sentence, columns, tuple(rows), target)

    def seen_marks(self, path: Path, options: Mapping[str, Any], read: ReadTable) -> Mapping[str, int]:
        if path.stat().st_size > MOST_KEPT:
            return {"": int(read.table.frame.isna().sum().sum())}
        how = tuple(options[option.name] for option in READING_OPTIONS if option.name != "path")
        columns = may_hold_marks(read.table.frame)
        return COUNTED.get(path, how, lambda: count_marks(path, as_written(path, options), columns))

    def listed_in(self, path: Path) -> Mapping[str, tuple[str, ...]]:
        return {ENCODING.name: OFFERED}

    def takes(self, path: Path) -> bool:
        return super().takes(path) and not (path.suffix.lower() == ".txt" and is_prose(path))

    def example(self, folder: Path) -> dict[str, Any]:
        rows = [f"{i / 4},{['red', 'blue'][i % 2]},{i % 7},{['yes', 'no'][i % 3 == 0]}" for i in range(40)]
        path = folder / "table.csv"
        path.write_text("\n".join(["width,colour,count,good", *rows, ""]), encoding="utf-8")
        return {"path": str(path)}


def as_written(path: Path, options: Mapping[str, Any], expected: Iterable[str] = ()) -> Dialect:
    """How a file is written: as guessed, or as the options say; see `dialect.guess`. Raises DataError."""
    names = frozenset(expected)
    how = (*(options.get(option.name, "") for option in READING_OPTIONS if option.name != "path"), names)
    dialect = DIALECTS.get(path, how, lambda: _guessed(path, options, names))
    # Who asks only how a file is written says nothing of marks.
    kept = listed_marks(str(options.get(KEPT_MARKS.name, "")))
    return replace(dialect, kept=frozenset(kept)) if kept else dialect


def _guessed(path: Path, options: Mapping[str, Any], expected: frozenset[str]) -> Dialect:
    known = {name: "" if options[name] == "guess" else options[name] for name in ("delimiter", "decimal")}
    header = {"guess": None, "yes": True, "no": False}[options["header"]]
    skip = read_skip_lines(str(options.get("skip_lines", "")))
    encoding = named_encoding(str(options.get(ENCODING.name, "")))
    delimiter = NAMES.get(known["delimiter"], "")
    return guess(path, delimiter, header, known["decimal"], expected, skip, encoding)
