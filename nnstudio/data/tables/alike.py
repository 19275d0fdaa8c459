"""Sentences on many columns that say the same are told once."""

from __future__ import annotations

import re
from collections.abc import Iterable

QUOTED, NUMBER = re.compile(r"'[^']*'"), re.compile(r"\d[\d,.]*")
# From so many on, sentences that say the same are told together.
MANY = 3


def gathered(notes: Iterable[str]) -> tuple[str, ...]:
    """The notes; of many that differ in the column, in examples and numbers only, the first with the names of
    the other columns. A note's first word in quotes is its column.
    """
    groups: dict[str, list[str]] = {}
    for note in notes:
        groups.setdefault(NUMBER.sub("0", QUOTED.sub("''", note)), []).append(note)
    return tuple(told for group in groups.values() for told in _told(group))


def _told(group: list[str]) -> list[str]:
    columns = [quoted.group() for note in group if (quoted := QUOTED.search(note))]
    # Two on one column stay as they are.
    if len(set(columns)) < max(len(group), MANY):
        return group
    names = f"{', '.join(columns[1:-1])} and {columns[-1]}"
    differ = len({QUOTED.sub("''", note) for note in group}) > 1
    how = "The same, with other numbers," if differ else "The same"
    return [f"{group[0]} {how} holds for {names}."]
