"""What a probe's pieces say of its work, to the view that waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from nnstudio.training import probing
from nnstudio.training.probing import Probes
from nnstudio.training.underway import Standing, Underway, share_of, told_by_pieces


@dataclass(frozen=True)
class InFour:
    """A probe of three pieces with nothing to see, each of a second, and a picture."""

    clock: SimpleNamespace

    def run(self, session):
        for piece in range(4):
            self.clock.now += 1.0
            yield Underway((piece + 1) / 4) if piece < 3 else "picture"


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    clock.perf_counter = lambda: clock.now
    monkeypatch.setattr(probing, "time", clock)
    return clock


def advance(probes, session):
    probes.advance(session, running=False, idle=True)


def test_pieces_are_counted_and_what_the_work_returns_is_handed_on():
    def work():
        yield None
        yield "early"
        yield None
        return "end"

    def outer():
        returned.append((yield from told_by_pieces(work(), 4)))

    returned = []
    assert list(outer()) == [Underway(0.25), "early", Underway(0.75)] and returned == ["end"]


def test_more_pieces_than_were_thought_of_are_never_more_than_all():
    assert [piece.share for piece in told_by_pieces(iter([None] * 3), 2)] == [0.5, 1.0, 1.0]


def test_a_result_may_tell_its_share_itself():
    assert share_of(SimpleNamespace(share=0.5)) == 0.5 and share_of("picture") is share_of(None) is None


def test_a_view_is_told_how_far_its_picture_is_and_then_what_it_took(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    assert probes.standing("dear") == Standing()
    probes.set("dear", InFour(clock))
    shares = []
    for _ in range(3):
        advance(probes, session)
        shares.append(probes.standing("dear").share)
        assert probes.standing("dear").served == clock.now, "when its last piece was done"
        assert probes.take("dear", 0) is None
    assert shares == [0.25, 0.5, 0.75] and probes.standing("dear").cost is None
    advance(probes, session)
    assert probes.take("dear", 0) == "picture"
    advance(probes, session)
    assert probes.standing("dear") == Standing(None, 4.0)


def test_what_the_last_picture_took_is_known_while_the_next_one_is_computed(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.set("dear", InFour(clock))
    for _ in range(5):
        advance(probes, session)
    session.steps = 1
    advance(probes, session)
    assert probes.standing("dear") == Standing(0.25, 4.0)


def test_what_nobody_wants_any_more_is_given_up_at_once(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.set("dear", InFour(clock))
    advance(probes, session)
    probes.set("dear", None)
    advance(probes, session)
    assert clock.now == 1.0 and probes.standing("dear") == Standing()
