"""While the past is looked at, that is said in one place, and nothing goes on from where nobody meant."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMessageBox

from nnstudio.training.messages import Phase

Button = QMessageBox.StandardButton


@pytest.fixture
def past(hands, window):
    """A window on iris, trained for 4 epochs, that looks back at a step in its second epoch."""
    hands.train("iris", 4)
    hands.wait(lambda: not window.panels.outcome.isHidden())
    kept = window.runner.snapshot.kept.steps
    window.step = next(step for step in kept if window.runner.rows[0].steps < step)
    window.runner.orders.travel(window.step)
    hands.wait(lambda: window.runner.snapshot.shown == window.step)
    return window


def answers(monkeypatch, button) -> list[str]:
    asked = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.text()) or button)
    return asked


def test_the_past_is_said_and_the_end_is_not(past, hands):
    bar, outcome = past.panels.past, past.panels.outcome
    assert not bar.isHidden() and f"step {past.step:,}." in bar.text.text() and outcome.isHidden()
    bar.back.click()
    hands.wait(lambda: past.runner.snapshot.shown is None)
    assert bar.isHidden() and not outcome.isHidden()


def test_both_ways_back_have_one_name_and_the_way_on_names_its_step(past):
    bar, timeline = past.panels.past, past.live.timeline
    assert bar.back.text() == timeline.now.accessibleName() == "Back to now"
    assert bar.go_on.text() == f"Continue from step {past.step:,}"


def test_figures_of_the_epoch_are_dated_and_grey_and_the_surface_names_the_step(past, hands):
    figures, surface = past.panels.run_bar.figures, past.live.views["loss_surface"]
    assert "mean of epoch 2" in figures.text() and not figures.isEnabled()
    hands.wait(lambda: f"the weights at step {past.step:,}" in surface.caption.text())
    past.runner.orders.travel(None)
    hands.wait(lambda: figures.isEnabled() and "mean of epoch" not in figures.text())


def test_training_goes_on_from_the_step_and_undo_brings_the_rest_back(past, hands):
    end, epochs = past.runner.snapshot.steps, len(past.runner.rows)
    past.panels.past.go_on.click()
    hands.wait(lambda: past.runner.snapshot.phase == Phase.FINISHED and past.runner.snapshot.shown is None)
    assert len(past.runner.rows) == epochs and past.panels.past.isHidden()
    history = past.workspace.document.history
    assert history.last.title == f"Go back to step {past.step:,}"
    start = past.runner.snapshot.start
    hands.trigger("undo")
    hands.wait(lambda: past.runner.snapshot.start > start and past.runner.has_network)
    assert past.runner.snapshot.steps == end and past.runner.snapshot.kept.steps[-1] <= end


def test_train_and_step_ask_from_where(past, hands, monkeypatch):
    end, bar = past.runner.snapshot.steps, past.panels.run_bar
    asked = answers(monkeypatch, Button.Cancel)
    bar.step_action.trigger()
    assert len(asked) == 1 and f"step {past.step:,}" in asked[0]
    assert past.runner.snapshot.shown == past.step
    answers(monkeypatch, Button.No)
    bar.step_action.trigger()
    hands.wait(lambda: past.runner.snapshot.shown is None)
    hands.wait(lambda: past.runner.snapshot.steps == end + 1)
    past.runner.orders.travel(past.step)
    hands.wait(lambda: past.runner.snapshot.shown == past.step)
    answers(monkeypatch, Button.Yes)
    bar.step_action.trigger()
    hands.wait(lambda: past.runner.snapshot.steps == past.step + 1)
