"""Nothing of the project before is told of the one that is open, however long the worker holds the former."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtWidgets import QMessageBox

from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.question import said


@pytest.fixture
def shows_views() -> bool:
    return True


@pytest.fixture
def busy(hands, window, monkeypatch):
    """A window on a trained network, whose worker then is at work until the gate opens; what was asked."""
    hands.train("xor", 3)
    hands.wait(lambda: "Finished after 3 epochs" in window.panels.outcome.text.text())
    hands.wait(lambda: len(window.live.views["loss_curve"]._epochs) == 3)
    asked, gate = [], threading.Event()
    discard = QMessageBox.StandardButton.Discard
    monkeypatch.setattr(window.files, "ask", lambda _title, text, *_: asked.append(said(text)) or discard)
    window.runner.worker.ask(lambda: gate.wait(60))
    yield window, gate, asked
    gate.set()


def told_of_run(window) -> tuple[object, ...]:
    bar, runner = window.panels.run_bar, window.runner
    return (
        runner.snapshot.steps, len(runner.rows), bar.train_action.text(), "epoch 0" in bar.status.text(),
        window.panels.outcome.isVisible(), window.live.timeline.isVisible(),
    )  # fmt: skip


def test_another_project_begins_with_nothing_of_the_one_before(hands, busy):
    window, gate, asked = busy
    nothing = (0, 0, "Train", True, False, False)
    assert told_of_run(window) != nothing
    window.files.open_example("spiral")
    assert told_of_run(window) == nothing
    hands.wait(lambda: window.runner.data is not None)
    window.runner._poll()
    assert told_of_run(window) == nothing, "the worker still holds the network before"
    gate.set()
    hands.wait_phase(Phase.READY)
    assert told_of_run(window) == nothing
    assert window.live.views["loss_curve"]._runs == [], "its earlier runs are of the project before"
    # What it learned is kept as a run, and nothing to worry about.
    assert asked == [
        "This project has unsaved changes. After Discard, Undo still brings it back until the program is "
        "closed."
    ]


def test_undo_brings_the_trained_one_back_as_it_was(hands, busy):
    window, gate, _asked = busy
    window.files.new()
    gate.set()
    window.editor.undo()
    hands.wait_phase(Phase.PAUSED)
    assert window.runner.snapshot.epoch == 3 and len(window.runner.rows) == 3


def test_after_a_reset_there_is_nothing_to_ask_about(hands, window, monkeypatch, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    window.run_steps.reset()
    hands.wait(lambda: window.runner.snapshot.steps == 0)
    asked = []
    monkeypatch.setattr(
        window.files,
        "ask",
        lambda _title, text, *_: asked.append(said(text)) or QMessageBox.StandardButton.Cancel,
    )
    assert hands.may_leave() and not asked
    window.editor.change_node("dense_1", "units", 5)
    assert not hands.may_leave() and len(asked) == 1 and "trained" not in asked[0]
