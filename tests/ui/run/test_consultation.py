"""When the doctor is asked: once soon after a training begins, and never with a copy while it goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Signal

from nnstudio.doctor.examination import Report
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.run.consultation import REPORT, Consultation


class Runner(QObject):
    """A runner that notes what it is asked for."""

    snapshot_changed, ticked, restarted = Signal(object), Signal(), Signal()
    has_network = True

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.results, self.snapshot = [], {}, Snapshot()

    def set_probe(self, view, probe, aside=False) -> None:
        if view == REPORT:
            self.asked.append(probe)

    def take_result(self, view):
        return self.results.pop(view, None)

    def go(self, phase, steps) -> None:
        self.snapshot = replace(self.snapshot, phase=phase, steps=steps)
        self.snapshot_changed.emit(self.snapshot)
        self.ticked.emit()


@pytest.fixture
def runner(qapp):
    runner = Runner()
    runner.consultation = Consultation(runner, runner)
    runner.consultation.look_at({}, frozenset(), TrainingSettings())
    runner.results[REPORT] = Report(0, ())
    runner.go(Phase.READY, 0)
    runner.asked.clear()
    return runner


def test_a_training_that_begins_is_looked_at_at_once_and_only_once(runner):
    runner.go(Phase.RUNNING, 0)
    assert runner.asked == [], "there is nothing new to see yet"
    runner.go(Phase.RUNNING, 40)
    # Without the one before, it is a first picture, which comes before all others.
    assert runner.asked[0] is None and runner.asked[1] is not None and len(runner.asked) == 2
    runner.go(Phase.RUNNING, 80)
    assert len(runner.asked) == 2


@pytest.mark.parametrize("end", [Phase.PAUSED, Phase.FINISHED])
def test_a_training_that_ends_is_looked_at_at_once_and_only_once(runner, end):
    runner.go(Phase.RUNNING, 40)
    runner.asked.clear()
    runner.go(end, 90)
    assert runner.asked[0] is None and runner.asked[1] is not None and len(runner.asked) == 2
    runner.go(end, 90)
    assert len(runner.asked) == 2
    runner.go(Phase.RUNNING, 120)
    assert len(runner.asked) == 4


def test_a_training_that_begins_ends_the_closer_look(runner):
    runner.consultation.look_closer()
    assert runner.asked[-1].may_try
    runner.go(Phase.RUNNING, 40)
    assert not runner.asked[-1].may_try
