"""Cells of a column as numbers: with units, in brackets, times of day; what was understood is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.columns import MAX_CATEGORIES, MOSTLY_NUMBERS
from nnstudio.data.common_unit import common_unit
from nnstudio.data.dataset import DataError
from nnstudio.data.dialect import Dialect
from nnstudio.data.number_marks import (
    TIME,
    Quantity,
    is_number,
    minutes_of,
    number_pattern,
    plain_text,
    quantity,
)
from nnstudio.data.tables.guesses import Guess
from nnstudio.data.tables.settings import Units, quoted

if TYPE_CHECKING:
    import pandas as pd

# What stands for a value that is not there: pandas' own list but for NA, and some more.
MISSING = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NULL", "NaN", "None", "n/a", "nan", "null", "?", "-", "--",
]  # fmt: skip
# A column of which fewer of so many values look like numbers is text.
TRIED, FEWEST = 200, 0.4
# Whole numbers with a nought in front, from so many digits on, are codes such as those of towns; those with
# an E and neither sign nor point are ones of parts: programs write 1E+05.
CODE = re.compile(r"0\d{2,}|\d+E\d+", re.ASCII)
# Numbers as no program reads them: thousands of India or of programs, hexadecimal, with an error.
NEARLY = re.compile(
    r"[-+]?(\d{1,2}(,\d{2})+,\d{3}(\.\d+)?|\d+(_\d+)+(\.\d+)?|0[xX][\dA-Fa-f]+|[\d.,]+ ?(±|\+/-) ?[\d.,]+)",
    re.ASCII,
)
MANY_NEARLY = 0.5
ALIKE_CODES = re.compile(r"\d+(E\d+)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class _Values:
    """The different values of a column, as plain texts, how many rows have each, and which each row has."""

    name: str
    different: np.ndarray
    texts: Sequence[object]
    counts: np.ndarray
    codes: np.ndarray

    def row(self, at: int) -> int:
        """The first row that has a value."""
        return int((self.codes == at).argmax())

    def share(self, chosen: Sequence[bool]) -> float:
        return float(self.counts[np.array(chosen, bool)].sum() / max(self.counts.sum(), 1))


@dataclass(frozen=True, eq=False)
class ReadColumn:
    """What became of a column.

    Attributes:
        cells: numbers where its texts are some, else texts without blanks around them; None where that is
            what it was.
        notes: what a person should know, those of ``guesses`` among them.
        unit: that of the numbers, or "".
        are_times: whether the numbers are minutes that were written as times.
    """

    cells: pd.Series | None = None
    notes: tuple[str, ...] = ()
    unit: str = ""
    guesses: tuple[Guess, ...] = ()
    are_times: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether it is not as it is written, so that whoever says what it is needs to see that, too."""
        return bool(self.unit) or (self.cells is not None and self.cells.dtype == object)


def _left_as_texts(
    cells: pd.Series | None, name: str, why: Sequence[str], case: Sequence[str] = ()
) -> ReadColumn:
    """A column of texts: ``why`` it is none of numbers, and a note on their capitals."""
    guesses = (*(Guess(name, note) for note in why), *(Guess(name, note, True) for note in case))
    return ReadColumn(cells, (*why, *case), guesses=guesses)


