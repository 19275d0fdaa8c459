"""Pictures of another step or network than the one shown elsewhere are greyed and say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.state import EndOfEpoch
from nnstudio.ui.live.staleness import (
    BEFORE,
    GRACE,
    GRACE_IN_TRAINING,
    LATE,
    MOST_LOOKS,
    RunTimes,
    Staleness,
    Veil,
    text_in,
)
from nnstudio.ui.live.view import live_views, make_plot

RUNNING = Snapshot(1, 1, Phase.RUNNING, steps=0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def times():
    times = RunTimes()
    times.clock = Clock()
    return times


@pytest.fixture
def staleness():
    return Staleness()


def at(steps: int, **changes) -> Snapshot:
    return replace(RUNNING, steps=steps, **changes)


def test_a_picture_a_moment_behind_is_current(staleness, times):
    for step in range(0, 100, 10):
        times.look(at(step), True)
        staleness.picture_drawn(step)
        times.look(at(step + 9), True)
        times.clock.now += LATE * 0.9
        assert staleness.mark(times) == f"step {step}" and staleness.sentence(times) == ""


def test_a_picture_is_as_old_as_the_step_that_followed_its_own(staleness, times):
    for step in range(0, 1_000, 100):
        times.look(at(step), True)
        times.clock.now += 0.5
    # New pictures of steps that are long gone are as late as the first.
    for step, behind in ((250, 3.5), (300, 3.0), (650, 1.5), (899, 0.5), (900, 0.0), (950, 0.5)):
        staleness.picture_drawn(step)
        assert staleness.behind(times) == behind
    staleness.picture_drawn(250)
    assert staleness.mark(times) == "step 250 · 4 s ago" and not staleness.is_covered(times)
    times.clock.now += GRACE_IN_TRAINING
    assert staleness.is_covered(times) and staleness.sentence(times) == "", "the mark tells it"
    times.look(at(900, phase=Phase.PAUSED), True)
    assert staleness.sentence(times) == "Of step 250; training is at step 900."
    # Where training stands still, what it stands at stays true.
    staleness.picture_drawn(900)
    times.clock.now += 100
    assert staleness.behind(times) == 0


def test_a_picture_of_another_step_than_the_timeline_shows_says_so(staleness, times):
    times.look(at(996), True)
    times.clock.now += 50
    staleness.picture_drawn(996)
    times.look(at(996, shown=10), True)
    assert staleness.behind(times) == 0
    times.clock.now += GRACE
    assert staleness.sentence(times) == "Of step 996; the timeline shows step 10."
    staleness.picture_drawn(10)
    assert staleness.sentence(times) == "" and staleness.mark(times) == "step 10"
    times.look(at(996), True)
    times.clock.now += LATE
    assert staleness.mark(times) == "step 10 · 1 s ago"


def test_a_picture_of_another_network_says_so_until_there_is_none(staleness, times):
    staleness.picture_drawn(None)
    times.look(at(3), True)
    times.clock.now += 50
    assert staleness.sentence(times) == staleness.mark(times) == ""
    times.look(at(3), False)
    assert staleness.sentence(times) == ""
    times.clock.now += GRACE
    assert staleness.sentence(times) == BEFORE
    staleness.forget()
    assert staleness.sentence(times) == ""


def test_of_a_long_run_only_the_last_minutes_are_remembered(times):
    for step in range(MOST_LOOKS + 1):
        times.look(at(step), True)
        times.clock.now += 1
    assert len(times._steps) <= MOST_LOOKS and times.behind(0) == MOST_LOOKS // 2 + 1


@pytest.mark.parametrize("name", [f.id for f in live_views])
def test_every_view_marks_its_picture_greys_it_and_clears_it(qtbot, times, name):
    view = live_views[name].make()
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    view.hint.hide()
    times.look(at(0), True)
    view.staleness.picture_drawn(0)
    view.follow_run(times)
    assert view.mark.text() == "step 0" and view.mark.isEnabled() and view.veil.isHidden()
    assert view.mark.geometry().right() == view.rect().right() - 6 and view.mark.y() == 0
    assert view.rows.contentsMargins().top() == view.mark.height() > 0, "nothing lies below the mark"
    clear = view.grab().toImage()
    times.look(at(996), True)
    times.clock.now += GRACE_IN_TRAINING
    view.follow_run(times)
    assert view.mark.text() == "step 0 · 5 s ago" and not view.mark.isEnabled()
    assert view.veil.isVisible() and view.veil.geometry() == view.rect()
    covered = view.grab().toImage()
    assert covered != clear and not view.veil.text(), "nothing that stands in it is covered by words"
    times.look(at(996, phase=Phase.PAUSED), True)
    view.follow_run(times)
    assert view.veil.text() == "Of step 0; training is at step 996." and view.grab().toImage() != covered
    times.look(at(996), True)
    view.staleness.picture_drawn(996)
    view.follow_run(times)
    assert view.mark.text() == "step 996" and view.mark.isEnabled() and view.veil.isHidden()
    view.staleness.picture_drawn(0)
    view.hint.show()
    view.follow_run(times)
    assert view.veil.isHidden() and view.mark.text() == "", "a hint is no picture"


@pytest.mark.parametrize("name", ["arithmetic", "gradient_flow", "results", "loss_surface"])
def test_a_hint_fits_the_state_of_the_network(qtbot, times, name):
    view = live_views[name].make()
    qtbot.addWidget(view)
    for phase, current, said in (
        (Phase.FAILED, True, "as soon as the network can run"), (Phase.RUNNING, True, "Computing"),
        (Phase.RUNNING, False, "as soon as the network can run"), (Phase.READY, True, "Computing"),
    ):  # fmt: skip
        times.look(replace(RUNNING, phase=phase), current)
        view.follow_run(times)
        assert said in view.hint.text()
    # Nothing is known that keeps it from running.
    view.data = object()
    for phase, current in ((Phase.PREPARING, True), (Phase.EMPTY, True), (Phase.READY, False)):
        times.look(replace(RUNNING, phase=phase), current)
        view.follow_run(times)
        assert "is being prepared" in view.hint.text()


@pytest.mark.parametrize("name", ["activations", "weights"])
def test_a_hint_does_not_ask_for_a_selection_that_is_there(qtbot, name):
    view = live_views[name].make()
    qtbot.addWidget(view)
    view.set_node("d", "Dense")
    view.clear()
    assert "Select" not in view.hint.text() and "'Dense'" in view.hint.text()
    view.set_node("")
    assert "Select" in view.hint.text()


def test_no_view_shows_the_network_of_the_project_before(hands, window, monkeypatch):
    assert not window.live.views.existing, "without a project there is nothing to see"
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    surface, boundary = window.live.views["loss_surface"], window.live.views["decision_boundary"]
    hands.wait(lambda: surface._latest is not None and boundary._last is not None)
    before = set(window.live.views.existing.values())
    # The operators of the next project are compiled, for as long as this test wants.
    monkeypatch.setattr("nnkernels.warm.is_warm", lambda: False)
    monkeypatch.setattr("nnkernels.warm.uncompiled", lambda needed: ["an operator"])
    monkeypatch.setattr(window.runner.planner._warming, "start", lambda first: None)
    window.files.open_example("celsius")
    # Another project has views of its own.
    surface, boundary = window.live.views["loss_surface"], window.live.views["decision_boundary"]
    assert not before & set(window.live.views.existing.values())
    shown = []
    for name, view in window.live.views.items():
        monkeypatch.setattr(view, "show_result", lambda _r, n=name: shown.append(n))
    hands.wait(lambda: window.runner.data is not None)
    ticks = []
    window.runner.ticked.connect(lambda: ticks.append(np.nan))
    hands.wait(lambda: len(ticks) > 20)
    assert shown == [] and surface._latest is None and boundary._last is None
    assert "is being prepared" in surface.hint.text()


def test_weights_that_came_back_are_of_their_epoch_in_every_view(staleness, times):
    times.look(at(690), True)
    staleness.picture_drawn(690)
    times.look(at(693, phase=Phase.FINISHED, returned_to=EndOfEpoch(57, 513)), True)
    times.clock.now += GRACE
    assert staleness.sentence(times) == "Of step 690; the weights are those of step 513."
    staleness.picture_drawn(513)
    assert staleness.mark(times) == "step 513 (best, epoch 57)" and not staleness.sentence(times)
    times.look(at(693, phase=Phase.FINISHED, returned_to=EndOfEpoch(57, 513), shown=0), True)
    staleness.picture_drawn(0)
    assert staleness.mark(times) == "step 0"


@pytest.mark.parametrize(
    ("sentence", "short"),
    [
        ("Of step 4,400; the timeline shows step 19.", "Of step 4,400."),
        (BEFORE, "From before the change."),
    ],
)
def test_what_is_said_over_a_picture_is_never_cut_nor_covers_most_of_it(qtbot, sentence, short):
    view = QWidget()
    qtbot.addWidget(view)
    veil = Veil(view)
    view.show()
    veil.show()
    for width, height, said in ((420, 320, sentence), (120, 100, short), (420, 320, sentence)):
        veil.resize(width, height)
        view.resize(width, height)
        veil.cover(True, sentence)
        assert veil.text() == said and veil.heightForWidth(width) <= height * 0.5


def test_all_of_a_plot_within_its_axes_is_greyed_under_their_ticks_too(qtbot):
    view = QWidget()
    qtbot.addWidget(view)
    plot = make_plot()
    layout = QVBoxLayout(view)
    layout.addWidget(plot)
    view.resize(300, 200)
    view.show()
    plot.setRange(xRange=(-1, 1), yRange=(-1, 1), padding=0)
    qtbot.waitUntil(lambda: plot.getAxis("left").width() > 20)
    inner = plot.mapFromScene(plot.plotItem.vb.sceneBoundingRect()).boundingRect().adjusted(1, 1, -1, -1)
    assert (text_in(view) & inner.translated(plot.mapTo(view, QPoint()))).isEmpty()
    left = plot.mapFromScene(plot.getAxis("left").sceneBoundingRect()).boundingRect()
    numbers = QRect(left.left(), left.center().y(), 10, 10).translated(plot.mapTo(view, QPoint()))
    assert text_in(view).intersects(numbers), "the numbers stay legible"
