"""The fields of a lesson's parts, as its structures declare them: an editor is built from these, and what a
draft lacks is told by them. A new verb needs nothing here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import cache
from types import UnionType
from typing import Any, get_args

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec import inspect as types

from nnstudio.lessons.actions import AnyAction
from nnstudio.lessons.condition import Range
from nnstudio.lessons.conditions import AnyCondition
from nnstudio.lessons.names import Group, Names


class Kind(StrEnum):
    """What stands in a field."""

    TEXT = auto()
    NUMBER = auto()
    WHOLE = auto()
    SWITCH = auto()
    CHOICE = auto()
    RANGE = auto()
    # A number, a text, on or off: whatever the named option takes.
    VALUE = auto()
    TEXTS = auto()
    NUMBERS = auto()
    WHOLES = auto()
    VALUES = auto()
    OPTIONS = auto()


SINGLE = {
    types.StrType: Kind.TEXT, types.FloatType: Kind.NUMBER, types.IntType: Kind.WHOLE,
    types.BoolType: Kind.SWITCH, types.LiteralType: Kind.CHOICE, types.AnyType: Kind.VALUE,
    types.DictType: Kind.OPTIONS,
}  # fmt: skip
MANY = {
    Kind.TEXT: Kind.TEXTS, Kind.NUMBER: Kind.NUMBERS, Kind.WHOLE: Kind.WHOLES, Kind.VALUE: Kind.VALUES,
}  # fmt: skip
# What a value must be, within a sentence.
WORDS = {
    Kind.NUMBER: "a number", Kind.WHOLE: "a whole number", Kind.NUMBERS: "numbers",
    Kind.WHOLES: "whole numbers", Kind.OPTIONS: "lines such as “units = 8”",
    Kind.RANGE: "a lowest and a highest number",
}  # fmt: skip

# What a form calls fields whose names say too little there.
TITLES = {
    "about": "Near", "after_epochs": "Of the network after epochs (0: any)", "at": "Which number",
    "in_units": "In units of the data",
    "otherwise": "If not, say", "output": "Output (from 0)", "point_at": "Lights up",
    "minutes": "Minutes it takes", "once": "Once in the step is enough", "panels": "Panels it shows",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A field of a structure.

    Attributes:
        names: what its text, or each of its texts, is the name of.
        choices: allowed texts of a choice.
        default: None where it is required.
        type: what msgspec converts it to.
    """

    name: str
    kind: Kind
    names: Names
    is_required: bool
    default: Any
    choices: tuple[str, ...]
    type: Any

    @property
    def title(self) -> str:
        """As a form calls it."""
        return TITLES.get(self.name) or self.name.replace("_", " ").capitalize()

    def fault(self, value: Any) -> str:
        """Why a value cannot stand in it, as a sentence; None stands for none."""
        if value is None or value == "" or (isinstance(value, list | dict) and not value):
            return f"“{self.title}” is empty." if self.is_required else ""
        try:
            msgspec.convert(value, self.type)
        except msgspec.ValidationError as error:
            return self._refusal(value, str(error))
        return ""

    def _refusal(self, value: Any, error: str) -> str:
        """What msgspec says of a value, in the words of this field."""
        told = f"“{value}”" if isinstance(value, str) else str(value)
        if "length" in error:
            return f"“{self.title}” is too long."
        limit = re.search(r"([<>])= (-?[\d.]+)", error)
        if limit is not None:
            word = "at least" if limit[1] == ">" else "at most"
            return f"“{self.title}” must be {word} {float(limit[2]):g}, and {told} is not."
        return f"“{self.title}” must be {WORDS.get(self.kind, 'something else')}, and {told} is not."


@dataclass(frozen=True)
class Verb:
    """A condition or an action: its word, the key that holds it, what it is about, and its fields."""

    word: str
    key: str
    group: Group
    help: str
    fields: tuple[Field, ...]

    @property
    def title(self) -> str:
        """As a list calls it."""
        return self.word.capitalize()

    @property
    def line(self) -> str:
        """The first sentence of its help, which says what it is for."""
        return self.help.partition("\n\n")[0].replace("\n", " ")


def fields_of(struct: type[Struct], *names: str) -> tuple[Field, ...]:
    """The fields of a structure in their order, or those that are named. Raises TypeError for a type that no
    field can hold.
    """
    described = types.type_info(struct)
    assert isinstance(described, types.StructType)
    declared = {field.name: field.type for field in msgspec.structs.fields(struct)}
    own = {field.name: field for field in described.fields}
    return tuple(_field(own[name], declared[name]) for name in names or own)


def _field(field: types.Field, declared: Any) -> Field:
    kind, names, choices = _kind(field.type, field.name)
    default = None if field.default is NODEFAULT else field.default
    return Field(field.name, kind, names, field.required, default, choices, declared)


def _kind(described: types.Type, name: str) -> tuple[Kind, Names, tuple[str, ...]]:
    if isinstance(described, types.Metadata):
        kind, names, choices = _kind(described.type, name)
        return kind, Names((described.extra or {}).get("names", names)), choices
    if isinstance(described, types.UnionType):
        rest = [one for one in described.types if not isinstance(one, types.NoneType)]
        if len(rest) == 1:
            return _kind(rest[0], name)
    if isinstance(described, types.VarTupleType):
        kind, names, choices = _kind(described.item_type, name)
        if kind in MANY:
            return MANY[kind], names, choices
    if isinstance(described, types.StructType) and described.cls is Range:
        return Kind.RANGE, Names.ANYTHING, ()
    if isinstance(described, types.EnumType):
        return SINGLE[types.LiteralType], Names.ANYTHING, tuple(str(one.value) for one in described.cls)
    if type(described) in SINGLE:
        choices = tuple(map(str, described.values)) if isinstance(described, types.LiteralType) else ()
        return SINGLE[type(described)], Names.ANYTHING, choices
    raise TypeError(
        f"No field can hold '{name}', a {type(described).__name__}: give `fields.Kind` a kind that can."
    )


def _verbs(union: UnionType) -> dict[str, Verb]:
    verbs = {}
    for struct in get_args(union):
        config = struct.__struct_config__
        told = inspect.cleandoc(struct.__doc__ or "")
        verbs[config.tag] = Verb(config.tag, config.tag_field, struct.group, told, fields_of(struct))
    return verbs


@cache
def conditions() -> dict[str, Verb]:
    """All that a step can ask for, by its word."""
    return _verbs(AnyCondition)


@cache
def actions() -> dict[str, Verb]:
    """All that a learner can do, by its word."""
    return _verbs(AnyAction)


def faults_in(content: Mapping[str, Any], fields: tuple[Field, ...]) -> Iterator[str]:
    """Sentences on what the fields of a part lack, or cannot hold."""
    for field in fields:
        fault = field.fault(content.get(field.name))
        if fault:
            yield fault
