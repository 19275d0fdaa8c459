"""Before a run begins, the bar says what it will cost: anew after each edit, and nothing once it runs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import shiboken6
from PySide6.QtCore import QObject, Signal

from nnstudio.training.estimate import Estimate
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.lessons import judge
from nnstudio.ui.live.scheduler import THUMBNAILS
from nnstudio.ui.live.view import live_views
from nnstudio.ui.run import outcome
from nnstudio.ui.run.consultation import RATES, REMEDIES, REPORT
from nnstudio.ui.run.forecast import PROBE, TRYING, Forecast
from nnstudio.ui.widgets.short_label import ShortLabel


def test_what_the_window_asks_for_itself_is_called_as_no_view_is():
    own = {PROBE, outcome.PROBE, judge.PROBE, REPORT, REMEDIES, RATES, THUMBNAILS}
    assert len(own) == 7 and not own & {view.id for view in live_views}


class Runner(QObject):
    """What a forecast knows of the run."""

    snapshot_changed, ticked = Signal(object), Signal()
    is_planned = True

    def __init__(self) -> None:
        super().__init__()
        self.snapshot, self.probes, self.result = Snapshot(), [], None
        self.orders = SimpleNamespace(is_full_speed=True)
        document = SimpleNamespace(settings=SimpleNamespace(extra=lambda name: self.extras.get(name)))
        self.extras: dict[str, int] = {}
        self.planner = SimpleNamespace(project=SimpleNamespace(document=document))

    def show(self, phase, start=1, steps=0):
        self.snapshot = Snapshot(1, start, phase, steps=steps)
        self.snapshot_changed.emit(self.snapshot)

    def set_probe(self, view, probe):
        assert view == PROBE
        self.probes.append(probe)

    def take_result(self, _view):
        return self.result


@pytest.fixture
def runner(qapp):
    runner = Runner()
    yield runner
    # Its timer may still wait; collected by another thread, it would be stopped there.
    shiboken6.delete(runner)


@pytest.fixture
def said(runner):
    texts, runner.forecast = [], Forecast(runner)
    runner.forecast.said.connect(texts.append)
    return texts


def tried(runner):
    """The time without an edit is over, and the worker has an answer."""
    assert runner.forecast._rest.isActive()
    runner.forecast._rest.timeout.emit()
    runner.result = Estimate(2, 5 * 2**20)
    runner.ticked.emit()


def test_it_is_said_once_and_again_after_an_edit(runner, said):
    runner.show(Phase.READY)
    tried(runner)
    runner.ticked.emit()
    assert said[-2:] == [TRYING, "About 2.0 s and 5 MB of memory."] and runner.probes[-1] is None
    runner.show(Phase.READY)
    assert len(said) == 3 and len(runner.probes) == 2, "nothing changed"
    runner.show(Phase.READY, start=2)
    tried(runner)
    runner.forecast.look_again()
    assert said[-1] == TRYING and runner.forecast._rest.isActive()


def test_it_is_said_for_the_speed_that_is_chosen(runner, said):
    runner.forecast.follow_speed()
    assert said == []
    runner.show(Phase.READY)
    tried(runner)
    runner.orders.is_full_speed = False
    runner.forecast.follow_speed()
    assert said[-1] == "About 2.0 s to 5.0 s at the speed Watch (2.0 s at full speed) and 5 MB of memory."
    runner.show(Phase.RUNNING)
    runner.forecast.follow_speed()
    assert said[-1] == TRYING


def test_nothing_is_tried_or_said_once_it_runs(runner, said):
    runner.show(Phase.READY)
    runner.forecast._rest.timeout.emit()
    runner.show(Phase.RUNNING)
    runner.result = Estimate(2, 5 * 2**20)
    runner.ticked.emit()
    assert said[-1] == TRYING and runner.probes[-1] is None
    for phase, steps in ((Phase.PAUSED, 3), (Phase.READY, 3), (Phase.FAILED, 0)):
        runner.show(phase, steps=steps)
        assert said[-1] == "" and not runner.forecast._rest.isActive()


def test_while_it_runs_it_says_what_is_left_once_it_is_known(runner, said):
    now = runner.forecast.clock = Clock()

    def run(until):
        while now.now < until:
            epoch = int(now.now - Clock.now)
            runner.snapshot = Snapshot(1, 1, Phase.RUNNING, epoch=epoch, goal=200)
            runner.snapshot_changed.emit(runner.snapshot)
            now.now += 1.0

    run(Clock.now + 4)
    assert said == [TRYING]
    run(Clock.now + 20)
    assert said == [TRYING, "About 3 min left."], "said once, however often it is looked at"
    runner.extras["patience"] = 10
    run(Clock.now + 22)
    assert said[-1] == "At most about 3 min left."
    runner.show(Phase.PAUSED, steps=3)
    assert said[-1] == ""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_label_shortens_what_has_no_room(qtbot):
    label = ShortLabel()
    qtbot.addWidget(label)
    label.show_text("About 2 min and 118 MB of memory, beside 21 MB of data.")
    label.resize(1000, 20)
    label.show()
    assert label.text() == label.toolTip()
    label.resize(120, 20)
    assert (
        label.text().endswith("…")
        and label.text().startswith("About")
        and label.minimumSizeHint().width() == 0
    )
