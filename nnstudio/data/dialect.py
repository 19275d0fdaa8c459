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
from itertools import accumulate
from pathlib import Path

from nnstudio.data.dataset import DataError
from nnstudio.data.header import has_header, named_cells, target_of, told_names, unique_names
from nnstudio.data.number_marks import (
    DECIMALS,
    core,
    decimal_mark,
    is_number,
    number_pattern,
    plain_text,
    thousands_mark,
)
from nnstudio.data.table_start import (
    COMMENT,
    SEPARATOR_LINE,
    Record,
    comments_before,
    holds_units,
    names_columns,
    records_of,
    rows_before,
    without_mark,
)
from nnstudio.data.text_encoding import decode_start, decoded, title_of, told_letters
from nnstudio.data.written import Written
from nnstudio.model.atomic_file import FileError, check_regular

MAX_COLUMNS = 10_000
# The first line may be this long before the file is refused as not being a table.
MAX_LINE = 8_000_000
# Records that a guess is made of; of long ones so many characters tell enough, but at least some records.
JUDGED, JUDGED_TEXT, FEWEST_JUDGED = 200, 500_000, 25
# The marks of numbers are told by so many cells, but at least by so many rows.
JUDGED_CELLS, FEWEST_MARKED = 100_000, 10
# So many cells tell how well a delimiter divides.
WEIGHED_CELLS = 20_000
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
NAMES = {name: mark for mark, name in DELIMITERS.items()}
# A quotation mark inside a cell, as programs in C write it; a path of Windows may end in a backslash.
ESCAPED = re.compile(r'\\"(?!\s*(?:[,;\t|]|$))')


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
        escape: the mark before a quotation mark inside a cell, or "" where that is doubled.
        quote: the mark around cells.
        unclear: a number that could be read with the other decimal mark, where none tells; or "".
        tells_decimal: whether its numbers tell the decimal mark.
        is_chosen: whether a person chose the encoding.
        kept: texts that are values here, though they usually stand for missing ones.
        notes: what was left out before the rows or could be read otherwise, for a person.
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
    escape: str = ""
    notes: tuple[str, ...] = ()
    quote: str = '"'
    unclear: str = ""
    tells_decimal: bool = False
    kept: frozenset[str] = frozenset()
    is_chosen: bool = False

    @property
    def marks(self) -> str:
        """The marks of its numbers, in words."""
        thousands = f" and “{self.thousands}” between thousands" if self.thousands else ""
        return f"“{self.decimal}” for decimals{thousands}"

    @cached_property
    def number(self) -> re.Pattern[str]:
        """What a number looks like here."""
        return number_pattern(self.decimal, self.thousands)

    @property
    def written(self) -> Written:
        """It as a project keeps it."""
        # Whole numbers alone say nothing of the mark.
        decimal = self.decimal if self.tells_decimal or self.unclear else ""
        return Written(
            decimal, self.thousands, delimiter=self.delimiter, encoding=self.encoding, quote=self.quote,
            escape=self.escape,
        )  # fmt: skip

    @property
    def sentence(self) -> str:
        """What was understood, in words."""
        thousands = f", “{self.thousands}” between thousands" if self.thousands else ""
        title = title_of(self.encoding)
        encoding = f", written in {title}" if title != "UTF-8" else ""
        return (
            f"separated by {DELIMITERS[self.delimiter]}, "
            f"{'first row names the columns' if self.header else 'no header row'}, "
            f"decimal mark “{self.decimal}”{thousands}, {len(self.columns)} columns{encoding}"
            f"{''.join('. ' + note.removesuffix('.') for note in self.notes)}"
        )


