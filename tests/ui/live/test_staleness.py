"""Pictures of another step or network than the one shown elsewhere are greyed and say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.live.staleness import BEFORE, GRACE, Staleness
from nnstudio.ui.live.view import live_views

RUNNING = Snapshot(1, 1, Phase.RUNNING, steps=0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def staleness():
    staleness = Staleness()
    staleness.clock = Clock()
    return staleness


def at(steps: int, **changes) -> Snapshot:
    return replace(RUNNING, steps=steps, **changes)


def test_a_picture_a_moment_behind_is_not_greyed(staleness):
    for step in range(0, 100, 10):
        staleness.picture_drawn(step)
        staleness.clock.now += GRACE * 0.9
        assert staleness.sentence(at(step + 9), True) == ""


def test_a_picture_that_is_refined_while_training_goes_on_says_its_step(staleness):
    staleness.picture_drawn(0)
    assert staleness.sentence(at(5), True) == ""
    staleness.clock.now += GRACE
    staleness.picture_drawn(0)
    assert staleness.sentence(at(996), True) == "Of step 0; training is at step 996."
    staleness.picture_drawn(996)
    assert staleness.sentence(at(997), True) == ""


def test_a_picture_of_another_step_than_the_timeline_shows_says_so(staleness):
    staleness.picture_drawn(996)
    staleness.sentence(at(996, shown=1_000), True)
    staleness.clock.now += GRACE
    assert staleness.sentence(at(996, shown=1_000), True) == "Of step 996; the timeline shows step 1,000."


def test_a_picture_of_another_network_says_so_until_there_is_none(staleness):
    staleness.picture_drawn(None)
    assert staleness.sentence(at(3), True) == staleness.sentence(at(3), False) == ""
    staleness.clock.now += GRACE
    assert staleness.sentence(at(3), False) == BEFORE
    staleness.forget()
    assert staleness.sentence(at(3), False) == ""


@pytest.mark.parametrize("name", [f.id for f in live_views])
def test_every_view_greys_its_picture_and_clears_it(qtbot, name):
    view = live_views[name].make()
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    view.staleness.clock = Clock()
    view.hint.hide()
    view.staleness.picture_drawn(0)
    view.follow_run(at(996), True)
    assert view.veil.isHidden()
    clear = view.grab().toImage()
    view.staleness.clock.now += GRACE
    view.follow_run(at(996), True)
    assert view.veil.isVisible() and view.veil.text() == "Of step 0; training is at step 996."
    assert view.veil.geometry() == view.rect() and view.grab().toImage() != clear
    view.staleness.picture_drawn(996)
    view.follow_run(at(996), True)
    assert view.veil.isHidden()
    view.staleness.picture_drawn(0)
    view.hint.show()
    view.follow_run(at(996), True)
    view.staleness.clock.now += GRACE
    view.follow_run(at(996), True)
    assert view.veil.isHidden(), "a hint is no picture"


@pytest.mark.parametrize("name", ["arithmetic", "gradient_flow", "results", "loss_surface"])
def test_a_hint_fits_the_state_of_the_network(qtbot, name):
    view = live_views[name].make()
    qtbot.addWidget(view)
    for phase, current, said in (
        (Phase.FAILED, True, "as soon as the network can run"), (Phase.RUNNING, True, "Computing"),
        (Phase.RUNNING, False, "as soon as the network can run"), (Phase.READY, True, "Computing"),
    ):  # fmt: skip
        view.follow_run(replace(RUNNING, phase=phase), current)
        assert said in view.hint.text()


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
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    surface, boundary = window.live.views["loss_surface"], window.live.views["decision_boundary"]
    hands.wait(lambda: surface._latest is not None and boundary._last is not None)
    # The operators of the next project are compiled, for as long as this test wants.
    monkeypatch.setattr("nnkernels.warm.is_warm", lambda: False)
    monkeypatch.setattr("nnkernels.warm.uncompiled", lambda needed: ["an operator"])
    monkeypatch.setattr(window.runner.planner._warming, "start", lambda first: None)
    shown = []
    for name, view in window.live.views.items():
        monkeypatch.setattr(view, "show_result", lambda _r, n=name: shown.append(n))
    window.files.open_example("celsius")
    hands.wait(lambda: window.runner.data is not None)
    ticks = []
    window.runner.ticked.connect(lambda: ticks.append(np.nan))
    hands.wait(lambda: len(ticks) > 20)
    assert shown == [] and surface._latest is None and boundary._last is None
    assert "as soon as the network can run" in surface.hint.text()
