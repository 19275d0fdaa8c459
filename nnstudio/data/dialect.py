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
from itertools import count
from pathlib import Path

from nnstudio.data.dataset import DataError
from nnstudio.data.text_encoding import TITLES, decode_start
from nnstudio.model.atomic_file import FileError, check_regular

MAX_COLUMNS = 10_000
# The first line may be this long before the file is refused as not being a table.
MAX_LINE = 8_000_000
# Records that a guess is made of.
JUDGED = 200
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
NAMES = {name: mark for mark, name in DELIMITERS.items()}
# A mark inside of a cell, as in 5" of rain, quotes nothing.
OPENING = re.compile(r'(?:^|[,;\t|])\s*"')
# What people call the column that is to be predicted.
TARGET_WORDS = {
    "target", "label", "class", "species", "diagnosis", "price", "value", "survived", "outcome", "output",
    "result", "response", "y", "quality", "category",
}  # fmt: skip
WORD = re.compile(r"[a-z0-9]+")
# So many different values are no classes any more.
MOST_DISTINCT = 20
# Excel's own line on top, which names the delimiter.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)
NUMBER = re.compile(r"[-+]?(\d{1,3}([.,']\d{3})+|\d+)?([.,]\d*)?([eE][-+]?\d+)?")
# What only a decimal mark makes: digits that do not come in threes, or a nought before the mark.
DECIMALS = {
    mark: re.compile(rf"[-+]?(\d{{1,3}}({other}\d{{3}})+|\d*){sign}(\d{{1,2}}|\d{{4,}})?([eE][-+]?\d+)?"
                     rf"|[-+]?0?{sign}\d+([eE][-+]?\d+)?"
                     rf"|[-+]?\d{{1,3}}({other}\d{{3}})+{sign}\d+")
    for mark, sign, other in ((".", r"\.", ","), (",", ",", r"\."))
}  # fmt: skip
THOUSANDS = {mark: re.compile(rf"[-+]?[1-9]\d{{0,2}}({re.escape(mark)}\d{{3}})+") for mark in ".,'"}


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
        return (
            f"separated by {DELIMITERS[self.delimiter]}, "
            f"{'first row names the columns' if self.header else 'no header row'}, "
            f"decimal mark “{self.decimal}”{thousands}, {len(self.columns)} columns{encoding}"
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
    records = _records(text)
    if not records:
        raise DataError(f"'{path.name}' is empty. Choose a file with a row for each sample.")
    before = 0
    named = SEPARATOR_LINE.fullmatch(records[0].text.strip())
    if named is not None and len(records) > 1:
        delimiter = delimiter or (named[1] if named[1] in DELIMITERS else "")
        before = records.pop(0).end
    lines = [record.text for record in records[:JUDGED]]
    delimiter = delimiter or max(DELIMITERS, key=lambda mark: _fitness(lines, mark))
    rows = [[cell.strip() for cell in row] for row in split_cells(path, lines, delimiter)]
    if len(rows[0]) > MAX_COLUMNS:
        raise DataError(
            f"'{path.name}' has {len(rows[0]):,} columns; at most {MAX_COLUMNS:,} can be used. If each "
            "sample is a column, transpose the table so that each sample is a row."
        )
    body = [cell for row in rows[1:] or rows for cell in row]
    decimal = decimal or _decimal_mark(body, delimiter)
    thousands = _thousands_mark(body, decimal)
    if header is None:
        header = has_header(rows) or (bool(expected) and set(expected) <= set(rows[0]))
    width = len(rows[0]) if header else Counter(len(row) for row in rows).most_common(1)[0][0]
    columns = unique_names(rows[0] if header else [""] * width)
    target = columns[target_of(columns, rows[1:] if header else rows)]
    skipped = records[0].end if header else before
    return Dialect(
        encoding,
        skipped,
        delimiter,
        header,
        decimal,
        thousands,
        columns,
        target,
        max(len(row) for row in rows),
    )


@dataclass(frozen=True)
class _Record:
    """A row as it is written; it ends before line ``end`` of the file, counted from 0."""

    text: str
    end: int


def _records(text: str) -> list[_Record]:
    """The lines that are not empty; those with a line break inside quotation marks are one."""
    records: list[_Record] = []
    lines: list[_Record] = []
    is_open = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        lines.append(_Record(line, number))
        begins_cell = is_open or OPENING.search(line) is not None
        records.append(_Record(f"{records.pop().text}\n{line}" if is_open else line, number))
        is_open ^= begins_cell and line.count('"') % 2 == 1
    # A mark that is never closed is no quotation mark.
    return lines if is_open else records


def split_cells(path: Path, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """The cells of each line. Raises DataError."""
    try:
        yield from csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
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


def is_number(text: str) -> bool:
    """Whether a cell is a number in any of the usual ways of writing one."""
    return NUMBER.fullmatch(text) is not None and any(c.isdigit() for c in text)


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
    numbers = sum(map(is_number, cells)) / len(cells)
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


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: each column votes."""
    head, body = rows[0], rows[1:]
    if not body:
        return bool(head) and not any(is_number(cell) for cell in head)
    votes = 0
    for at, cell in enumerate(head):
        below = [row[at] for row in body if at < len(row) and row[at]]
        numbers = [text for text in below if is_number(text)]
        if below and len(numbers) == len(below):
            votes += _number_vote(cell, numbers)
        elif len(numbers) < len(below) / 2 and len(set(below)) <= len(below) / 2:
            # Few words that recur.
            votes += -2 if cell in below else 1
    return votes > 0


def _number_vote(cell: str, below: list[str]) -> int:
    """A word above numbers names them; a number names them at best where it is none of their kind."""
    if cell and not is_number(cell):
        return 2
    low, high = min(map(_size, below)), max(map(_size, below))
    return -1 if not cell or low <= _size(cell) <= high else 0


def _size(text: str) -> float:
    """A number's size, whatever its marks, good enough to compare it with its neighbours."""
    try:
        return float(text.replace(",", ".").replace("'", ""))
    except ValueError:
        return float(re.sub(r"[.,']", "", text.split("e")[0].split("E")[0]) or 0)


def target_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The column to predict: called like one, else the last, or the first where only that is no number.

    A column that names the rows is never it.
    """
    called = [i for i, name in enumerate(columns) if TARGET_WORDS & set(WORD.findall(name.lower()))]
    below = [[row[i] for row in rows if i < len(row) and row[i]] for i in range(len(columns))]
    usable = [i for i in range(len(columns)) if not _names_rows(below[i])] or [len(columns) - 1]
    for i in reversed(called):
        if i in usable:
            return i
    are_numbers = [all(map(is_number, cells)) for cells in below]
    if not any(map(is_number, below[0])) and all(are_numbers[1:]) and 0 in usable:
        return 0
    return usable[-1]


def _names_rows(cells: Sequence[str]) -> bool:
    """Whether each cell occurs once, as texts or as numbers that count without a gap."""
    if len(cells) <= MOST_DISTINCT or len(set(cells)) < len(cells):
        return False
    if not any(map(is_number, cells)):
        return True
    if not all(cell.isascii() and cell.isdigit() for cell in cells):
        return False
    return max(map(int, cells)) - min(map(int, cells)) == len(cells) - 1


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """A name for each column, each once."""
    names: list[str] = []
    for i, cell in enumerate(cells, 1):
        name = cell or f"column {i}"
        if name in names:
            name = next(n for k in count(2) if (n := f"{name} ({k})") not in cells and n not in names)
        names.append(name)
    return tuple(names)
