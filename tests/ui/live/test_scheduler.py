"""However little may be drawn, every view that is seen has its turn; the clock here is the test's own."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest

from nnstudio.training.messages import Phase
from nnstudio.training.underway import Standing
from nnstudio.ui.live import scheduler
from nnstudio.ui.live.scheduler import FORCED_SHARE, LONGEST, THUMBNAILS, ViewScheduler

# How long a picture of each is drawn, and how often it wants to be, in seconds.
VIEWS = {
    "loss_curve": (0.04, 0.2), "gradient_flow": (0.3, 0.4), "loss_surface": (0.02, 0.1), "hidden": (0.0, 0.0),
}  # fmt: skip


@pytest.fixture
def clock(monkeypatch):
    """What is now, and what the window's thread was busy for, in seconds."""
    clock = SimpleNamespace(now=100.0, busy=0.0)
    fake = SimpleNamespace(
        monotonic=lambda: clock.now, perf_counter=lambda: clock.now, thread_time=lambda: clock.busy
    )
    monkeypatch.setattr(scheduler, "time", fake)
    return clock


class FakeView:
    """Draws whatever comes, and takes its time."""

    def __init__(self, name: str, turns: Counter, clock) -> None:
        self.name, self.turns, self.clock = name, turns, clock
        self.cost, self.seconds = VIEWS[name]
        self.staleness = SimpleNamespace(picture_drawn=lambda _step: None)

    def show_result(self, _result: object) -> None:
        self.turns[self.name] += 1
        self.clock.now += self.cost
        self.clock.busy += self.cost

    def follow_run(self, _times: object) -> None:
        pass

    def follow_work(self, _standing: object) -> None:
        pass

    def draw(self) -> bool:
        return False

    def wanted(self) -> str:
        return self.name


@pytest.mark.parametrize("racing", [True, False], ids=["full speed", "watch"])
def test_everything_that_is_seen_has_its_turn(clock, racing):
    turns: Counter = Counter()
    views = {name: FakeView(name, turns, clock) for name in VIEWS}

    def show(_thumbnails: object) -> None:
        turns[THUMBNAILS] += 1

    runner = SimpleNamespace(
        orders=SimpleNamespace(is_racing=racing), snapshot=SimpleNamespace(phase=Phase.RUNNING),
        is_planned=True, set_probe=lambda *_asked: None,
        # There is always something new of each.
        standing=lambda _name: Standing(), take_result=lambda name: SimpleNamespace(step=1, name=name),
    )  # fmt: skip
    wings = SimpleNamespace(holds=lambda _name: False)
    legend = SimpleNamespace(show_step=lambda *_: None)
    thumbnails = SimpleNamespace(show=show, probe=lambda: None, clear=lambda: None, legend=legend)
    told = ViewScheduler(runner, views, thumbnails, wings, lambda name: name != "hidden")
    told.times = SimpleNamespace(
        look=lambda *_now: None, behind=lambda _step: 0.0, is_current=True,
        snapshot=SimpleNamespace(best_shown=None),
    )  # fmt: skip
    # The window is busy with other things, so that only the rarest pictures are drawn.
    spent = clock.now
    for _ in range(2000):
        clock.now += LONGEST + 0.01
        clock.busy += LONGEST
        told.tick()
    assert turns["hidden"] == 0
    seen = [turns[name] for name in ("loss_curve", "gradient_flow", "loss_surface", THUMBNAILS)]
    assert min(seen) > 50 and max(seen) - min(seen) <= 1, turns
    # And they take no more than their share, however dear they are.
    drawing = sum(turns[name] * cost for name, (cost, _) in VIEWS.items())
    assert drawing <= 1.1 * FORCED_SHARE * (clock.now - spent)
