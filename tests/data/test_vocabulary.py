"""Tokens of a text: what is written is read again as it was, and what is not known is named."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import load
from nnstudio.data.vocabulary import UNKNOWN, Unit, Vocabulary


def characters(text: str) -> Vocabulary:
    names = {" ": "space", "\n": "line end", "\t": "tab", "\u200b": "U+200B"}
    return Vocabulary(Unit.CHARACTERS, tuple(names.get(c, c) for c in sorted(set(text))))


@pytest.mark.parametrize("text", ["a b\n\tc", "\u200bab", "a\nb" * 3])
def test_characters_are_written_as_they_were_read(text):
    vocabulary = characters(text)
    begun = vocabulary.begin(text, 3)
    assert vocabulary.text_of(begun.numbers) == text and len(begun.window) == 3
    assert begun.window == begun.numbers[-3:] and not begun.notes


def test_words_stand_apart_and_marks_close():
    names = tuple(sorted({"(", ")", ",", ".", "don't", "go", "space", "tab", "U", "[", "]"}))
    vocabulary = Vocabulary(Unit.WORDS, names)
    numbers, strange = vocabulary.numbers_of(Unit.WORDS.tokens("go ,space( tab )[go]. don't"))
    text = vocabulary.text_of(numbers)
    assert text == "go, space (tab) [go]. don't" and not strange
    assert vocabulary.begin(text, 2).numbers == tuple(numbers)


def test_what_the_vocabulary_has_not_is_left_out_and_named():
    begun = characters("abc ").begin("ä€a\nb", 2)
    assert begun.numbers == (1, 2) and begun.window == (1, 2)
    assert begun.notes == ("Left out, as not in the text learned from: 'line end', 'ä', '€'.",)


def test_where_rare_tokens_are_one_those_that_are_not_known_are_that_one():
    vocabulary = Vocabulary(Unit.WORDS, ("cat", "the", UNKNOWN))
    begun = vocabulary.begin("the dog", 2)
    assert begun.numbers == (1, 2)
    assert begun.notes == ("Not known to the network, and taken for (unknown): 'dog'.",)
    assert vocabulary.text_of((1, 2, 0)) == "the (unknown) cat"
    again = vocabulary.begin("the (unknown) cat", 3)
    assert again.numbers == (1, 2, 0) and not again.notes


@pytest.mark.parametrize(
    ("text", "filler"), [("ab \n", "line end"), ("ab ", "space"), ("ab.", "."), ("ab", "a")]
)
def test_a_short_beginning_is_filled_up_and_that_is_said(text, filler):
    vocabulary = characters(text)
    begun = vocabulary.begin("b", 4)
    number = vocabulary.names.index(filler)
    assert begun.window == (number, number, number, vocabulary.names.index("b"))
    assert not begun.notes and not begun.filling(0, vocabulary.unit)
    told = f"Filled up to 4 characters: '{filler}' is read 3 times before it."
    assert begun.filling(3, vocabulary.unit) == told
    assert f"Begun with '{filler}'" in vocabulary.begin("", 4).filling(1, vocabulary.unit)
    assert begun.given == 1 and vocabulary.begin("", 1).window == (number,)


def test_data_of_a_text_has_a_vocabulary_and_other_data_none(tmp_path):
    path = tmp_path / "song.txt"
    path.write_text("one two one two. " * 40)
    options = {"path": str(path), "window": 3, "unit": "words"}
    data = load("text", options)
    vocabulary = Vocabulary.of(data)
    assert vocabulary.unit is Unit.WORDS
    assert vocabulary.text_of(map(int, data.x_train[0])) in "one two one two. " * 3
    assert Vocabulary.of(load("spiral", {})) is None
