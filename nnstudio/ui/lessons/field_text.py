"""What a teacher types into the fields of a lesson, as values, and back; knows no widget.

What cannot be read stays the text that it is: nothing that was typed is lost, and the check names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nnstudio.lessons.fields import Kind
from nnstudio.model.quantity import on_or_off
from nnstudio.ui.widgets.typed_number import NumberRule, TypedError, shown

NUMBER, WHOLE = NumberRule("number"), NumberRule("number", is_whole=True)
WORDS = {"on": True, "off": False, "true": True, "false": False}
LISTED = (Kind.NUMBERS, Kind.WHOLES)
BY_LINES = (Kind.TEXTS, Kind.VALUES, Kind.OPTIONS)


def value_of(kind: Kind, text: str) -> Any:
    """What a text says in a field of a kind; None for nothing."""
    if not text.strip():
        return None
    if kind == Kind.TEXT:
        return text
    if kind in LISTED:
        rule = Kind.NUMBER if kind == Kind.NUMBERS else Kind.WHOLE
        return [_single(rule, part) for part in re.split(r"[,;\s]+", text.strip()) if part]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if kind == Kind.TEXTS:
        return lines
    if kind == Kind.VALUES:
        return [_single(Kind.VALUE, line) for line in lines]
    if kind == Kind.OPTIONS:
        return _options(lines)
    return _single(kind, text.strip())


def _single(kind: Kind, text: str) -> Any:
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    if kind == Kind.VALUE and quoted:
        return text[1:-1]
    if kind == Kind.VALUE and text.lower() in WORDS:
        return WORDS[text.lower()]
    try:
        if kind == Kind.NUMBER:
            return NUMBER.read(text)
        return WHOLE.read(text)
    except TypedError:
        pass
    if kind == Kind.VALUE:
        try:
            return NUMBER.read(text)
        except TypedError:
            pass
    return text


def _options(lines: Sequence[str]) -> dict[str, Any] | list[str]:
    """Values by the names before the signs; the lines as they are where one has no sign."""
    pairs = [line.partition("=") for line in lines]
    if not all(sign and name.strip() for name, sign, _value in pairs):
        return list(lines)
    return {name.strip(): _single(Kind.VALUE, value.strip()) for name, _sign, value in pairs}


def name_of(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    """The name that a text stands for, where names and their titles are these: a name, a title, or what
    stands behind the colon of one title. The text itself where it is none.
    """
    if any(text == name for name, _title in pairs):
        return text
    said = text.casefold()
    titles = [(name, title.casefold()) for name, title in pairs]
    whole = [name for name, title in titles if title == said]
    behind = [name for name, title in titles if title.partition(": ")[2] == said]
    return whole[0] if whole else behind[0] if len(behind) == 1 else text


def text_of(kind: Kind, value: Any) -> str:
    """A value as `value_of` reads it."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {text_of(Kind.VALUE, item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        item_kind = Kind.VALUE if kind == Kind.VALUES else Kind.TEXT
        texts = [text_of(item_kind, item) for item in value]
        return ", ".join(texts) if kind in LISTED else "\n".join(texts)
    if isinstance(value, bool):
        return on_or_off(value)
    if isinstance(value, int | float):
        return shown(value)
    # A text that would be read as something else stands in quotes.
    if kind == Kind.VALUE and _single(Kind.VALUE, value) != value:
        return f'"{value}"'
    return str(value)
