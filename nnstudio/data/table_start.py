"""What stands before the rows of a table and is none: comments, a title, details, units below the names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nnstudio.data.number_marks import UNITS, core, is_number, quantity

# A mark inside of a cell, as in 5" of rain, quotes nothing.
OPENING = re.compile(r'(?:^|[,;\t|])\s*"')
LINE_BREAK = re.compile(r"\r\n|\r|\n")
# Excel's own line on top, which names the delimiter.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)
COMMENT = re.compile(r'\s*"?(#|//|%)')
# Records that are looked at.
MOST_RECORDS = 1000
# So many lines are looked through for the beginning of a table.
MOST_BEFORE = 100
IN_BRACKETS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
NO_UNIT = {"", "-", "--", "1"}


@dataclass(frozen=True)
class Record:
    """A row as it is written; it ends before line ``end`` of the file, counted from 0."""

    text: str
    end: int


def records_of(text: str) -> list[Record]:
    """The first lines that are not empty; those with a line break inside quotation marks are one."""
    records: list[Record] = []
    lines: list[Record] = []
    is_open = False
    for number, line in enumerate(_lines(text), 1):
        if len(records) > MOST_RECORDS and not is_open:
            break
        if not line.strip():
            continue
        lines.append(Record(line, number))
        if COMMENT.match(line) and not is_open:
            records.append(Record(line, number))
            continue
        begins_cell = is_open or OPENING.search(line) is not None
        records.append(Record(f"{records.pop().text}\n{line}" if is_open else line, number))
        is_open ^= begins_cell and line.count('"') % 2 == 1
    # A mark that is never closed is no quotation mark.
    return lines if is_open else records


def _lines(text: str) -> Iterator[str]:
    start = 0
    for end in LINE_BREAK.finditer(text):
        yield text[start : end.start()]
        start = end.end()
    yield text[start:]


def comments_before(records: Sequence[Record]) -> int:
    """How many records on top are comments, where others follow."""
    return next((i for i, record in enumerate(records) if not COMMENT.match(record.text)), 0)


def without_mark(comment: str) -> str:
    """A comment's text."""
    return COMMENT.sub("", comment, count=1).strip(" ")


def names_columns(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a comment right above the rows holds the names of their columns."""
    width = Counter(map(len, rows)).most_common(1)[0][0]
    return len(set(cells)) == len(cells) == width > 1 and all(cells) and not any(map(is_number, cells))


def rows_before(rows: Sequence[Sequence[str]], has_header: Callable[[Sequence[Sequence[str]]], bool]) -> int:
    """How many rows on top are a title or details: they have few cells, and the table begins behind them."""
    width = Counter(map(len, rows)).most_common(1)[0][0]
    if width < 2:
        return 0
    first = (
        i for i, row in enumerate(rows[: MOST_BEFORE + 1]) if len(row) >= width < 2 * sum(map(bool, row))
    )
    start = next(first, 0)
    are_titles = all(len(row) == 1 for row in rows[:start])
    begins = start > 0 and not any(is_number(core(cell)) for cell in rows[start]) and has_header(rows[start:])
    return start if are_titles or begins else 0


def holds_units(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row right below the names says what the numbers below it are of."""
    if not below:
        return False
    units = 0
    for at, cell in enumerate(row):
        cells = [other[at] for other in below if at < len(other) and other[at]]
        if not cells or not all(is_number(core(other)) for other in cells):
            continue
        if cell in UNITS or (IN_BRACKETS.fullmatch(cell) and quantity(cell) is None):
            units += 1
        elif cell not in NO_UNIT or (cell == "1" and not units):
            return False
    return units > 0
