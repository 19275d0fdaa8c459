"""The lines of a text: which are rows of a table, and which are comments, titles or notes before it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nnstudio.data.cells import bare, is_number

# A mark inside of a cell, as in 5" of rain, quotes nothing.
OPENING = re.compile(r'(?:^|[,;\t|])\s*"')
COMMENT = re.compile(r"\s*(#|//|%\s)")
# So many lines are looked for the end of a value that begins with a quotation mark.
MOST_LINES = 5000


@dataclass(frozen=True)
class Record:
    """A row as it is written; it ends before line ``end`` of the file, counted from 0."""

    text: str
    end: int

    @property
    def is_comment(self) -> bool:
        return COMMENT.match(self.text) is not None


def read_records(text: str, wanted: int) -> list[Record]:
    """The first lines that are not empty; those with a line break inside quotation marks are one."""
    records: list[Record] = []
    lines: list[Record] = []
    is_open = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        lines.append(Record(line, number))
        begins_cell = is_open or OPENING.search(line) is not None
        records.append(Record(f"{records.pop().text}\n{line}" if is_open else line, number))
        is_open ^= begins_cell and line.replace('\\"', "").count('"') % 2 == 1
        if (len(records) >= wanted and not is_open) or len(lines) >= wanted + MOST_LINES:
            break
    # A mark that is never closed is no quotation mark.
    return lines[:wanted] if is_open else records


def width_of(line: str, delimiter: str) -> int:
    """Cells of a line."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), []))
    except csv.Error:
        return 0


def without_preamble(records: Sequence[Record], delimiter: str) -> tuple[list[Record], list[Record]]:
    """The rows with their header, and the lines that are none of these, such as a title and comments before.

    A row has as many cells as most; a header may have fewer, but names nothing that is a number.
    """
    widths = [width_of(record.text, delimiter) for record in records]
    usual = Counter(widths).most_common(1)[0][0]
    is_row = [width == usual or not r.is_comment for width, r in zip(widths, records, strict=True)]
    first = widths.index(usual)
    begin = first
    if has_numbers(records[first].text, delimiter):
        for at in reversed(range(first)):
            if not is_row[at]:
                continue
            if widths[at] == 1 < usual:
                # A title.
                break
            begin = at
            if not has_numbers(records[at].text, delimiter):
                break
    rows = [r for r, row in zip(records[begin:], is_row[begin:], strict=True) if row]
    others = [r for r, row in zip(records[begin:], is_row[begin:], strict=True) if not row]
    return rows, [*records[:begin], *others]


def has_numbers(line: str, delimiter: str) -> bool:
    """Whether any cell of a line is a number, with a unit or without."""
    cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return any(is_number(bare(cell)) for cell in cells)