def read_column(path: Path, column: pd.Series, dialect: Dialect, is_text: bool = False) -> ReadColumn:
    """A column as numbers where its texts are some.

    ``is_text``: whether numbers may stand in it as texts; a table of text was asked for numbers before.
    Raises DataError where a column of numbers holds one with other marks: 1.500 might be 1500 or 1.5.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return ReadColumn()
    cells = column.to_numpy(object)
    if _is_free_text(cells[:: max(len(cells) // TRIED, 1)]):
        return ReadColumn()
    codes, different = pd.factorize(cells)
    texts = [_plain(value, dialect.kept) for value in different]
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    values = _Values(str(column.name), different, texts, counts, codes)
    if not texts:
        return ReadColumn()
    if _are_codes(texts):
        return _as_codes(column, values)
    some = [text for text in texts[:: max(len(texts) // TRIED, 1)] if isinstance(text, str)]
    if sum(TIME.fullmatch(text) is not None for text in some) > FEWEST * len(some):
        return _as_times(column, values)
    hits = sum(quantity(plain_text(text)) is not None for text in some)
    if hits > FEWEST * len(some) or (hits and (dialect.thousands or dialect.decimal == ",")):
        return _as_numbers(path, column, values, dialect, is_text or bool(dialect.thousands))
    as_texts = _replaced(column, values, texts)
    why = _told_common_unit(values) or _told_nearly(values)
    return _left_as_texts(as_texts, values.name, why, _told_case(values))


def _are_codes(texts: Sequence[object]) -> bool:
    """Whether some texts are codes; one with an E is none among numbers with a sign or a point."""
    codes = [text for text in texts if isinstance(text, str) and CODE.fullmatch(text)]
    if not codes or any(text.isdigit() for text in codes):
        return bool(codes)
    return not any(isinstance(t, str) and is_number(t) and not ALIKE_CODES.fullmatch(t) for t in texts)


def _is_free_text(cells: np.ndarray) -> bool:
    """Whether some cells are texts like names, of which hardly any is like another."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    if len(texts) < len(cells) or len(set(texts)) <= MAX_CATEGORIES:
        return False
    if any(quantity(plain_text(t)) or TIME.fullmatch(t) or t != t.strip() for t in texts):
        return False
    if any(map(NEARLY.fullmatch, texts)):
        return False
    at_numbers = common_unit(Counter(texts))
    return at_numbers is None or at_numbers.share < MOSTLY_NUMBERS


def _plain(value: object, kept: frozenset[str]) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()
    return None if text in MISSING and text not in kept else text


def _replaced(
    column: pd.Series, values: _Values, new: Sequence[object], is_text: bool = False
) -> pd.Series | None:
    """The column with other values, as numbers where all are; None where nothing changes.

    ``is_text``: whether numbers were read as text, so that it changes even with the same values.
    """
    import pandas as pd

    if not is_text and all(o is n or o == n for o, n in zip(values.different, new, strict=True)):
        return None
    array = np.empty(len(new) + 1, object)
    array[: len(new)] = new
    # Code -1, a missing value, is the last.
    array[len(new)] = None
    series = pd.Series(array)
    numbers = pd.to_numeric(series, errors="coerce")
    is_all = numbers.isna().equals(series.isna()) and numbers.notna().any()
    taken = (numbers if is_all else series.where(series.notna(), np.nan)).to_numpy()[values.codes]
    result = pd.Series(taken, index=column.index, name=column.name)
    whole = (
        is_all
        and not result.isna().any()
        and all(
            isinstance(text, str) and text.lstrip("-+").isdigit() and len(text) < 16
            for text in new
            if text is not None
        )
    )
    return result.astype(np.int64) if whole else result


def _as_codes(column: pd.Series, values: _Values) -> ReadColumn:
    first = next(text for text in values.texts if isinstance(text, str) and CODE.fullmatch(text))
    digits = [isinstance(text, str) and ALIKE_CODES.fullmatch(text) is not None for text in values.texts]
    as_texts = _replaced(column, values, values.texts)
    if values.share(digits) < MOSTLY_NUMBERS:
        return _left_as_texts(as_texts, values.name, (), _told_case(values))
    how = "an E inside" if "E" in first else "a 0 in front"
    note = (
        f"'{values.name}' holds codes with {how}, such as '{first}', and is a category. If it is a "
        f"number, set Columns to {quoted(values.name)}: number."
    )
    return _left_as_texts(as_texts, values.name, (note,))


def _as_times(column: pd.Series, values: _Values) -> ReadColumn:
    """Times of day and durations as minutes."""
    minutes = [minutes_of(text) for text in values.texts]
    if values.share([number is not None for number in minutes]) < MOSTLY_NUMBERS:
        as_texts = _replaced(column, values, values.texts)
        return _left_as_texts(as_texts, values.name, (), _told_case(values))
    new = [text if number is None else number for text, number in zip(values.texts, minutes, strict=True)]
    first = next(i for i, number in enumerate(minutes) if number is not None)
    long = any(number is not None and float(number) >= 24 * 60 for number in minutes)
    what = (
        "durations, taken as minutes, with hours first" if long else "times, taken as minutes since midnight"
    )
    note = f"'{values.name}' holds {what}: {values.texts[first]} is {minutes[first]}."
    return ReadColumn(_replaced(column, values, new), (note,), are_times=True)


