"""Sentences that say the same of many columns."""

from __future__ import annotations

from nnstudio.data.tables.alike import gathered


def test_sentences_that_differ_in_the_column_are_told_once():
    notes = [f"'{name}' is constant. Leave '{name}' out." for name in "abc"]
    assert gathered(["First.", *notes, "Last."]) == (
        "First.", "'a' is constant. Leave 'a' out. The same holds for 'b' and 'c'.", "Last.",
    )  # fmt: skip


def test_other_numbers_are_not_hidden():
    notes = [f"{i} values of '{name}' are unknown." for i, name in enumerate("abcd")]
    assert gathered(notes) == (
        "0 values of 'a' are unknown. The same, with other numbers, holds for 'b', 'c' and 'd'.",
    )


def test_a_few_and_those_on_one_column_stay_apart():
    for notes in (["'a' is odd.", "'b' is odd."], ["'a' is 1.", "'a' is 2.", "'b' is 3."]):
        assert gathered(notes) == tuple(notes)
