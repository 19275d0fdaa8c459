"""The first row of a table: whether it names the columns, their names, the target, units below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count, pairwise

from nnstudio.data.cells import MEASURES, bare, is_number
from nnstudio.data.columns import MOSTLY_NUMBERS

# What people call the column that is to be predicted.
TARGET_WORDS = {
    "target", "label", "class", "species", "diagnosis", "price", "value", "survived", "outcome", "output",
    "result", "response", "y", "quality", "category",
}  # fmt: skip
WORD = re.compile(r"[a-z0-9]+")
# So many different values are no classes any more.
MOST_DISTINCT = 20
ZERO = re.compile(r"0\d+")
BRACKETED = re.compile(r"[\[(]([^\])]{1,12})[\])]")
UNIT = re.compile(r"[^\W\d_]{1,4}[²³]?(?:[/·*][^\W\d_]{1,4}[²³]?)+|[^\W\d_]{1,4}[²³]|-")


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: each column votes."""
    head, body = rows[0], rows[1:]
    if not body:
        return bool(head) and not any(is_number(cell) for cell in head)
    votes, outside = 0, 0
    for at, cell in enumerate(map(bare, head)):
        below = [bare(row[at]) for row in body if at < len(row) and row[at]]
        numbers = [text for text in below if is_number(text)]
        if below and len(numbers) >= MOSTLY_NUMBERS * len(below):
            vote = _number_vote(cell, numbers)
            votes, outside = votes + vote, outside + (vote == 0)
        elif len(numbers) < len(below) / 2 and len(set(below)) <= len(below) / 2:
            # Few words that recur.
            votes += -2 if cell in below else 1
    return votes > 0 or (votes == 0 and outside == len(head) and _is_sequence(head))


def _is_sequence(head: Sequence[str]) -> bool:
    """Whether cells are whole numbers at equal distances, such as years or wavelengths."""
    if len(head) < 3 or not all(cell.isdigit() for cell in head):
        return False
    numbers = [int(cell) for cell in head]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) == 1 and steps != {0}


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
        return float(re.sub(r"[.,' ]", "", text.split("e")[0].split("E")[0]) or 0)


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
    are_numbers = [all(is_number(bare(cell)) for cell in cells) for cells in below]
    if not any(is_number(bare(cell)) for cell in below[0]) and all(are_numbers[1:]) and 0 in usable:
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


def names_of(cells: Sequence[str]) -> tuple[str, ...]:
    """A name for each column, each once."""
    names: list[str] = []
    for i, cell in enumerate(cells, 1):
        name = cell or f"column {i}"
        if name in names:
            name = next(n for k in count(2) if (n := f"{name} ({k})") not in cells and n not in names)
        names.append(name)
    return tuple(names)


def named_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many columns a header names; delimiters at its end name none where nothing stands below."""
    count = len(names)
    while count > 1 and not names[count - 1] and not any("".join(row[count - 1 :]) for row in rows):
        count -= 1
    return count


def units_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The units in the row below a header, "" for a column without; none where that is an ordinary row."""
    first, below = rows[0], rows[1:]
    units = []
    for at, cell in enumerate(first):
        inner = BRACKETED.fullmatch(cell)
        unit = inner[1] if inner else cell
        if unit and not inner and unit not in MEASURES and not UNIT.fullmatch(unit):
            return ()
        others = [row[at] for row in below if at < len(row) and row[at]]
        if unit and sum(is_number(bare(other)) for other in others) < len(others) / 2:
            return ()
        units.append("" if unit == "-" else unit)
    return tuple(units) if any(units) else ()


def codes_among(rows: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """Columns of digits of which some begin with 0, as codes of places do: as numbers they would lose it."""
    columns = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(width)]
    return tuple(
        at
        for at, cells in enumerate(columns)
        if any(ZERO.fullmatch(cell) for cell in cells)
        and sum(cell.isdigit() for cell in cells) >= MOSTLY_NUMBERS * len(cells)
    )