def _as_numbers(
    path: Path, column: pd.Series, values: _Values, dialect: Dialect, is_text: bool
) -> ReadColumn:
    parsed = [quantity(plain_text(text)) if isinstance(text, str) else None for text in values.texts]
    fits = [p is not None and dialect.number.fullmatch(p.number) is not None for p in parsed]
    mostly = values.share(fits) >= MOSTLY_NUMBERS
    if mostly and (dialect.decimal == "," or dialect.thousands):
        _check_marks(path, values, parsed, fits, dialect)
    units = _units(values, parsed, fits)
    notes: tuple[str, ...] = ()
    unit = ""
    if mostly and (units.keys() - {""}):
        notes, is_one = _told_units(values, units)
        if not is_one:
            return _left_as_texts(_replaced(column, values, values.texts), values.name, notes)
        unit = next(name for name in units if name)
    new = [
        _with_point(p.number, dialect)
        if p is not None and fit and (mostly or (p.is_usual and not p.unit)) else text
        for text, p, fit in zip(values.texts, parsed, fits, strict=True)
    ]  # fmt: skip
    cells = _replaced(column, values, new, is_text)
    if mostly:
        return ReadColumn(cells, (*notes, *_told_negative(values, parsed, fits)), unit)
    if values.share([p is not None for p in parsed]) >= MOSTLY_NUMBERS:
        if _has_points(values, new):
            return _with_points(cells, values, new, fits, dialect)
        return _left_as_texts(cells, values.name, _told_other_marks(values, parsed, fits, dialect))
    return _left_as_texts(cells, values.name, _told_common_unit(values) or _told_nearly(values))


def _has_points(values: _Values, new: Sequence[object]) -> bool:
    """Whether all texts are numbers as they are written, with a point where one is needed."""
    plain = number_pattern(".", "")
    return list(new) == list(values.texts) and all(
        plain.fullmatch(text) for text in new if isinstance(text, str)
    )


def _with_points(
    cells: pd.Series | None, values: _Values, new: Sequence[object], fits: Sequence[bool], dialect: Dialect
) -> ReadColumn:
    """A column that writes its decimals with a point in a table that has other marks."""
    first = next(text for text, fit in zip(new, fits, strict=True) if isinstance(text, str) and not fit)
    note = (
        f"'{values.name}' has a point for decimals, as in '{first}', while other numbers of the table have "
        f"{dialect.marks}; it is read as numbers with that point."
    )
    return ReadColumn(cells, (note,), guesses=(Guess(values.name, note),))


def _with_point(number: str, dialect: Dialect) -> str:
    text = number.replace(dialect.thousands, "") if dialect.thousands else number
    return text.replace(dialect.decimal, ".")


def _check_marks(
    path: Path, values: _Values, parsed: Sequence[Quantity | None], fits: Sequence[bool], dialect: Dialect
) -> None:
    other = [i for i, p in enumerate(parsed) if p is not None and not fits[i]]
    if other:
        at = min(other, key=values.row)
        raise DataError(
            f"'{values.texts[at]}' in column '{values.name}' of '{path.name}' (data row "
            f"{values.row(at) + 1:,}) is written unlike the other numbers, which have {dialect.marks}. "
            "Correct it, or choose the decimal mark under Data."
        )


def _units(values: _Values, parsed: Sequence[Quantity | None], fits: Sequence[bool]) -> Counter[str]:
    units: Counter[str] = Counter()
    for i, p in enumerate(parsed):
        if p is not None and fits[i]:
            units[p.unit] += int(values.counts[i])
    return units


