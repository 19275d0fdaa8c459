"""A sheet of paper as a list of parts, and the same as Markdown; what a page looks like is for others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

# Of a line to write on, in Markdown; and the sign of a box to tick.
LINE, BOX = "_" * 60, "☐"
MARKS = re.compile(r"([\\`*_\[\]<>#|~])")


@dataclass(frozen=True)
class Title:
    """What it is, and small below it what belongs to it."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Heading:
    """Over what follows; ``is_new_page`` for one that begins a page, ``is_large`` for one over several."""

    text: str
    is_new_page: bool = False
    is_large: bool = False


@dataclass(frozen=True)
class Prose:
    """Markdown, but without markup of HTML."""

    markdown: str


@dataclass(frozen=True)
class Plain:
    """A paragraph that is shown letter by letter; ``is_strong`` for a question."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True)
class Blanks:
    """Names with room behind each, in one line."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """Lines to write on."""

    count: int


@dataclass(frozen=True)
class Boxes:
    """Words with a box to tick before each."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Numbered:
    """What is done one after the other."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A PNG, twice as large as it is shown; ``text`` says below it what it shows, and alone in Markdown."""

    png: bytes
    text: str


@dataclass(frozen=True)
class Table:
    """Rows of texts; the first one names the columns."""

    rows: tuple[tuple[str, ...], ...]


Part = Title | Heading | Prose | Plain | Blanks | Lines | Boxes | Numbered | Picture | Table


@dataclass(frozen=True)
class Sheet:
    """What is printed; ``name`` stands at the foot of each page."""

    name: str
    parts: tuple[Part, ...]


def as_markdown(sheet: Sheet) -> str:
    """All of it as a file of text."""
    return "\n\n".join(map(_markdown, sheet.parts)) + "\n"


def literal(text: str) -> str:
    """A text whose signs mean nothing in Markdown."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))


def _markdown(part: Part) -> str:
    match part:
        case Title():
            note = f"\n\n*{literal(part.note)}*" if part.note else ""
            return f"# {literal(part.text)}{note}"
        case Heading():
            break_before = "---\n\n" if part.is_new_page else ""
            return f"{break_before}## {literal(part.text)}"
        case Prose():
            return part.markdown.strip()
        case Plain():
            return f"**{literal(part.text)}**" if part.is_strong else literal(part.text)
        case Blanks():
            return " ".join(f"{literal(name)}: {literal(LINE[:24])}" for name in part.names)
        case Lines():
            return "\n\n".join([literal(LINE)] * part.count)
        case Boxes():
            return "\n".join(f"- {BOX} {literal(text)}" for text in part.texts)
        case Numbered():
            return "\n".join(f"{at}. {literal(text)}" for at, text in enumerate(part.texts, 1))
        case Picture():
            return f"*{literal(part.text)}*"
        case Table():
            head, *rows = (f"| {' | '.join(map(literal, row))} |" for row in part.rows)
            return "\n".join([head, f"|{'---|' * len(part.rows[0])}", *rows])
        case _:
            assert_never(part)
