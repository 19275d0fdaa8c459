"""What a check says by itself is told of the project that a lesson begins with, where that can be known."""

from __future__ import annotations

from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.usual import usual_sentences

START = shipped_lesson("vending-2").project


def test_each_check_says_what_other_words_would_replace():
    weight = {"verb": "weight", "node": "Bottles", "about": 9, "tolerance": 1, "at": [1, 0]}
    told = usual_sentences(
        START,
        [
            {**weight, "otherwise": "Try again."},
            {"verb": "shown", "panel": "Loss surface"},
            {"verb": "weight", "node": "Bottles"},
            {**weight, "node": "Elsewhere"},
            {"verb": "layers", "count": {"at_least": 1}},
        ],
    )
    assert told[0].startswith("The weight of Bottles") and "should be about 9" in told[0]
    assert told[1] == "The panel Loss surface cannot be seen yet."
    assert told[2:] == ["", "", ""], "incomplete, of no node, and fulfilled from the start"


def test_of_a_project_that_cannot_be_read_nothing_is_told(tmp_path):
    assert usual_sentences(tmp_path / "none.nns", [{"verb": "trained"}]) == [""]
