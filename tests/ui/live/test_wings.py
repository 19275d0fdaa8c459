"""Views in the wings: one piece of work at a time, and nothing is done twice."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from nnstudio.ui.live.views import Views
from nnstudio.ui.live.wings import Wings

NAMES = ("loss_curve", "weights", "results")


@pytest.fixture
def wings(qtbot, monkeypatch):
    window = QWidget()
    qtbot.addWidget(window)
    views = Views(lambda _name, _view: None, lambda: None)
    for frame in views.frames.values():
        frame.setParent(window)
    wings = Wings(views, window)
    monkeypatch.setattr("nnstudio.ui.live.wings.SECONDS", 0.0)
    wings.window, wings.seen = window, []
    wings.pictured.connect(wings.seen.append)
    return wings


def work(wings: Wings) -> tuple[int, int]:
    """A tick; how many views exist and how many pictures were taken after it."""
    wings.tick(share=1e9)
    return len(wings.views.existing), len(wings.seen)


def test_one_view_is_made_or_pictured_at_a_time(wings):
    wings.take(NAMES)
    before, done = (0, 0), []
    while len(wings.pictures) < len(NAMES):
        now = work(wings)
        done.append(sum(now) - sum(before))
        before = now
    assert set(done) == {1} and len(done) == 2 * len(NAMES)


def test_a_view_that_drew_nothing_new_is_not_pictured_again(wings):
    wings.take(NAMES)
    for _ in range(20):
        work(wings)
    assert sorted(wings.seen) == sorted(NAMES)
    wings.drew("weights")
    work(wings)
    assert wings.seen[-1] == "weights" and len(wings.seen) == len(NAMES) + 1
    wings.views["results"].veil.cover(True, "It is behind.")
    work(wings)
    assert wings.seen[-1] == "results", "what is greyed is pictured so"


def test_views_go_back_to_their_frames(wings):
    wings.take(NAMES)
    for _ in range(20):
        work(wings)
    assert wings.holds("weights")
    wings.take(["results"])
    assert not wings.holds("weights") and wings.holds("results") and set(wings.pictures) == {"results"}
    wings.take(())
    for name in NAMES:
        assert wings.views.frames[name].isAncestorOf(wings.views[name])


def test_pictures_take_no_more_than_their_share(wings, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nnstudio.ui.live.wings.time.perf_counter", lambda: now[0])
    wings.take(["weights"])
    grab = wings.views["weights"].grab

    def slow_grab():
        now[0] += 0.02
        return grab()

    wings.views["weights"].grab = slow_grab
    wings.take(["weights"])
    for _ in range(1000):
        wings.drew("weights")
        wings.tick(share=0.1)
        now[0] += 0.016
    assert len(wings.seen) <= 1 + 0.1 * (now[0] - 100.0) / 0.02
