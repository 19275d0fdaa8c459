"""Sentences and settings of data in the words of the window, where nothing is typed as on a command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtWidgets import QLineEdit

from nnstudio.data.option_titles import AUTOMATIC, CHOICES, TITLES, WITHOUT_UNIT
from nnstudio.data.tables.settings import Coding, ColumnRole, ColumnType, Gaps, Scaling, Units
from nnstudio.ui.widgets.forms import Form

# What the menu at a column calls the kinds of words.
KINDS: tuple[tuple[str, Iterable[str]], ...] = (
    ("Type", ColumnType), ("Coding", Coding), ("Role", ColumnRole), ("Scaling", Scaling),
    ("Missing values", Gaps),
)  # fmt: skip
NAME = r'("(?:[^"\\]|\\.)*"|[^:;"]+?)'
SAYS_COLUMN = re.compile(rf"set Columns\s+to {NAME}: ([a-z -]+?)(?=[.,;])")
SAYS_MARK = re.compile(r"set Missing marks to (\S+?)(?=\.(?:\s|$))")
SAYS_SPLIT = re.compile(r"set Split to ([a-z ]+?)(?=\.)")
# Of values that are no numbers, see `columns.check_numbers`.
REMEDIES = re.compile(r"; or, under Data or with --option on the command line: .*\)(?=\.$)", re.DOTALL)
AT_THE_CELL = (
    "; or say at the cell, with a right click or the Menu key, that such values are missing, that the row is "
    "left out, or that the column is text"
)
TYPED = re.compile(r" \(on the command line: [^)]*\)")
# What stands in a field in which nothing is said.
HINTS: Mapping[str, str] = {
    "skip_lines": "As they are found", "skip_rows": "None", "fold": "None",
    "columns": "As they look", "examples": "All",
}  # fmt: skip


def show_hints(form: Form) -> None:
    """Say in the fields of a form what it means that they are empty."""
    for name, editor in form.editors.items():
        if isinstance(editor, QLineEdit) and name in HINTS:
            editor.setPlaceholderText(HINTS[name])


def offer_listed(form: Form, offered: Mapping[str, Sequence[str]], options: Mapping[str, object]) -> None:
    """Offer what a file holds for options that are listed, and show what is chosen, wherever it is."""
    for name, values in offered.items():
        if name in form.editors:
            chosen = str(options.get(name, ""))
            all_of_them = dict.fromkeys([*values, *filter(None, [chosen])])
            form.offer(name, {value: value for value in all_of_them}, AUTOMATIC)
            form.show_values({name: chosen})


def in_window(sentence: str) -> str:
    """A sentence on data that says what to do in the window, instead of on the command line."""
    sentence = REMEDIES.sub(AT_THE_CELL, sentence)
    sentence = SAYS_COLUMN.sub(_at_the_column, sentence)
    sentence = SAYS_MARK.sub(r"take '\1' as a missing value", sentence)
    sentence = TYPED.sub("", SAYS_SPLIT.sub(_test_rows, sentence))
    for name in ("skip_rows", "skip_lines"):
        sentence = sentence.replace(name.replace("_", " ").capitalize(), TITLES[name])
    return sentence


def all_in_window(sentences: Sequence[str]) -> list[str]:
    return [in_window(sentence) for sentence in sentences]


def _at_the_column(said: re.Match[str]) -> str:
    name, word = said.groups()
    name = json.loads(name) if name.startswith('"') else name
    if word == Units.WITHOUT:
        return f"choose “{WITHOUT_UNIT}” at the head of '{name}'"
    kind = next((title for title, words in KINDS if word in tuple(words)), "Type")
    return f"choose {kind}, {word.capitalize()} at the head of '{name}'"


def _test_rows(said: re.Match[str]) -> str:
    return f"choose “{CHOICES['split'].get(said[1], said[1])}” as {TITLES['split']}"
