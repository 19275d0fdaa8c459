"""Where on a sheet of cells the table stands; what stands around it is left out and said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Row = Sequence[object]
# A row of the table has this share, at least, of the values that its rows usually have.
MOST = 0.7


@dataclass(frozen=True)
class Area:
    """Where a table stands.

    Attributes:
        rows: numbers of the rows that are not empty, from 0; the first may hold the names.
        columns: numbers of the columns that are not empty, from 0.
        notes: what else stands on the sheet.
    """

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    notes: tuple[str, ...]


def table_area(rows: Sequence[Row]) -> Area | None:
    """The table of a sheet; None where no row has two values."""
    counts = [sum(cell is not None for cell in row) for row in rows]
    several = Counter(count for count in counts if count > 1)
    if not several:
        return None
    usual = max(several, key=lambda count: (several[count], count))
    start = next(i for i, count in enumerate(counts) if count >= max(2, MOST * usual))
    if start and counts[start - 1] > 1 and all(isinstance(c, str | None) for c in rows[start - 1]):
        # Names of columns, of which some have none.
        start -= 1
    end = _end(counts, start)
    inside = [i for i in range(start, end) if counts[i]]
    columns = sorted({at for i in inside for at, cell in enumerate(rows[i]) if cell is not None})
    notes = [_told(rows, range(start), "above"), _told(rows, range(end, len(rows)), "below")]
    if len(inside) < end - start:
        empty = end - start - len(inside)
        rows_are = "rows are" if empty > 1 else "row is"
        notes.append(f"{empty:,} empty {rows_are} left out inside of the table.")
    return Area(tuple(inside), tuple(columns), tuple(note for note in notes if note))


def _end(counts: Sequence[int], start: int) -> int:
    """Behind the last row; remarks below a table, single values after an empty row, are none of it."""
    end = last = len(counts) - next(i for i, count in enumerate(reversed(counts)) if count)
    while last > start and counts[last - 1] == 1:
        last -= 1
    is_remark = max(counts[start:last], default=0) > 2 and not counts[last - 1]
    return last - next(i for i, c in enumerate(reversed(counts[:last])) if c) if is_remark else end


def _told(rows: Sequence[Row], left_out: range, where: str) -> str:
    filled = [i for i in left_out if any(cell is not None for cell in rows[i])]
    if not filled:
        return ""
    cell = next(cell for cell in rows[filled[0]] if cell is not None)
    more = len(filled) > 1
    return (
        f"{len(filled):,} row{'s' * more} {where} the table {'are' if more else 'is'} left out, such as row "
        f"{filled[0] + 1:,}: '{str(cell)[:40]}'."
    )
