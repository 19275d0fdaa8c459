"""Large weights of a run that goes on are kept seldom enough to cost next to nothing."""

from __future__ import annotations

from nnstudio.runs.weights_pace import LARGE, LEAST_SECONDS, SHARE, WeightsPace


def kept_in(hours: float, seconds: float, size: int) -> float:
    """How often weights are kept that take so many seconds to write, if they are offered every ten."""
    now, count = 0.0, 0
    pace = WeightsPace(lambda: now)
    while now < 3600 * hours:
        if pace.are_due(size):
            with pace.writing():
                now += seconds
            count += 1
        now += 10
    return count


def test_small_ones_are_always_due():
    assert kept_in(1, 0, LARGE) == 360


def test_large_ones_wait_a_minute_or_for_as_long_as_writing_allows():
    assert LEAST_SECONDS == 60 and kept_in(1, 0, LARGE + 1) == 60
    assert 0.9 <= kept_in(10, 20, LARGE + 1) * 20 * SHARE / 36_000 <= 1.1
