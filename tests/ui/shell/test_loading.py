"""Data that takes long to load has a bar in the status bar, with a way out."""

from __future__ import annotations

import threading

from nnstudio.data.progress import tell
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.training.messages import Phase


def test_it_shows_how_far_it_is_and_can_be_cancelled(hands, window, monkeypatch):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    load, go_on = Project.load_data, threading.Event()

    def slow(project, *args):
        tell(0.25)
        assert go_on.wait(60)
        tell(0.5)
        return load(project, *args)

    monkeypatch.setattr(Project, "load_data", slow)
    window.editor.choose_data(DataReference("iris", {"test_ratio": 0.5}))
    status = window.panels.status
    hands.wait(lambda: status.cancel.isVisible() and status.task_progress.value() == 25)
    assert "Loading the data" in status.task_text.text()
    status.cancel.click()
    assert not status.cancel.isVisible() and "cancelled" in window.panels.data.error.text()
    go_on.set()
    monkeypatch.setattr(Project, "load_data", load)
    hands.trigger("train")
    hands.wait_phase(Phase.RUNNING)
    assert len(window.runner.data.x_test) == 75
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
