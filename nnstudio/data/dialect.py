"""How a table of text is written: encoding, delimiter, header, decimal and thousands marks.

Everything is judged by the cells that come of it: a delimiter is right where cells become numbers and rows
have equally many; the first row is a header where its words do not recur below, or stand above numbers.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nnstudio.data.cells import DECIMALS, THOUSANDS, bare, is_number
from nnstudio.data.dataset import DataError
from nnstudio.data.header import codes_among, has_header, named_columns, names_of, target_of, units_of
from nnstudio.data.lines import COMMENT, Record, read_records, without_preamble
from nnstudio.data.text_encoding import TITLES, decode_start
from nnstudio.model.atomic_file import FileError, check_regular

MAX_COLUMNS = 10_000
# The first line may be this long before the file is refused as not being a table.
MAX_LINE = 8_000_000
# Records that a guess is made of, and characters that quotation marks are judged by.
JUDGED = 200
QUOTES_JUDGED = 100_000
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
NAMES = {name: mark for mark, name in DELIMITERS.items()}
# Excel's own line on top, which names the delimiter.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        encoding: its name for Python.
        skipped_lines: lines of the file before the first row of data.
        header: whether the row before names the columns.
        thousands: the mark between groups of three digits, or "".
        columns: names of the columns, each once.
        target: the column that is predicted where none is chosen.
        width: cells of the longest of the rows that were looked at.
        quote, escape: the mark around values, and the one before a mark that is meant, or "".
        preamble: lines before the table, in words; "" where there are none.
        units: a unit for each column that a row below the header names, or "".
        codes: indices of columns whose digits are no numbers, because some begin with 0.
    """

    encoding: str
    skipped_lines: int
    delimiter: str
    header: bool
    decimal: str
    thousands: str
    columns: tuple[str, ...]
    target: str
    width: int
    quote: str = '"'
    escape: str = ""
    preamble: str = ""
    units: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()

    @property
    def quotes(self) -> Quotes:
        return Quotes(self.quote, self.escape)

    @property
    def marks(self) -> str:
        """The marks of its numbers, in words."""
        thousands = f" and “{self.thousands}” between thousands" if self.thousands else ""
        return f"“{self.decimal}” for decimals{thousands}"

    @cached_property
    def number(self) -> re.Pattern[str]:
        """What a number looks like here."""
        whole = r"\d*"
        if self.thousands:
            whole = rf"(\d{{1,3}}({re.escape(self.thousands)}\d{{3}})+|\d*)"
        return re.compile(rf"[-+]?{whole}({re.escape(self.decimal)}\d*)?([eE][-+]?\d+)?")

    @property
    def sentence(self) -> str:
        """What was understood, in words."""
        thousands = f", “{self.thousands}” between thousands" if self.thousands else ""
        title = TITLES[self.encoding]
        encoding = f", written in {title}" if title != "UTF-8" else ""
        preamble = f"; {self.preamble}" if self.preamble else ""
        return (
            f"separated by {DELIMITERS[self.delimiter]}, "
            f"{'first row names the columns' if self.header else 'no header row'}, "
            f"decimal mark “{self.decimal}”{thousands}, {len(self.columns)} columns{encoding}{preamble}"
        )


def guess(
    path: str | Path, delimiter: str = "", header: bool | None = None, decimal: str = "",
    expected: Iterable[str] = (),
) -> Dialect:  # fmt: skip
    """Look at the start of a file; what is known is not guessed.

    ``expected``: names that a header would hold. Raises DataError with a sentence.
    """
    path = Path(path)
    text, encoding = _start(path)
    records = read_records(text, JUDGED)
    if not records:
        raise DataError(f"'{path.name}' is empty. Choose a file with a row for each sample.")
    before = 0
    named = SEPARATOR_LINE.fullmatch(records[0].text.strip())
    if named is not None and len(records) > 1:
        delimiter = delimiter or (named[1] if named[1] in DELIMITERS else "")
        before = records.pop(0).end
    lines = [record.text for record in records]
    delimiter = delimiter or max(DELIMITERS, key=lambda mark: _fitness(lines, mark))
    records, others = without_preamble(records, delimiter)
    quotes = Quotes.of(text, delimiter)
    split = split_cells(path, [record.text for record in records], delimiter, quotes)
    rows = [[cell.strip() for cell in row] for row in split]
    if len(rows[0]) > MAX_COLUMNS:
        raise DataError(
            f"'{path.name}' has {len(rows[0]):,} columns; at most {MAX_COLUMNS:,} can be used. If each "
            "sample is a column, transpose the table so that each sample is a row."
        )
    body = [bare(cell) for row in rows[1:] or rows for cell in row]
    decimal = decimal or _decimal_mark(body, delimiter)
    thousands = _thousands_mark(body, decimal)
    if header is None:
        header = has_header(rows) or (bool(expected) and set(expected) <= set(rows[0]))
    earlier = [record for record in others if record.end <= records[0].end]
    skipped = records[0].end if header else max((record.end for record in earlier), default=before)
    names = rows.pop(0) if header and len(rows) > 1 else rows[0]
    if header and names[0] and records[0].is_comment:
        names[0] = COMMENT.sub("", names[0], count=1).strip()
    units: tuple[str, ...] = ()
    if header and len(records) > 2 and (units := units_of(rows)):
        rows.pop(0)
        skipped = records[1].end
    width = named_columns(names, rows) if header else Counter(map(len, rows)).most_common(1)[0][0]
    columns = names_of(names[:width] if header else [""] * width)
    return Dialect(
        encoding, skipped, delimiter, header, decimal, thousands, columns,
        columns[target_of(columns, rows)], max(map(len, rows)), quotes.mark, quotes.escape,
        _in_words(earlier), units, codes_among(rows, width),
    )  # fmt: skip


