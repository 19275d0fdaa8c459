"""What an explanation cost is told in few words, of the time that was spent on it alone."""

from __future__ import annotations

import pytest

from nnstudio.explain import cost
from nnstudio.explain.cost import cost_in_words, timed
from nnstudio.explain.method import Stage


@pytest.mark.parametrize(
    ("seconds", "options", "told"),
    [
        (2.13, {"steps": 200}, "200 steps, 2.1 s"), (0.002, {"steps": 1}, "1 step, under 0.01 s"),
        (0.5, {}, "0.5 s"), (130.2, {"strength": 0.1}, "130 s"),
    ],
)  # fmt: skip
def test_in_words(seconds, options, told):
    assert cost_in_words(seconds, options) == told


def test_what_happens_between_the_pieces_costs_nothing(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(cost.time, "perf_counter", lambda: now[0])

    def work():
        for share in (0.5, 1.0):
            now[0] += 2.0
            yield Stage(share)

    told = []
    for stage, seconds in timed(work()):
        told.append((stage.share, seconds))
        # Meanwhile the network learns.
        now[0] += 100.0
    assert told == [(0.5, 2.0), (1.0, 4.0)]
