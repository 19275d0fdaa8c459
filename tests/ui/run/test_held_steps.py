"""A change that keeps a trained network from running loses nothing: what waits is told of, undo is enough."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.model.document import DataReference
from nnstudio.training.curve import Curve
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.panels.notice import OTHER_DATA
from nnstudio.ui.run.standing import standing


@pytest.fixture
def trained(hands, window):
    """A window whose xor network made some steps; and what the bar says of it."""
    hands.train("xor", 2)
    hands.wait(lambda: "of these weights" in figures(window)[1])
    return window


def figures(window) -> tuple[str, str]:
    bar = window.panels.run_bar
    return bar.status.text(), bar.figures.text()


def test_a_loss_that_does_not_fit_says_that_the_steps_are_kept_and_undo_brings_them_back(hands, trained):
    window, steps = trained, trained.runner.snapshot.steps
    before = figures(window)
    window.editor.change_setting("loss", "hinge")
    hands.wait_phase(Phase.FAILED)
    assert f"What was learned in {steps} steps is kept" in window.panels.message.text()
    assert f"cannot run\n{steps} steps kept" in window.panels.run_bar.status.text()
    window.editor.undo()
    hands.wait_phase(Phase.PAUSED)
    hands.wait(lambda: figures(window) == before)
    assert "is kept" not in window.panels.message.text()


def test_other_data_is_told_of_and_undone_all_is_as_before(hands, trained):
    window = trained
    before, data = figures(window), window.workspace.document.data
    weights = hands.compute(lambda session: session.parameters.copy())
    window.editor.choose_data(DataReference("circle"))
    hands.wait(lambda: window.panels.notice.text.text() == OTHER_DATA)
    assert window.panels.notice.isVisible() and "loss was" in window.panels.run_bar.figures.text()
    window.panels.notice.undo.click()
    hands.wait(lambda: window.workspace.document.data == data and figures(window) == before)
    assert np.array_equal(hands.compute(lambda session: session.parameters.copy()), weights)
    assert not window.panels.notice.isVisible()


def test_what_was_trained_on_the_other_data_stays_when_that_is_undone(hands, trained):
    window, steps = trained, trained.runner.snapshot.steps
    window.editor.choose_data(DataReference("circle"))
    hands.wait(lambda: window.panels.notice.isVisible())
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == steps + 1)
    hands.wait_phase(Phase.PAUSED)
    window.editor.undo()
    hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase == Phase.PAUSED)
    assert window.runner.snapshot.steps == steps + 1


def test_a_network_that_never_learned_has_nothing_that_waits():
    told = standing(Snapshot(phase=Phase.FAILED, message="No."), Curve(), 10)
    assert told.held == 0 and told.where == "epoch 0 of 10\nstep 0"