def _in_words(before: Sequence[Record]) -> str:
    if not before:
        return ""
    lines = f"{len(before)} line{'s' * (len(before) > 1)}"
    return f"{lines} before the table left out, such as “{before[0].text.strip()[:60]}”"


@dataclass(frozen=True)
class Quotes:
    """The mark around values, and the one before a mark that is meant, or ""."""

    mark: str = '"'
    escape: str = ""

    @staticmethod
    def of(text: str, delimiter: str) -> Quotes:
        """Those of the start of a file."""
        start = text[:QUOTES_JUDGED]
        mark = re.escape(delimiter)
        single = re.compile(rf"(?:^|{mark}) *'[^'\n]*{mark}[^'\n]*'(?={mark}|$)", re.MULTILINE)
        mark = "'" if '"' not in start and single.search(start) else '"'
        return Quotes(mark, "\\" if f"\\{mark}" in start else "")


def split_cells(
    path: Path, lines: Iterable[str], delimiter: str, quotes: Quotes | None = None
) -> Iterator[list[str]]:
    """The cells of each line. Raises DataError."""
    quotes = quotes or Quotes()
    try:
        yield from csv.reader(
            lines, delimiter=delimiter, skipinitialspace=True, quotechar=quotes.mark,
            escapechar=quotes.escape or None, doublequote=True,
        )  # fmt: skip
    except csv.Error as error:
        raise DataError(
            f"'{path.name}' is not a table: {error}. Perhaps a quotation mark is not closed, "
            "or the delimiter is another one."
        ) from error


def _start(path: Path) -> tuple[str, str]:
    try:
        check_regular(path)
        with path.open("rb") as file:
            raw = file.read(MAX_LINE)
    except FileError as error:
        raise DataError(f"{error} Choose another file.") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise DataError(f"'{path.name}' cannot be read: {why}. Choose another file.") from error
    is_whole = len(raw) < MAX_LINE
    text, encoding = decode_start(raw, is_whole)
    if "\0" in text:
        raise DataError(f"'{path.name}' is not a text file. Save the table as CSV and choose that.")
    if not is_whole and "\n" not in text:
        raise DataError(
            f"The first line of '{path.name}' is over {MAX_LINE:,} characters long; that is no table of "
            f"samples. At most {MAX_COLUMNS:,} columns can be used; each sample should be a row."
        )
    return text if is_whole else text[: text.rfind("\n")], encoding


def _fitness(lines: list[str], delimiter: str) -> float:
    """How well a delimiter divides lines: equally many cells, more than one, and numbers in them."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return 0.0
    width, alike = Counter(len(row) for row in rows).most_common(1)[0]
    cells = [cell.strip() for row in rows[1:] or rows for cell in row]
    if width < 2 or not cells:
        return 0.0
    numbers = sum(is_number(bare(cell)) for cell in cells) / len(cells)
    # Spaces stand in texts, too.
    return alike / len(rows) * (numbers + 0.1) * (0.5 if delimiter == " " else 1.0)


def _decimal_mark(cells: list[str], delimiter: str) -> str:
    clear = {mark: sum(p.fullmatch(cell) is not None for cell in cells) for mark, p in DECIMALS.items()}
    if clear["."] == clear[","]:
        # Three digits after the mark say nothing; a point is what most programs write.
        unclear = {m: sum(is_number(c) and c.count(m) == 1 for c in cells) for m in DECIMALS}
        return "," if delimiter != "," and unclear[","] > unclear["."] else "."
    return "," if clear[","] > clear["."] else "."


def _thousands_mark(cells: list[str], decimal: str) -> str:
    """The mark that stands between groups of three digits wherever it stands in a number."""
    for mark in THOUSANDS:
        holding = [cell for cell in cells if mark in cell and is_number(cell)]
        if mark == decimal or not holding:
            continue
        whole = [cell.split(decimal)[0] for cell in holding]
        if all(THOUSANDS[mark].fullmatch(cell) for cell in whole):
            return mark
    return ""
