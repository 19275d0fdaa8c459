"""What a person says of the columns of a table, as one text that is saved with the project.

Such as ``zip: category; note: left out; size: ordered small < medium < large; "a: b": target, log``. A name
that holds a colon, a semicolon or quotation marks stands in quotation marks, as JSON has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from nnstudio.data.dataset import DataError


class ColumnType(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    CATEGORY = "category"
    ORDERED = "ordered"
    DATE = "date"


class ColumnRole(StrEnum):
    """What a column is for."""

    INPUT = "input"
    TARGET = "target"
    GROUP = "group"
    TIME = "time"
    LEFT_OUT = "left out"


class Scaling(StrEnum):
    """How numbers enter the network; clipped ones are moved to where 98 % of the training part lie."""

    STANDARDISE = "standardise"
    MIN_MAX = "min-max"
    LOG = "log"
    CLIP = "clip"
    AS_IT_IS = "as it is"


class Coding(StrEnum):
    """How a category enters the network: as one input for each value, or as a number for an Embedding."""

    ONE_HOT = "one-hot"
    EMBEDDING = "embedding"


class Gaps(StrEnum):
    """What becomes of rows that lack an input."""

    FILL = "fill"
    LEAVE_ROWS = "leave rows out"


class Units(StrEnum):
    """What becomes of units that stand at some numbers of a column and not at others."""

    WITHOUT = "without unit"


@dataclass(frozen=True)
class ColumnSetting:
    """What is said of one column; None where it is guessed.

    Attributes:
        order: the values of an ordered column, the least first; a value may have a name, as in "0 = no".
    """

    type: ColumnType | None = None
    role: ColumnRole | None = None
    scaling: Scaling | None = None
    gaps: Gaps | None = None
    order: tuple[str, ...] = ()
    coding: Coding | None = None
    units: Units | None = None


ENTRY = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^:;"]+?)\s*:([^;]*)(?:;|$)')
WORDS = {
    word.value: (name, word)
    for name, words in (
        ("type", ColumnType), ("coding", Coding), ("role", ColumnRole), ("scaling", Scaling), ("gaps", Gaps),
        ("units", Units),
    )
    for word in words
}  # fmt: skip


def read_settings(text: str) -> dict[str, ColumnSetting]:
    """Settings by the names of columns. Raises DataError."""
    settings: dict[str, ColumnSetting] = {}
    at = 0
    while text[at:].strip(" ;"):
        entry = ENTRY.match(text, at)
        if entry is None:
            raise DataError(
                f"Columns takes entries such as 'zip: category; note: left out'; '{text[at:][:60]}' is none."
            )
        name = _name(entry[1])
        for word in filter(None, map(str.strip, entry[2].split(","))):
            settings[name] = _with(settings.get(name, ColumnSetting()), name, word)
        at = entry.end()
    return settings


def _name(text: str) -> str:
    try:
        return str(json.loads(text)) if text.startswith('"') else text
    except ValueError as error:
        raise DataError(f"Columns has a name that is not quoted right: {text}.") from error


def _with(setting: ColumnSetting, name: str, word: str) -> ColumnSetting:
    if word.startswith(f"{ColumnType.ORDERED} "):
        order = tuple(value.strip() for value in word.removeprefix(ColumnType.ORDERED).split("<"))
        return replace(setting, type=ColumnType.ORDERED, order=order, coding=None, units=None)
    if word not in WORDS:
        near = get_close_matches(word, WORDS, 1)
        raise DataError(
            f"'{word}' says nothing of column '{name}'.{f' Did you mean {near[0]}?' if near else ''} "
            f"Say {', '.join(WORDS)}."
        )
    field, value = WORDS[word]
    given: dict[str, Any] = {field: value}
    if field == "coding":
        given["type"] = ColumnType.CATEGORY
    elif field == "units":
        given |= {"type": ColumnType.NUMBER, "coding": None}
    elif field == "type" and value != ColumnType.CATEGORY:
        given["coding"] = None
    if given.get("type", ColumnType.NUMBER) != ColumnType.NUMBER:
        given["units"] = None
    return replace(setting, **given)


def write_settings(settings: Mapping[str, ColumnSetting]) -> str:
    """The text that `read_settings` reads; columns of which nothing is said are not in it."""
    return "; ".join(
        f"{quoted(name)}: {', '.join(words)}"
        for name, setting in settings.items()
        if (words := _words(setting))
    )


def quoted(name: str) -> str:
    """A column's name as `read_settings` reads it."""
    is_plain = name == name.strip() and name and not set(name) & set('":;\\')
    return name if is_plain else json.dumps(name, ensure_ascii=False)


def _words(setting: ColumnSetting) -> list[str]:
    words = [str(value) for f in fields(setting) if f.name != "order" and (value := getattr(setting, f.name))]
    if setting.order:
        ordered = f"{ColumnType.ORDERED} {' < '.join(setting.order)}"
        words = [ordered if word == ColumnType.ORDERED else word for word in words]
    return words


def with_word(text: str, name: str, word: str, target: str) -> tuple[str, str]:
    """Settings and target with one more word said of a column: its type, its role and so on; "guess <field>"
    takes back what was said of a field. A coding makes a column a category, another type takes it back; so do
    numbers without their unit.

    A column that becomes the target takes the place of the one before. Raises DataError.
    """
    settings = read_settings(text)
    said = settings.get(name, ColumnSetting())
    if word.startswith("guess "):
        field = word.removeprefix("guess ")
        nothing: dict[str, Any] = dict.fromkeys((field, "coding", "units") if field == "type" else (field,))
        settings[name] = replace(said, **nothing)
    elif word == ColumnRole.TARGET:
        settings = {
            other: replace(setting, role=None) if setting.role == ColumnRole.TARGET else setting
            for other, setting in settings.items()
        }
        if name in settings:
            settings[name] = replace(settings[name], role=None)
        target = name
    else:
        settings[name] = _with(said, name, word)
    return write_settings(settings), target


def check_names(settings: Mapping[str, ColumnSetting], columns: tuple[str, ...], file: str) -> None:
    """Raise DataError where something is said of a column that is not there."""
    for name in settings:
        if name not in columns:
            raise DataError(no_such_column(name, columns, file))


def no_such_column(name: str, columns: tuple[str, ...], file: str) -> str:
    """A sentence with the names that there are, the nearest first."""
    near = get_close_matches(name, columns, 1, 0.6)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    more = ", ..." if len(columns) > 8 else ""
    return f"'{file}' has no column '{name}'.{meant} Its columns are: {', '.join(columns[:8])}{more}."
