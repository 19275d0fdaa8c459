"""Fields follow from what the structures of a lesson declare, and say what cannot stand in them."""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec import Struct

from nnstudio.lessons.actions import AnyAction
from nnstudio.lessons.conditions import AnyCondition
from nnstudio.lessons.fields import Kind, actions, conditions, fields_of
from nnstudio.lessons.names import Names, PanelName


def field(verb: str, name: str):
    (one,) = (field for field in conditions()[verb].fields if field.name == name)
    return one


@pytest.mark.parametrize(("verbs", "union"), [(conditions, AnyCondition), (actions, AnyAction)])
def test_every_verb_has_its_fields_and_says_what_it_is_for(verbs, union):
    structs = {struct.__struct_config__.tag: struct for struct in get_args(union)}
    assert verbs().keys() == structs.keys()
    for word, verb in verbs().items():
        assert [one.name for one in verb.fields] == list(structs[word].__struct_fields__)
        assert verb.help.endswith("."), word


@pytest.mark.parametrize("verb", [*conditions().values(), *actions().values()], ids=lambda verb: verb.word)
def test_what_names_something_can_be_picked(verb):
    for one in verb.fields:
        if one.name in ("node", "panel", "behind", "option", "setting"):
            assert one.names != Names.ANYTHING, one.name


def test_a_verb_of_tomorrow_needs_nothing_here():
    class Tomorrow(Struct, tag_field="verb", tag="tomorrow"):
        """Something new."""

        panel: PanelName
        shares: tuple[float, ...] = ()
        is_loud: bool = False

    kinds = [(one.kind, one.names, one.is_required) for one in fields_of(Tomorrow)]
    assert kinds == [
        (Kind.TEXT, Names.PANEL, True),
        (Kind.NUMBERS, Names.ANYTHING, False),
        (Kind.SWITCH, Names.ANYTHING, False),
    ]


def test_a_type_that_no_field_can_hold_is_refused():
    class Strange(Struct):
        when: complex

    with pytest.raises(TypeError, match="'when'"):
        fields_of(Strange)


@pytest.mark.parametrize(
    ("verb", "name", "value", "words"),
    [
        ("weight", "node", None, "“Node” is empty"),
        ("weight", "about", "abc", "must be a number, and “abc” is not"),
        ("weight", "tolerance", -1, "at least 0"),
        ("weight", "at", ["x"], "whole numbers"),
        ("loss", "within", {"at_least": "low"}, "a lowest and a highest number"),
        ("trained", "epochs", 1.5, "a whole number"),
    ],
)
def test_what_cannot_stand_there_is_said(verb, name, value, words):
    assert words in field(verb, name).fault(value)


@pytest.mark.parametrize(
    ("verb", "name", "value"),
    [
        ("weight", "about", 3),
        ("weight", "parameter", None),
        ("loss", "within", {"at_most": 0.5}),
        ("answered", "one_of", ["yes"]),
        ("option", "one_of", [True, 2, "x"]),
    ],
)
def test_what_can_stand_there_is_not_complained_about(verb, name, value):
    assert field(verb, name).fault(value) == ""
