"""What is said while a person draws lies over the canvas, and moves nothing that is under the pointer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from nnstudio.training.messages import Phase
from nnstudio.ui.shell.window_state import WELCOME


@pytest.fixture
def xor(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    return window


def top(widget) -> int:
    return widget.mapToGlobal(QPoint(0, 0)).y()


def test_a_refusal_moves_nothing_and_goes_with_the_next_step_that_succeeds(hands, xor):
    view, message = xor.canvas.viewport(), xor.panels.message
    before = top(view)
    hands.link("tanh_1", "dense_1")
    assert message.isVisible()
    hands.wait(lambda: xor.overlay.height() > message.label.height() > 0)
    assert top(view) == before == top(xor.overlay) and view.isVisible()
    # A node that is moved is no other network, but it is a step.
    xor.editor.move({"dense_1": (40.0, 400.0)}, object())
    assert not message.isVisible()
    hands.wait(lambda: xor.overlay.height() == 0)
    assert top(view) == before


def test_the_outcome_of_a_run_moves_nothing(hands, xor):
    before, bar = top(xor.canvas.viewport()), xor.panels.outcome
    bar.say("Trained for 3 epochs.")
    hands.wait(lambda: xor.overlay.height() > bar.text.height() > 0)
    assert top(xor.canvas.viewport()) == before
    bar.dismiss.click()
    hands.wait(lambda: xor.overlay.height() == 0)


def test_other_pages_begin_below_what_is_said(hands, xor):
    xor.messages.say("The disk is full.")
    xor.show_data()
    page = xor.panels.data_page
    hands.wait(lambda: xor.overlay.height() > 0 and top(page) == top(xor.overlay) + xor.overlay.height())
    xor.show_canvas()
    hands.wait(lambda: top(xor.canvas) == top(xor.overlay))


def test_what_was_dismissed_stays_away_until_it_is_said_anew(hands, xor):
    message = xor.panels.message
    for _try in range(2):
        xor.messages.say("The disk is full.")
        assert message.isVisible() and message.label.objectName() == "error"
        message.dismiss.click()
        assert not message.isVisible()
    xor.presenter.look_again()
    assert not message.isVisible()


def test_how_to_begin_can_be_dismissed_and_faults_come_all_the_same(hands, window):
    message = window.panels.message
    window.files.new()
    hands.wait(lambda: message.text() == WELCOME)
    message.dismiss.click()
    assert not message.isVisible()
    window.messages.say("The disk is full.")
    assert message.isVisible() and message.text() == "The disk is full."


def settled() -> None:
    """Until nothing is left to be laid out."""
    for _ in range(20):
        QApplication.processEvents()


def test_the_room_of_what_was_dismissed_in_a_large_view_goes_with_it(hands, xor):
    bar = xor.panels.outcome
    for begin in (xor.show_data, xor.show_canvas, xor.show_canvas):
        begin()
        settled()
        bar.say("Finished after 3 epochs.")
        settled()
        xor.large.show("results")
        settled()
        assert xor.pages.contentsMargins().top() == xor.overlay.height() > 0
        bar.dismiss.click()
        settled()
        assert xor.overlay.height() == 0 == xor.pages.contentsMargins().top()
        xor.stage.back.click()
        settled()
