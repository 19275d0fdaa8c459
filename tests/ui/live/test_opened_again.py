"""Whoever trains a project and opens it again sees every picture follow the second run, too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QMessageBox

from nnstudio.training.messages import Phase


@dataclass(frozen=True)
class Endless:
    """Always has something left to refine, as the loss surface of a larger network has."""

    patience: float = math.inf

    def run(self, _session):
        while True:
            sum(range(30_000))
            yield None


@pytest.fixture
def shows_views() -> bool:
    return False


def test_every_picture_follows_the_run_of_a_project_that_is_opened_again(hands, window, monkeypatch):
    live, runner = window.live, window.runner
    window.docks.show("loss_curve")
    hands.train("spiral", 10)
    hands.wait(lambda: live.scheduler._of_thumbnails.step == runner.snapshot.steps)
    window.show_start()
    hands.wait(lambda: "loss_curve" not in runner.worker._probes)
    monkeypatch.setattr(window.files, "ask", lambda *_: QMessageBox.StandardButton.Discard)
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.canvas.canvas.select(["dense_1"])
    runner.set_probe("endless", Endless())
    fitting = [name for name in live.views if not live.views.lack(name)]
    for name in fitting:
        # All are seen at once.
        window.docks[name].setFloating(True)
        window.docks.show(name)
    window.panels.run_bar.speed.setCurrentIndex(0)
    window.editor.change_setting("epochs", 1000)
    runner.orders.train()

    def frozen() -> set[str]:
        steps = {name: live.views[name].staleness.step for name in fitting}
        steps["nodes"] = live.scheduler._of_thumbnails.step
        return {name for name, step in steps.items() if not step}

    hands.wait(lambda: runner.snapshot.phase == Phase.FINISHED or (runner.snapshot.steps and not frozen()))
    assert runner.snapshot.phase == Phase.RUNNING, frozen()
    runner.orders.pause()
    assert len(fitting) >= 12
