"""Since when something holds: what later looks tell does not contradict what earlier ones told."""

from __future__ import annotations

import pytest

from nnstudio.doctor.onset import LOOKS, Onset, onset_of


@pytest.mark.parametrize("began", [1, 10, 777, 5000, 9990])
@pytest.mark.parametrize("apart", [1, 10, 500])
def test_the_range_holds_however_many_steps_are_kept(began, apart):
    steps = range(0, 10_000, apart)
    told = onset_of(steps, lambda at: steps[at] >= began)
    if told is None:
        assert began > steps[-1] - apart * len(steps) / 2**LOOKS
        return
    assert (told.after or 0) < began <= told.by


def test_a_run_that_goes_on_keeps_what_was_told_first():
    first, later = range(0, 9_000, 30), range(0, 18_000, 70)
    known = onset_of(first, lambda at: first[at] >= 7_000)
    assert known == onset_of(later, lambda at: later[at] >= 7_000, known, 8_970)
    assert known == onset_of(first, lambda _at: pytest.fail("no kept step is new"), known, 8_970)


def test_what_went_and_came_back_is_told_of_its_return():
    steps = range(0, 200, 10)
    assert onset_of(steps, lambda at: steps[at] >= 150, Onset(20, 10), 100) == Onset(150, 140)


def test_words():
    assert Onset(0).in_words == "the start" and Onset(40).in_words == "step 40 or before"
    assert Onset(8_666, 7_000).in_words == "between step 7,000 and 8,666"
    assert onset_of(range(9), lambda _at: False) is None and onset_of((), lambda _at: True) is None
