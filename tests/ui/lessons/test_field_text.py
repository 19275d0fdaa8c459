"""What is typed into a field is read as it is shown again; what cannot be read stays as it is."""

from __future__ import annotations

import pytest

from nnstudio.lessons.fields import Kind
from nnstudio.ui.lessons.field_text import text_of, value_of

VALUES = [
    (Kind.TEXT, " two words "),
    (Kind.NUMBER, 1e-7),
    (Kind.NUMBER, -40.0),
    (Kind.WHOLE, 300),
    (Kind.NUMBERS, [1.5, -2.0]),
    (Kind.WHOLES, [0, 3]),
    (Kind.TEXTS, ["−40 °F", "yes, it does"]),
    (Kind.VALUE, True),
    (Kind.VALUE, "on"),
    (Kind.VALUE, "sgd"),
    (Kind.VALUE, "3"),
    (Kind.VALUE, 0.25),
    (Kind.VALUES, [1, "1", False, "tanh"]),
    (Kind.OPTIONS, {"units": 8, "mode": "same", "bias": False}),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_a_value_comes_back_from_its_text(kind, value):
    again = value_of(kind, text_of(kind, value))
    # Equal is not enough: True is equal to 1.
    assert repr(again) == repr(value)


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_no_value(kind):
    assert value_of(kind, "  ") is None and text_of(kind, None) == ""


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.NUMBER, "1,5", 1.5),
        (Kind.NUMBER, "about two", "about two"),
        (Kind.WHOLE, "1.5", "1.5"),
        (Kind.WHOLES, "0; 1", [0, 1]),
        (Kind.NUMBERS, "1 x", [1.0, "x"]),
        (Kind.OPTIONS, "units", ["units"]),
        (Kind.TEXTS, " a \n\n b", ["a", "b"]),
    ],
)
def test_people_type_as_they_are_used_to(kind, text, value):
    assert value_of(kind, text) == value
