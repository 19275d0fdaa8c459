"""What is garbage goes in the window's thread, whoever made it."""

from __future__ import annotations

import gc
import threading

import pytest

from nnstudio.ui.shell.garbage import GarbageCollector


class Knot:
    """Refers to itself, so that only a collection finds it."""

    def __init__(self, gone: list[int]) -> None:
        self.itself, self.gone = self, gone

    def __del__(self) -> None:
        self.gone.append(threading.get_ident())


@pytest.fixture
def collector(qtbot):
    was_enabled = gc.isenabled()
    collector = GarbageCollector()
    yield collector
    collector.stop()
    collector.deleteLater()
    if not was_enabled:
        gc.disable()


def test_what_another_thread_leaves_goes_in_this_one(qtbot, collector):
    gone: list[int] = []

    def make_garbage() -> None:
        for _ in range(5_000):
            Knot(gone)

    thread = threading.Thread(target=make_garbage)
    thread.start()
    thread.join()
    assert gone == []
    qtbot.waitUntil(lambda: len(gone) == 5_000)
    assert set(gone) == {threading.get_ident()}


def test_all_generations_have_their_turn(collector, monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr(gc, "collect", asked.append)
    for counts in ((10, 0, 0), (900, 0, 0), (900, 11, 3), (900, 11, 11), (0, 0, 11)):
        monkeypatch.setattr(gc, "get_count", lambda counts=counts: counts)
        collector.collect()
    assert asked == [0, 1, 2, 2]


def test_it_is_left_to_python_again(collector):
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
