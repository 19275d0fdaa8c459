"""A unit that no list has: what stands at nearly all numbers of a column alike, such as mm/s or €/kg.

It is offered, and never taken off without a word of a person: numbers of parts end alike, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nnstudio.data.number_marks import is_number, plain_text

# All of which a number may be written, where a text begins or ends so.
BEGINS = re.compile(r"(?=[-+]?[.,]?\d)[-+\d.,' eE]+", re.ASCII)
ENDS = re.compile(r"[-+\d.,' eE]*\d$", re.ASCII)
# No name of a unit is longer, and no number with one.
LONGEST, LONGEST_WITH_NUMBER = 20, 60
# They join the parts of codes, dates, versions and addresses.
JOINS = tuple("-_:;.,'#&!?")
NAMES_UNIT = re.compile(r"[^\W\d_]|[%‰°~≈<>≤≥±$€£¥₹₽₩₺₪฿]")
SIGN = re.compile(r"[^\w\s.#]")
FRACTION = re.compile(r"\d[.,]\d", re.ASCII)


@dataclass(frozen=True)
class CommonUnit:
    """What stands at numbers of a column.

    Attributes:
        is_behind: whether the numbers stand before it.
        cells, bare: how many cells are numbers with it, and with nothing.
        total: how many cells have a value.
    """

    text: str
    is_behind: bool
    cells: int
    bare: int
    total: int

    @property
    def share(self) -> float:
        """Of the cells that have a value, those that are numbers with it or with nothing."""
        return (self.cells + self.bare) / max(self.total, 1)


def common_unit(counts: Mapping[str, int]) -> CommonUnit | None:
    """What most texts that are numbers with something have there; ``counts`` are the cells of each text.

    None where no two different texts have it, or where it may as well be part of a name.
    """
    texts = [(plain_text(text), count) for text, count in counts.items()]
    cells, texts_with = Counter[tuple[bool, str]](), Counter[tuple[bool, str]]()
    for text, count in texts:
        if len(text) > LONGEST_WITH_NUMBER:
            continue
        for end in {*((True, unit) for unit in _behind(text)), *((False, unit) for unit in _before(text))}:
            cells[end] += count
            texts_with[end] += 1
    likely = [end for end in cells if texts_with[end] > 1]
    if not likely:
        return None
    # Of "foo" and "e3 foo", which 5e3 foo and 7e3 foo end in, the shorter one leaves the whole number.
    is_behind, unit = best = max(likely, key=lambda end: (cells[end], -len(end[1]), end))
    if unit[0] == "/" and cells[is_behind, f"1{unit}"] == cells[best]:
        unit = f"1{unit}"
    if not is_behind and not SIGN.search(unit) and not any(FRACTION.search(text) for text, _count in texts):
        return None  # Room 12 and P17 are names.
    bare = sum(count for text, count in texts if is_number(text))
    return CommonUnit(unit, is_behind, cells[best], bare, sum(counts.values()))


def _behind(text: str) -> Iterator[str]:
    """All that may be a unit behind the number with which a plain text begins."""
    run = BEGINS.match(text)
    for at in range(max(len(text) - LONGEST, 1), min(run.end() + 1, len(text)) if run else 0):
        number, unit = text[:at], text[at:].strip()
        # As in 1500 1/min: other digits belong to the number.
        is_cut = text[at].isdigit() and not text.startswith("1/", at)
        is_cut |= not number[-1].isdigit() or unit.startswith(JOINS)
        if not is_cut and NAMES_UNIT.search(unit) and is_number(number):
            yield unit


def _before(text: str) -> Iterator[str]:
    """All that may be a unit before the number with which a plain text ends."""
    run = None if BEGINS.match(text) else ENDS.search(text)
    for at in range(max(run.start(), 1), min(len(text), LONGEST + 1)) if run else ():
        unit, number = text[:at].strip(), text[at:]
        is_cut = unit.endswith(JOINS) or (text[at - 1].isdigit() and number[0].isdigit())
        # P007 is a code.
        is_code = re.match(r"0\d", number) is not None
        if not is_cut and not is_code and NAMES_UNIT.search(unit) and is_number(number.strip()):
            yield unit
