"""What a person chose in a view is seen by the checks of a step, and written down by the recorder."""

from __future__ import annotations

import pytest

from nnstudio.lessons.actions import ChooseInView
from nnstudio.lessons.condition import Range
from nnstudio.lessons.seen_conditions import InView

LESSON = "celsius"
PANEL = "try_it"


CLOSED = "Try it cannot be seen: open it with its tab, or from the View menu."


def choose(celsius) -> ChooseInView:
    return ChooseInView(panel=PANEL, chosen={"Celsius": celsius})


@pytest.fixture
def judged(hands, learner):
    """Watches checks in a lesson; gives what was said of them last."""
    learner.open(LESSON)
    said = []
    learner.run.judge.looked.connect(
        lambda verdicts, holds: said.append(([v.missing if v else "?" for v in verdicts], holds))
    )

    def watch(*checks):
        learner.run.judge.begin(checks, "")
        return said

    return watch


def asks(celsius, **more) -> InView:
    return InView(panel=PANEL, chosen={"Celsius": celsius}, **more)


def test_what_is_chosen_counts_while_it_is_seen_or_once_where_that_is_enough(hands, learner, judged):
    learner.do(choose(5))
    said = judged(asks(-40, once=True), asks(10))
    told = "In Try it, “Celsius” is {}; it should be {}."
    not_yet = "In Try it, set “Celsius” to −40; now “Celsius” is 5."
    hands.wait(lambda: said[-1][0] == [not_yet, told.format(5, 10)])
    learner.do(choose(-40))
    hands.wait(lambda: said[-1] == (["", told.format("−40", 10)], False))
    learner.do(choose(10))
    hands.wait(lambda: said[-1] == (["", ""], True))
    learner.do(choose(11))
    hands.wait(lambda: said[-1] == (["", told.format(11, 10)], False))


def test_a_view_that_is_not_seen_shows_nothing(hands, learner, judged):
    learner.do(choose(10))
    said = judged(asks(10))
    hands.wait(lambda: said[-1] == ([""], True))
    learner.window.docks[PANEL].hide()
    hands.wait(lambda: said[-1] == ([CLOSED], False))


def test_the_weights_that_it_is_drawn_with_can_be_asked_for(hands, learner, judged):
    learner.do(choose(10))
    said = judged(asks(10, steps=Range(at_least=1)))
    told = "Try it shows the network as it was before training."
    hands.wait(lambda: said[-1] == ([told], False))


def test_a_name_that_the_view_does_not_have_is_told(hands, learner, judged):
    learner.do(choose(10))
    said = judged(InView(panel=PANEL, chosen={"Kelvin": 0}))
    hands.wait(lambda: said[-1] == (["In Try it, nothing is called “Kelvin”."], False))


def test_what_is_chosen_is_recorded_once_it_is_drawn(hands, learner):
    learner.open(LESSON)
    learner.do(choose(5))
    recorder, items = learner.window.authoring.recorder, []
    recorder.recorded.connect(lambda item, _replaces: items.append(item))
    recorder.begin()
    learner.do(choose(10))
    hands.wait(lambda: items)
    recorder.stop()
    assert items == [{"do": "choose in view", "panel": PANEL, "chosen": {"Celsius": 10.0}}]
