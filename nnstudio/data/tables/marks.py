"""Texts that stand for missing values in a table, or might: how many cells have each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.columns import number_blocks, text_columns
from nnstudio.data.progress import each
from nnstudio.data.table_reader import NOT_AVAILABLE
from nnstudio.data.tables.encoders import texts_of

if TYPE_CHECKING:
    import pandas as pd

# Numbers that people write where there is none.
SENTINELS = (-9999.0, -999.0, -99.0, 999.0, 9999.0, 99999.0)
# Words that say so, in small letters; a person decides.
WORDS = (
    "unknown", "missing", "not available", "not known", "no data", "undefined", "n.a.", "na", "n.d.", "nil",
    "none", "unbekannt", "k.a.", "inconnu", "desconocido",
)  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """What stands in cells without a value.

    Attributes:
        text: as it is written; "" for empty cells.
        is_missing: whether it counts as missing now.
        is_usual: whether it does so unless a person says otherwise.
    """

    text: str
    cells: int
    is_missing: bool
    is_usual: bool


def listed_marks(text: str) -> list[str]:
    """The marks that an option names, each once."""
    return list(dict.fromkeys(mark.strip() for mark in text.split(",") if mark.strip()))


def marks_of(seen: Mapping[str, int], frame: pd.DataFrame, own: str, kept: str) -> tuple[Mark, ...]:
    """The usual marks that were ``seen``, those that a person named, and those that might be some.

    ``own`` and ``kept`` are what a person says: other marks, and usual ones that are values.
    """
    values, seen = listed_marks(kept), dict(seen)
    if NOT_AVAILABLE not in values:
        # Where it is a code among others, it was left in the table.
        seen[NOT_AVAILABLE] = seen.get(NOT_AVAILABLE, 0) - _count(frame, NOT_AVAILABLE)
    seen = {text: count for text, count in seen.items() if count > 0}
    usual = [Mark(text, count, text not in values, True) for text, count in seen.items()]
    usual.sort(key=lambda mark: (mark.text != "", -mark.cells))
    named = [mark for mark in listed_marks(own) if mark not in seen]
    known = {*seen, *named}
    perhaps = [Mark(text, count, False, False) for text, count in _suspects(frame) if text not in known]
    return (*usual, *(Mark(text, _count(frame, text), True, False) for text in named), *perhaps)


def _count(frame: pd.DataFrame, mark: str) -> int:
    try:
        number = float(mark)
    except ValueError:
        number = float("nan")
    known, others = 0, set(frame.columns)
    for names, numbers in number_blocks(frame):
        known += int((numbers == number).sum())
        others -= set(names)
    texts = others & set(text_columns(frame))
    if number == number:  # nothing equals what is no number
        known += sum(int((frame[name] == number).sum()) for name in each([*(others - texts)]))
    return known + sum(int((texts_of(frame[name]) == mark).sum()) for name in texts)


def _suspects(frame: pd.DataFrame) -> Iterator[tuple[str, int]]:
    """Texts and numbers that might stand for missing values, and how many cells have them."""
    texts, are_clear = set(text_columns(frame)), _without_sentinels(frame)
    counts: dict[str, int] = {}
    for name in each([name for name in frame.columns if name not in are_clear]):
        # Asked for once: what is kept packed is unpacked each time.
        cells = frame[name]
        if name in texts:
            for value, count in texts_of(cells).value_counts().items():
                if str(value).casefold() in WORDS:
                    counts[str(value)] = counts.get(str(value), 0) + int(count)
        elif cells.dtype.kind in "if":
            for number, count in sentinels_in(cells.to_numpy(np.float64)):
                counts[f"{number:g}"] = counts.get(f"{number:g}", 0) + count
    yield from counts.items()


def _without_sentinels(frame: pd.DataFrame) -> set[Any]:
    """Columns of numbers that hold none of them twice."""
    clear: set[Any] = set()
    for names, numbers in number_blocks(frame):
        may = np.any([(numbers == mark).sum(0) > 1 for mark in SENTINELS], axis=0)
        clear |= {name for name, some in zip(names, may, strict=True) if not some}
    return clear


def sentinels_in(numbers: np.ndarray) -> Iterator[tuple[float, int]]:
    """Numbers (rows,) that stand far from all others, as marks do, and how many rows have each."""
    for mark in SENTINELS:
        here = numbers == mark
        if here.sum() < 2:
            continue
        others = numbers[~here & np.isfinite(numbers)]
        if len(others) > 1 and abs(mark - others.mean()) > 5 * others.std() + 1e-12:
            yield mark, int(here.sum())
