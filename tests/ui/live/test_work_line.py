"""A view says how far its picture is where that takes a while; a person stops it, or lets it go on."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import load
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.underway import Standing
from nnstudio.ui.live.forecast import ForecastView
from nnstudio.ui.live.staleness import RunTimes
from nnstudio.ui.live.work_line import GO_ON, PATIENCE, STOP


@pytest.fixture
def view(qtbot):
    view = ForecastView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.set_data(load("airline_passengers", {}))
    view.show()
    view.work.clock = lambda: view.now
    view.now = 100.0
    return view


@pytest.fixture
def times():
    times = RunTimes()
    times.look(Snapshot(phase=Phase.READY), True)
    return times


def test_what_is_done_in_a_moment_is_not_told(view):
    view.follow_work(Standing(0.2))
    view.now += PATIENCE / 2
    view.follow_work(Standing(0.9))
    view.follow_work(Standing(None, 0.3))
    view.now += 5
    view.follow_work(Standing(0.1, 0.3))
    assert view.work.isHidden()


def test_what_takes_longer_says_how_far_it_is(view):
    for share in (0.1, 0.25, 0.4):
        view.follow_work(Standing(share))
        view.now += PATIENCE
    assert view.work.isVisible() and view.work.bar.text() == "40%" and view.work.button.text() == STOP
    assert view.work.geometry().right() < view.mark.geometry().left()
    view.follow_work(Standing(None, 2.5))
    assert view.work.isHidden()


def test_a_person_stops_it_and_lets_it_go_on(view, times):
    asked = []
    view.work_changed.connect(lambda: asked.append(view.wanted()))
    for share in (0.1, 0.4):
        view.follow_work(Standing(share))
        view.now += PATIENCE
    view.follow_work(Standing(0.4))
    view.work.button.click()
    assert asked == [None] and "Stopped" in view.hint.text()
    view.follow_run(times)
    view.follow_work(Standing())
    assert view.work.isVisible() and view.work.button.text() == GO_ON
    bar = view.work.bar
    assert bar.text() == "Stopped at 40%"
    assert bar.width() >= bar.fontMetrics().horizontalAdvance(bar.text()), "all of it can be read"
    view.work.button.click()
    assert asked == [None, view.probe()] and view.work.isHidden() and "Computing" in view.hint.text()


def test_another_choice_is_computed_though_the_one_before_was_stopped(view):
    view._set_stopped(True)
    assert view.wanted() is None
    view.go_on()
    assert view.wanted() == view.probe() and view.work.isHidden()


def test_what_a_picture_took_stands_beside_its_step(view, times):
    view.hint.hide()
    view.staleness.picture_drawn(0)
    view.follow_work(Standing(None, 0.31))
    view.follow_run(times)
    assert view.mark.text() == "step 0 · took 0.31 s"
    view.follow_work(Standing(0.5, 0.004))
    view.follow_run(times)
    assert view.mark.text() == "step 0 · took under 0.01 s"
