"""Every example and template trains, and while a person watches no view shows another moment and is silent.

A second is counted in polls, and the polls are made by hand: nothing here waits for a clock.
"""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.model.templates import templates
from nnstudio.project import example_names
from nnstudio.training.messages import Phase
from nnstudio.ui.live.view import LiveView
from nnstudio.ui.run.runner import POLL_MS

SECOND = 1000 // POLL_MS + 1
POLLS = SECOND + 10


def step_of(view) -> int:
    """What its mark says."""
    return int(view.mark.text().split()[1].replace(",", ""))


def opened(window, project: str) -> None:
    window.workspace.project.saved = window.workspace.project.moment()
    if project in templates:
        window.files.new_from_template(project)
    else:
        window.files.open_example(project)


def step_told(mark) -> str:
    """Without what the picture took, which some say beside it."""
    return mark.text().partition(" · took")[0]


def seen_views(window) -> list[LiveView]:
    return [view for name, view in window.live.views.existing.items() if window.docks.is_seen(name)]


def check(window, steps: list[int]) -> int:
    """How many views are current, by the steps at the polls so far. Fails where one is behind, not greyed."""
    a_second_ago, current = steps[-1 - SECOND] if len(steps) > SECOND else 0, 0
    for view in seen_views(window):
        if view.mark.text():
            is_late = step_of(view) < a_second_ago
            assert not (is_late and view.mark.isEnabled()), (view.id, view.mark.text(), steps[-1])
            current += view.mark.isEnabled()
    return current


def test_no_view_is_a_second_behind_and_says_nothing(hands, window):
    runner, polls, steps = window.runner, 0, []

    def tick() -> None:
        nonlocal polls
        polls += 1

    runner.ticked.connect(tick)
    window.live.scheduler.times.clock = lambda: polls * POLL_MS / 1000
    for project in [*example_names(), *(t.id for t in templates if t.data)]:
        opened(window, project)
        hands.wait_phase(Phase.READY, Phase.FAILED)
        assert runner.snapshot.phase == Phase.READY, (project, runner.snapshot.message)
        runner.orders.train()
        # Views are made when they are first seen, and had a picture of step 0.
        hands.wait(lambda: any(step_of(v) > 0 for v in seen_views(window) if v.mark.text()))
        steps, seen = [], 0
        for _ in range(POLLS):
            runner._poll()
            steps.append(runner.snapshot.steps)
            seen = max(seen, check(window, steps))
        # On a busy machine a heavy picture may take longer than these polls.
        hands.wait(lambda seen=seen, steps=steps: seen or check(window, steps))
        assert np.isfinite(runner.snapshot.loss), project
        runner.orders.pause()
        hands.wait_phase(Phase.PAUSED, Phase.FINISHED)
        here = runner.snapshot.steps
        marks = [view.mark for view in seen_views(window) if view.mark.text()]
        hands.wait(lambda marks=marks, here=here: all(step_told(m) == f"step {here:,}" for m in marks))
        assert marks and all(mark.isEnabled() for mark in marks), project


@pytest.mark.parametrize(("project", "fewest"), [("iris", 9), ("convnet", 12), ("lstm_classifier", 10)])
def test_each_view_that_is_brought_forward_shows_the_step_of_the_pause(hands, window, project, fewest):
    runner, docks = window.runner, window.docks
    opened(window, project)
    hands.wait_phase(Phase.READY)
    for _ in range(2):
        runner.orders.step()
        hands.wait_phase(Phase.PAUSED)
    hands.wait(lambda: runner.snapshot.steps == 2)
    told = set()
    for name in window.live.views:
        if not docks[name].toggleViewAction().isEnabled():
            continue
        docks.show(name)
        hands.wait(lambda name=name: docks.is_seen(name) and window.live.scheduler._seen.get(name))
        view = window.live.views[name]
        # The worker knows what it wants to see; and then that is there, and drawn.
        hands.compute(lambda _session: None)
        hands.wait(runner.worker.is_pictured)
        hands.wait(lambda view=view: step_told(view.mark) in ("", "step 2"))
        told |= {name} if view.mark.text() else set()
        assert view.mark.isEnabled() and not view.veil.isVisible(), name
    assert len(told) >= fewest, sorted(told)
