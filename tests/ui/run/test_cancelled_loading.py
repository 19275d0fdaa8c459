"""Data whose loading a person cancelled is loaded by Train, as the sentence says."""

from __future__ import annotations

import threading

from nnstudio.project import Project
from nnstudio.training.messages import Phase
from nnstudio.ui.run.data_loader import CANCELLED


def test_train_loads_what_was_cancelled_and_trains(hands, window, monkeypatch):
    may_end, load = threading.Event(), Project.load_data

    def waiting(project):
        assert may_end.wait(60)
        return load(project)

    monkeypatch.setattr(Project, "load_data", waiting)
    window.files.open_example("xor")
    train = window.panels.run_bar.train_action
    hands.wait(window.panels.status.cancel.isVisible)
    assert not train.isEnabled()
    window.panels.status.cancel.click()
    assert CANCELLED in window.panels.message.text() and train.isEnabled()
    may_end.set()
    train.trigger()
    hands.wait(lambda: window.runner.snapshot.steps > 0)
    assert window.runner.snapshot.phase == Phase.RUNNING and CANCELLED not in window.panels.message.text()
    window.runner.orders.pause()
