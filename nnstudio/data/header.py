"""Whether the first row of a table names its columns, what they are called, and which is predicted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import count, pairwise

from nnstudio.data.common_unit import common_unit
from nnstudio.data.number_marks import core, is_number, size

# What people call the column that is to be predicted.
TARGET_WORDS = {
    "target", "label", "class", "species", "diagnosis", "price", "value", "survived", "outcome", "output",
    "result", "response", "y", "quality", "category",
}  # fmt: skip
WORD = re.compile(r"[a-z0-9]+")
# So many different values are no classes any more.
MOST_DISTINCT = 20
# Dates and times, which no name looks like.
MOMENT = re.compile(
    r"\d{1,4}([-/.:]\d{1,4})+([ T]\d{1,2}(:\d{2})+(\.\d+)?)?( ?[AaPp][Mm])?(Z|[-+]\d\d:?\d\d)?"
)
# From this share on, a column holds numbers; the others are missing or mistakes.
MOSTLY = 0.8
# So many columns vote.
VOTING = 1000
YEARS = range(1800, 2201)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: each column votes."""
    head, body = rows[0], rows[1:]
    if not body:
        return bool(head) and not any(map(_is_figure, head))
    votes = 0
    columns = [[row[at] for row in body if at < len(row) and row[at]] for at in range(len(head))]
    if _are_steps(head, columns):
        return True
    # Of very many columns, some from everywhere tell.
    step = max(1, len(head) // VOTING)
    for cell, below in zip(head[::step], columns[::step], strict=True):
        unit = _unit_of(below)
        figures = [core(text, unit) for text in below if _is_figure(text, unit)]
        if below and len(figures) >= MOSTLY * len(below):
            votes += _number_vote(core(cell, unit), figures)
        elif len(figures) < len(below) / 2 and len(set(below)) <= len(below) / 2:
            # Few words that recur.
            votes += -2 if cell in below else 1
    return votes > 0


def _is_figure(text: str, unit: str = "") -> bool:
    return is_number(core(text, unit)) or MOMENT.fullmatch(text) is not None


def _unit_of(cells: Sequence[str]) -> str:
    """What stands at nearly all numbers of a column and is no known unit; "" where nothing does."""
    if sum(map(_is_figure, cells)) >= MOSTLY * len(cells):
        return ""
    common = common_unit(Counter(cells))
    return common.text if common is not None and common.share >= MOSTLY else ""


def _number_vote(cell: str, below: list[str]) -> int:
    """A word above numbers names them; a number names them at best where it is none of their kind."""
    if cell and not _is_figure(cell):
        return 2
    numbers = [size(text) for text in below if is_number(text)]
    if not cell or not numbers or not is_number(core(cell)):
        return -1
    return -1 if min(numbers) <= size(core(cell)) <= max(numbers) else 0


def _are_steps(head: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether numbers name the columns: years, or wavelengths above fractions, in equal steps."""
    names = [(cell, below) for cell, below in zip(head, columns, strict=True) if is_number(cell)]
    if len(names) < 2 or not all(cell.isdigit() and all(map(is_number, below)) for cell, below in names):
        return False
    numbers = [int(cell) if len(cell) < 10 else 0 for cell, _ in names]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(steps) > 1 or min(steps) <= 0 or any(_number_vote(cell, list(below)) for cell, below in names):
        return False
    are_fractions = all(any(size(text) % 1 for text in below) for _, below in names)
    return are_fractions or all(number in YEARS for number in numbers)


def target_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The column to predict: called like one, else the last, or the first where only that is no number.

    A column that names the rows is never it.
    """
    called = [i for i, name in enumerate(columns) if TARGET_WORDS & set(WORD.findall(name.lower()))]
    below = [[row[i] for row in rows if i < len(row) and row[i]] for i in range(len(columns))]
    usable = [i for i in range(len(columns)) if not _names_rows(below[i])]
    are_dates = [bool(cells) and all(map(_is_date, cells)) for cells in below]
    if all(are_dates[i] for i in usable):
        # What counts up beside dates alone is more than a number of rows.
        others = [i for i in range(len(columns)) if not are_dates[i]]
        usable = ([i for i in called if i in others] or others or usable or [len(columns) - 1])[-1:]
    for i in reversed(called):
        if i in usable:
            return i
    is_alone = 0 in usable and not any(map(_is_figure, below[0]))
    if is_alone and all(all(map(_is_figure, cells)) for cells in below[1:]):
        return 0
    return usable[-1]


def _is_date(cell: str) -> bool:
    # 2.5 looks like a day and a month.
    return MOMENT.fullmatch(cell) is not None and not is_number(cell)


def _names_rows(cells: Sequence[str]) -> bool:
    """Whether each cell occurs once, as texts or as numbers that count without a gap."""
    if len(cells) <= MOST_DISTINCT or len(set(cells)) < len(cells):
        return False
    # A sum of money is a quantity, however its unit is written.
    if not any(is_number(core(cell)) for cell in cells):
        return True
    return _counts_up(cells)


def _counts_up(cells: Sequence[str]) -> bool:
    """Whether they are different whole numbers without a gap."""
    if len(set(cells)) < len(cells) or not all(cell.isascii() and cell.isdigit() for cell in cells):
        return False
    # Longer ones count nothing, and Python refuses to read them.
    return max(map(len, cells)) < 20 and max(map(int, cells)) - min(map(int, cells)) == len(cells) - 1


def named_cells(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names in the first row; delimiters at its end are none where nothing stands below them."""
    names = list(rows[0])
    filled = max((at for row in rows for at, cell in enumerate(row, 1) if cell), default=1)
    while len(names) > filled and not names[-1]:
        names.pop()
    first = [row[0] for row in rows[1:] if row]
    if not names[0] and first[:1] in (["0"], ["1"]) and _counts_up(first):
        # pandas and R write the numbers of the rows below no name.
        names[0] = "index"
    return names


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """A name for each column, each once."""
    names: dict[str, None] = {}
    given = frozenset(cells)
    for i, cell in enumerate(cells, 1):
        name = cell or f"column {i}"
        if name in names:
            name = next(n for k in count(2) if (n := f"{name} ({k})") not in given and n not in names)
        names[name] = None
    return tuple(names)


def told_names(cells: Sequence[str], names: Sequence[str]) -> list[str]:
    notes = []
    unnamed = [name for cell, name in zip(cells, names, strict=True) if not cell]
    if unnamed:
        notes.append(f"There is no name for {_list(unnamed)}.")
    again = [name for cell, name in zip(cells, names, strict=True) if cell and cell != name]
    if again:
        notes.append(f"There are names more than once; the later ones are called {_list(again)}.")
    return notes


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(f"'{name[:40]}'" for name in names[:3]) + more