def _told_units(values: _Values, units: Counter[str]) -> tuple[tuple[str, ...], bool]:
    """A note on the units of a column, and whether they are one."""
    named = [unit for unit, _ in units.most_common() if unit]
    if len(named) > 1:
        several = ", ".join(f"{unit} ({units[unit]:,} rows)" for unit in named[:4])
        return (
            f"'{values.name}' is in different units, {several}, so it stays text. Convert it to one of them "
            "to have numbers.",
        ), False
    unit, without = named[0], units[""]
    if not without:
        return (f"'{values.name}' is in {unit}.",), True
    # 0.5 among percentages may be 50 % or 0.5 %.
    if unit in ("%", "‰") or without > units[unit]:
        return (
            f"'{values.name}' is in {unit} in {units[unit]:,} rows, and {without:,} "
            f"{'have' if without > 1 else 'has'} no unit, so it stays text. If all are in {unit}, "
            f"set Columns to {quoted(values.name)}: {Units.WITHOUT}; else write all of them alike.",
        ), False
    count = f"{without:,} row{'s' if without > 1 else ''} without a unit count{'' if without > 1 else 's'}"
    return (f"'{values.name}' is in {unit}; {count} as {unit}, too.",), True


def _told_negative(
    values: _Values, parsed: Sequence[Quantity | None], fits: Sequence[bool]
) -> tuple[str, ...]:
    for text, p, fit in zip(values.texts, parsed, fits, strict=True):
        if p is not None and fit and str(text).strip().endswith((")", "-")):
            return (f"Numbers like '{text}' in '{values.name}' are negative ones: {p.number}.",)
    return ()


def _told_other_marks(
    values: _Values, parsed: Sequence[Quantity | None], fits: Sequence[bool], dialect: Dialect
) -> tuple[str, ...]:
    """A note where many numbers of a column are written unlike those of the table, so that it is text."""
    other = next(
        text for text, p, fit in zip(values.texts, parsed, fits, strict=True) if p is not None and not fit
    )
    return (
        f"'{values.name}' holds numbers such as '{other}', but those of the table have {dialect.marks}; so "
        "it stays text. Write all numbers alike, or choose the decimal mark.",
    )


def _told_common_unit(values: _Values) -> tuple[str, ...]:
    """A note where nearly all texts of a column are numbers with something alike at them."""
    counts = {
        text: int(n) for text, n in zip(values.texts, values.counts, strict=True) if isinstance(text, str)
    }
    glance = common_unit(dict(list(counts.items())[:: max(len(counts) // TRIED, 1)]))
    unit = common_unit(counts) if glance is not None and glance.share > FEWEST else None
    if unit is None or unit.share < MOSTLY_NUMBERS:
        return ()
    others = unit.total - unit.cells - unit.bare
    counted = f"All {unit.total:,}" if unit.cells == unit.total else f"{unit.cells:,} of {unit.total:,}"
    rest = f", {unit.bare:,} are numbers without it" if unit.bare else ""
    rest += f", {others:,} fit{'s' * (others == 1)} neither" if others and rest else ""
    rest = rest or (f", {others:,} do{'es' * (others == 1)} not" if others else "")
    return (
        f"{counted} values of '{values.name}' {'end in' if unit.is_behind else 'begin with'} “{unit.text}”"
        f"{rest}; it stays text with a category for each. To read them as numbers without it, set Columns to "
        f"{quoted(values.name)}: {Units.WITHOUT}.",
    )


def _told_nearly(values: _Values) -> tuple[str, ...]:
    """A note where many texts of a column are numbers in a way of writing that is not read."""
    nearly = [isinstance(text, str) and NEARLY.fullmatch(text) is not None for text in values.texts]
    numbers = [isinstance(text, str) and quantity(plain_text(text)) is not None for text in values.texts]
    either = [one or other for one, other in zip(nearly, numbers, strict=True)]
    if not any(nearly) or values.share(either) < MANY_NEARLY:
        return ()
    return (
        f"'{values.name}' holds texts that look like numbers but are not read as such, such as "
        f"'{values.texts[nearly.index(True)]}', so it stays text with a category for each. If they are "
        "numbers, write them with digits and a decimal mark alone.",
    )


def _told_case(values: _Values) -> tuple[str, ...]:
    """A note where two of few categories differ in capitals alone."""
    if len(values.texts) > MAX_CATEGORIES:
        return ()
    known: dict[str, str] = {}
    for text in values.texts:
        if not isinstance(text, str):
            continue
        other = known.setdefault(" ".join(text.casefold().split()), text)
        if other != text:
            return (
                f"'{values.name}' has '{other}' and '{text}', which may be the same; they count as different "
                "categories. Write them alike if they are the same.",
            )
    return ()