def guess(
    path: str | Path, delimiter: str = "", header: bool | None = None, decimal: str = "",
    expected: Iterable[str] = (), skip: int | None = None, encoding: str = "",
) -> Dialect:  # fmt: skip
    """Look at the start of a file; what is known is not guessed.

    ``skip``: so many lines stand before the table. ``expected``: names that a header would hold;
    ``encoding``: its name for Python. Raises DataError with a sentence.
    """
    path = Path(path)
    is_named = bool(encoding)
    text, encoding = _start(path, encoding)
    names = frozenset(expected)
    records = records_of(text)
    if skip is None:
        start = _without_preamble(path, records, delimiter, names)
    else:
        start = _behind_lines(path, records, delimiter, names, skip)
    rows, delimiter, before = start.rows, start.delimiter, start.before
    if len(rows[0]) > MAX_COLUMNS:
        raise DataError(
            f"'{path.name}' has {len(rows[0]):,} columns; at most {MAX_COLUMNS:,} can be used. If each "
            "sample is a column, transpose the table so that each sample is a row."
        )
    if header is None:
        header = start.is_named or has_header(rows) or (bool(names) and names <= set(rows[0]))
    skipped = start.ends[0] if header else before
    notes = [*told_letters(text, encoding), *start.notes]
    if header and len(rows) > 2 and holds_units(rows[1], rows[2:]):
        units = ", ".join(cell for cell in rows[1] if cell)
        notes.append(f"The row below the names holds units and is left out: {units[:80]}.")
        skipped = start.ends[1]
        rows = [rows[0], *rows[2:]]
    below = rows[1:] if header and len(rows) > 1 else rows
    # Of many columns, few rows tell the marks.
    few = max(FEWEST_MARKED, JUDGED_CELLS // len(rows[0]))
    body = [core(cell) for row in below[:few] for cell in row]
    guessed, unclear, tells = decimal_mark(body, delimiter)
    is_chosen, decimal = bool(decimal), decimal or guessed
    thousands = thousands_mark([cell for cell in body if not (delimiter == " " and " " in cell)], decimal)
    # Between commas, hardly anybody writes points between thousands.
    if unclear and not is_chosen and not thousands and delimiter != ",":
        notes.append(
            f"'{unclear}' is read with “{decimal}” as the decimal mark; no number of the file tells whether "
            "it stands between thousands. If it does, choose the other decimal mark under Data."
        )
    width = len(rows[0]) if header else Counter(len(row) for row in rows).most_common(1)[0][0]
    cells = named_cells(rows) if header else [""] * width
    columns = unique_names(cells)
    notes += told_names(cells, columns) if header else []
    target = columns[target_of(columns, rows[1:] if header else rows)]
    return Dialect(
        encoding, skipped, delimiter, header, decimal, thousands, columns, target,
        max(len(row) for row in rows), start.escape, tuple(notes), start.quote,
        unclear, tells, is_chosen=is_named,
    )  # fmt: skip


@dataclass(frozen=True)
class _Start:
    """The first rows of a table, and where each ends; ``before``: lines of the file before them."""

    rows: list[list[str]]
    ends: list[int]
    delimiter: str
    escape: str
    quote: str
    before: int
    is_named: bool
    notes: tuple[str, ...]


def _without_preamble(path: Path, records: list[Record], delimiter: str, expected: frozenset[str]) -> _Start:
    """The rows without what stands before them. Raises DataError where there are none."""
    if not records:
        raise DataError(f"'{path.name}' is empty. Choose a file with a row for each sample.")
    before = 0
    named = SEPARATOR_LINE.fullmatch(records[0].text.strip(" "))
    if named is not None and len(records) > 1:
        delimiter = delimiter or (named[1] if named[1] in DELIMITERS else "")
        before = records.pop(0).end
    count = comments_before(records)
    comments, records = records[:count], records[count:]
    few = _judged(records)
    records = [record for record in few if not COMMENT.match(record.text)] or records[:1]
    lines = [record.text for record in records]
    escape = "\\" if any(map(ESCAPED.search, lines)) else ""
    delimiter = delimiter or _best_delimiter(lines, expected)
    quote = _quote(lines, delimiter)
    rows = _rows(path, lines, delimiter, escape, quote)
    left = [comment.text for comment in comments]
    before = comments[-1].end if comments else before
    if comments and not has_header(rows):
        # numpy.savetxt and others write the names as a comment.
        names = _rows(path, [without_mark(left[-1])], delimiter, escape, quote)
        if names and not names[0][0]:
            # A mark alone is the name of a column of numbers of rows.
            names[0][0] = "#"
        if names and names_columns(names[0], rows):
            left.pop()
            ends = [before, *(record.end for record in records)]
            return _Start(names + rows, ends, delimiter, escape, quote, before, True, _told_lines(left))
    extra = rows_before(rows, has_header)
    if extra:
        before = records[extra - 1].end
        left += lines[:extra]
    ends = [record.end for record in records[extra:]]
    return _Start(rows[extra:], ends, delimiter, escape, quote, before, False, _told_lines(left))


def _behind_lines(
    path: Path, records: list[Record], delimiter: str, expected: frozenset[str], skip: int
) -> _Start:
    """The rows behind so many lines of the file. Raises DataError where there are none."""
    left = [record.text for record in records if record.end <= skip]
    inside = _judged(records[len(left) :])
    if not inside:
        raise DataError(f"'{path.name}' has no table behind its first {skip:,} lines. Skip fewer lines.")
    lines = [record.text for record in inside]
    escape = "\\" if any(map(ESCAPED.search, lines)) else ""
    delimiter = delimiter or _best_delimiter(lines, expected)
    quote = _quote(lines, delimiter)
    rows = _rows(path, lines, delimiter, escape, quote)
    return _Start(rows, [r.end for r in inside], delimiter, escape, quote, skip, False, _told_lines(left))


def _judged(records: Sequence[Record]) -> Sequence[Record]:
    """So many of the first records as a guess is made of."""
    lengths = accumulate(len(record.text) for record in records[:JUDGED])
    return records[: max(FEWEST_JUDGED, sum(length <= JUDGED_TEXT for length in lengths))]


def _rows(path: Path, lines: Iterable[str], delimiter: str, escape: str, quote: str) -> list[list[str]]:
    split = split_cells(path, lines, delimiter, escape, quote)
    # Of ASCII, a plain text only lacks the blanks around it.
    return [
        [cell.strip() for cell in row] if "".join(row).isascii() else [plain_text(cell) for cell in row]
        for row in split
    ]


def _quote(lines: Sequence[str], delimiter: str) -> str:
    """The single quotation mark where cells with a delimiter in them stand between two of them."""
    mark = re.escape(delimiter)
    single = re.compile(rf"(?:^|{mark}) *'[^']*{mark}[^']*'(?={mark}|$)")
    return "'" if any(map(single.search, lines)) and not any('"' in line for line in lines) else '"'


def _told_lines(left: Sequence[str]) -> tuple[str, ...]:
    if not left:
        return ()
    first = left[0].strip().strip(",;\t|")[:60]
    if len(left) == 1:
        return (f"A line before the table is left out: '{first}'.",)
    return (f"{len(left):,} lines before the table are left out, the first of them '{first}'.",)


def split_cells(
    path: Path, lines: Iterable[str], delimiter: str, escape: str = "", quote: str = '"'
) -> Iterator[list[str]]:
    """The cells of each line. Raises DataError."""
    try:
        yield from csv.reader(
            lines, delimiter=delimiter, skipinitialspace=True, escapechar=escape or None,
            doublequote=not escape, quotechar=quote,
        )  # fmt: skip
    except csv.Error as error:
        raise DataError(
            f"'{path.name}' is not a table: {error}. Perhaps a quotation mark is not closed, "
            "or the delimiter is another one."
        ) from error


def _start(path: Path, encoding: str) -> tuple[str, str]:
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
    if encoding:
        text = decoded(raw, encoding, path.name, is_whole)
    else:
        text, encoding = decode_start(raw, is_whole)
    if "\0" in text:
        raise DataError(f"'{path.name}' is not a text file. Save the table as CSV and choose that.")
    if not is_whole and "\n" not in text:
        raise DataError(
            f"The first line of '{path.name}' is over {MAX_LINE:,} characters long; that is no table of "
            f"samples. At most {MAX_COLUMNS:,} columns can be used; each sample should be a row."
        )
    return text if is_whole else text[: text.rfind("\n")], encoding


def _best_delimiter(lines: list[str], expected: frozenset[str]) -> str:
    """The one that divides the lines best; one that is not there where all of them are a single column."""
    name = lines[0].strip().strip('"')
    absent = [mark for mark in ";\t|" if not any(mark in line for line in lines)]
    if absent and len(lines) > 1 and not any(mark in name for mark in ",;\t|"):
        # Below a single name, 1,5 is one number.
        are_numbers = all(DECIMALS[","].fullmatch(core(line)) for line in lines[1:])
        if name in expected or (are_numbers and not is_number(core(name))):
            return absent[0]
    return max(DELIMITERS, key=lambda mark: _fitness(lines, mark))


def _fitness(lines: list[str], delimiter: str) -> float:
    """How well a delimiter divides lines: equally many cells, more than one, and numbers in them."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return 0.0
    width, alike = Counter(len(row) for row in rows).most_common(1)[0]
    if width < 2:
        return 0.0
    # A gap is no text, nor is what stands behind a delimiter at the end.
    filled = [cell for row in rows[1:] or rows for cell in row if cell.strip()]
    # Of very many cells, some tell the share of numbers.
    cells = [core(cell) for cell in filled[:: max(1, len(filled) // WEIGHED_CELLS)]]
    if not cells:
        return 0.0
    numbers = sum(map(is_number, cells)) / len(cells)
    # Spaces stand in texts, too.
    return alike / len(rows) * (numbers + 0.1) * (0.5 if delimiter == " " else 1.0)
