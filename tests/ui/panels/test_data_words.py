"""Sentences on data say in the window what is done there, and nothing of the command line."""

from __future__ import annotations

import re

import pytest

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.option_titles import CHOICES, TITLES
from nnstudio.ui.panels.data_words import all_in_window, in_window

# What only a command line takes.
SYNTAX = re.compile(r"--|set (Columns|Missing marks|Split|Skip rows)|\w+='|'[^']*: [a-z-]+'")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("If so, set Columns to zip: category.", "If so, choose Type, Category at the head of 'zip'."),
        ('set Columns to "a: b": left out.', "choose Role, Left out at the head of 'a: b'."),
        (
            "set Columns to x y: leave rows out.",
            "choose Missing values, Leave rows out at the head of 'x y'.",
        ),
        ("set Columns to n: embedding.", "choose Coding, Embedding at the head of 'n'."),
        ("If so, set Missing marks to -99.5.", "If so, take '-99.5' as a missing value."),
        ("For that, set Split to in order.", "For that, choose “The last rows” as Test rows."),
        ("Take it as Time series (on the command line: --kind series).", "Take it as Time series."),
        ("leave their rows out (Skip rows); else", "leave their rows out (Rows to skip); else"),
        ("A sentence with 'quotes': and no more.", "A sentence with 'quotes': and no more."),
    ],
)
def test_what_is_to_be_done_is_done_in_the_window(said, shown):
    assert in_window(said) == shown


def test_notes_of_an_odd_table_have_no_syntax(tmp_path):
    path = tmp_path / "odd.csv"
    rows = [
        f"2020-{1 + i // 28:02}-{1 + i % 28:02},0{100 + i % 7},{i % 4},{-999 if i % 9 == 0 else i % 50 / 7},"
        f"{('NA', 'DE', 'FR')[i % 3]},word{i}x{i},{10**9 if i == 77 else i},{i * 3}"
        for i in range(120)
    ]
    path.write_text("\n".join(["day,code,kind,size,land,note,far,y", *rows, ""]))
    notes = load("csv", {"path": str(path)}).notes
    told = [note for note in notes if SYNTAX.search(note)]
    assert len(told) >= 6, told
    assert not [note for note in all_in_window(notes) if SYNTAX.search(note)]


def test_a_wrong_cell_is_mended_at_the_cell(tmp_path):
    path = tmp_path / "total.csv"
    path.write_text("a,y\n" + "".join(f"{i},{i % 5}\n" for i in range(30)) + "Total,9\n")
    with pytest.raises(DataError) as raised:
        load("csv", {"path": str(path)})
    assert SYNTAX.search(str(raised.value))
    shown = in_window(str(raised.value))
    assert not SYNTAX.search(shown) and "'Total' in data row 31" in shown and "right click" in shown
    assert shown.endswith("text.")


def test_words_are_of_options_that_there_are():
    options = {option.name: option for source in sources for option in source.options}
    assert set(TITLES) <= set(options) and set(CHOICES) <= set(options)
    for name, words in CHOICES.items():
        declared = [set(o.choices) for source in sources for o in source.options if o.name == name]
        assert any(set(words) <= choices for choices in declared), name
