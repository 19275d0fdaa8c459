"""Live views share a small part of the worker's time evenly; the clock here is the test's own."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from nnstudio.training import in_pieces, probing
from nnstudio.training.command_queue import CommandQueue
from nnstudio.training.probing import FIRST_SHARE, PROBE_SHARE, WATCH_SHARE, Probes


class Clock:
    def __init__(self) -> None:
        self.now, self.pieces, self.spent = 0.0, Counter(), 0.0

    def perf_counter(self) -> float:
        return self.now


@dataclass
class Slow:
    """A probe whose pictures come in some pieces, each of which takes its time."""

    name: str
    seconds: float
    clock: Clock
    pieces: int = 1

    def run(self, session):
        for piece in range(self.pieces):
            self.clock.now += self.seconds
            self.clock.spent += self.seconds
            self.clock.pieces[self.name] += 1
            yield self.name if piece == self.pieces - 1 else None


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(probing, "time", clock)
    return clock


def learn(probes, clock, seconds, session, running=True):
    """Slices of 2 ms, with the views' turn after each."""
    until = clock.now + seconds
    while clock.now < until:
        clock.now += 0.002
        session.steps += running
        probes.advance(session, running, idle=not running)


def test_views_take_their_share_and_cheap_ones_go_between_the_dear(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    dear, cheap = ("flow", "surface", "results", "weights"), ("bars", "curve")
    for name in (*dear, *cheap):
        probes.set(name, Slow(name, 0.02 if name in dear else 0.0005, clock))
    learn(probes, clock, 2, session)
    begun, clock.spent = clock.now, 0.0
    clock.pieces.clear()
    learn(probes, clock, 60, session)
    assert clock.spent / (clock.now - begun) <= PROBE_SHARE < FIRST_SHARE
    counts = [clock.pieces[name] for name in dear]
    assert max(counts) - min(counts) <= 1 and min(counts) >= 10
    assert min(clock.pieces[name] for name in cheap) > 3 * max(counts)


def test_a_view_of_very_dear_pieces_does_not_take_the_time_of_the_others(clock):
    # As gradient flow of a large network beside the loss surface, whose picture comes in many pieces.
    probes, session = Probes(), SimpleNamespace(steps=0)
    costs = {"flow": 0.25, "surface": 0.005, "bars": 0.005}
    for name, seconds in costs.items():
        probes.set(name, Slow(name, seconds, clock, pieces=20 if name == "surface" else 1))
    learn(probes, clock, 100, session)
    clock.pieces.clear()
    learn(probes, clock, 600, session)
    had = {name: clock.pieces[name] * seconds for name, seconds in costs.items()}
    assert min(had.values()) > 0 and had["flow"] <= had["surface"] + 2 * costs["flow"], had


def test_a_first_picture_does_not_wait_until_a_dear_one_is_made_up_for(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.set("dear", Slow("dear", 0.15, clock))
    learn(probes, clock, 5, session)
    while not clock.pieces["dear"] > 1:
        learn(probes, clock, 0.002, session)
    probes.set("new", Slow("new", 0.01, clock, pieces=3))
    learn(probes, clock, 0.5, session)
    assert probes.take("new", 0) == "new", "at its usual share, the dear one would have to wait for 7 s"


def test_a_first_picture_that_takes_long_does_not_keep_the_others_from_being_fresh(clock):
    # As loss surface and doctor of a language model: seconds of work until there is anything to see.
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = True
    probes.set("bars", Slow("bars", 0.01, clock))
    learn(probes, clock, 1, session)
    for name in ("surface", "doctor"):
        probes.set(name, Slow(name, 0.06, clock, pieces=500))
    learn(probes, clock, 6, session)
    clock.pieces.clear()
    learn(probes, clock, 10, session)
    assert clock.pieces["bars"] >= 10 and min(clock.pieces[name] for name in ("surface", "doctor")) > 10


COSTS = {"nodes": 0.001, "curve": 0.00001, "surface": 0.005, "bars": 0.001, "dream": 0.03}
USUAL = ("nodes", "curve", "surface", "bars")


def busy_views(probes, clock, names, small=()):
    """One hardly takes time, and one has always something left to refine."""
    for name in names:
        probes.set(name, Slow(name, COSTS[name], clock, 500 if name == "surface" else 1), name in small)


@pytest.mark.parametrize("watched", [True, False])
def test_who_stayed_does_not_wait_until_those_that_come_have_worked_as_long(clock, watched):
    # As the nodes' pictures: panels go with the start page, and come back with the next project.
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = watched
    busy_views(probes, clock, USUAL)
    learn(probes, clock, 100, session)
    for name in USUAL:
        if name != "nodes":
            probes.set(name, None)
    probes.forget_network()
    learn(probes, clock, 10, session)
    busy_views(probes, clock, [name for name in USUAL if name != "nodes"])
    learn(probes, clock, 1, session)
    clock.pieces.clear()
    learn(probes, clock, 10, session)
    assert clock.pieces["nodes"] > 0.7 * clock.pieces["bars"] > 5, clock.pieces


@pytest.mark.parametrize("watched", [True, False])
def test_who_was_a_small_picture_does_not_wait_when_it_is_looked_at(clock, watched):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = watched
    busy_views(probes, clock, ("curve", "bars", "dream"), small=["dream"])
    learn(probes, clock, 5, session, running=False)
    busy_views(probes, clock, ["surface", "dream"])
    learn(probes, clock, 1, session)
    clock.pieces.clear()
    learn(probes, clock, 20, session)
    assert clock.pieces["dream"] > 5, clock.pieces


def test_a_view_that_is_at_its_end_does_not_use_up_a_turn(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    for name in ("one", "two"):
        probes.set(name, Slow(name, 0.001, clock, pieces=3))
    learn(probes, clock, 2, session)
    clock.pieces.clear()
    learn(probes, clock, 30, session)
    # Every opening of the budget computes a piece.
    assert sum(clock.pieces.values()) >= 0.9 * 30 * PROBE_SHARE / 0.001


def test_who_had_much_time_while_nothing_else_was_to_be_done_does_not_wait_long(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.set("dear", Slow("dear", 0.02, clock, pieces=200))
    for name in ("a", "b", "c"):
        probes.set(name, Slow(name, 0.004, clock))
    learn(probes, clock, 5, session, running=False)
    assert clock.pieces["dear"] == 200, "a rest is for refining"
    clock.pieces.clear()
    learn(probes, clock, 12, session)
    assert clock.pieces["dear"] >= 2


def test_one_that_is_content_does_not_give_the_first_of_the_others_all_the_time(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.set("curve", Slow("curve", 0.0, clock))
    for name in ("surface", "forecast"):
        probes.set(name, Slow(name, 0.01, clock, pieces=1000))
    learn(probes, clock, 4, session, running=False)
    assert abs(clock.pieces["surface"] - clock.pieces["forecast"]) <= 2


def test_while_a_person_watches_no_view_is_a_second_old(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = True
    # What the example of a convolution takes, with its surface refined for a minute.
    costs = {"curve": 0.0005, "weights": 0.0004, "flow": 0.044, "results": 0.012}
    for name, seconds in costs.items():
        probes.set(name, Slow(name, seconds, clock))
    probes.set("surface", Slow("surface", 0.02, clock, pieces=7))
    drawn = dict.fromkeys((*costs, "surface"), 0.0)
    oldest = dict.fromkeys(drawn, 0.0)
    for _ in range(300):
        clock.now += 0.02
        session.steps += 1
        probes.advance(session, True, idle=False)
        for name in drawn:
            oldest[name] = max(oldest[name], clock.now - drawn[name]) if clock.now > 3 else 0.0
            if probes.take(name, 0) is not None:
                drawn[name] = probes._fresh[name][0]
    assert clock.now > 5 and max(oldest.values()) < 1
    assert clock.spent < WATCH_SHARE * clock.now


def test_where_all_is_cheap_watching_takes_no_more_than_it_must(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = True
    for name in "ab":
        probes.set(name, Slow(name, 0.001, clock))
    learn(probes, clock, 20, session)
    assert clock.spent < 0.05 * clock.now


@pytest.mark.parametrize("watched", [True, False])
def test_at_full_speed_a_probe_takes_no_more_than_the_share_that_it_names(clock, watched):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = watched
    modest = Slow("doctor", 0.01, clock, pieces=4)
    modest.every, modest.share, modest.patience = 1.0, 0.005, math.inf
    probes.set("doctor", modest)
    learn(probes, clock, 2, session)
    begun, clock.spent = clock.now, 0.0
    clock.pieces.clear()
    learn(probes, clock, 100, session)
    taken = clock.spent / (clock.now - begun)
    assert taken < 0.0055 if not watched else taken > 0.02
    assert clock.pieces["doctor"] >= 4 * (95 if watched else 10)


def test_nobody_is_asked_at_each_slice_whether_something_is_to_be_computed(clock):
    probes, session, asked = Probes(), SimpleNamespace(steps=0), Counter()
    probes.set("bars", Slow("bars", 0.0001, clock))
    due = probes._is_due

    def counting(*arguments):
        asked["due"] += 1
        return due(*arguments)

    probes._is_due = counting
    for _ in range(1000):
        clock.now += 0.0002
        session.steps += 1
        probes.advance(session, True, idle=False)
    assert asked["due"] < 150 and clock.pieces["bars"] >= 2


def test_a_picture_is_not_refined_once_it_is_long_gone(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = True

    class Refined:
        def run(self, session):
            for grid in range(1000):
                clock.now += 0.01
                yield session.steps if grid in (5, 900) else None

    probes.set("surface", Refined())
    learn(probes, clock, 3, session)
    clock.now += 0.01
    assert session.steps - probes.take("surface", 0) < 1.5 / 0.01


@pytest.mark.parametrize("watched", [True, False])
def test_views_that_are_small_pictures_leave_most_of_the_time_to_the_large_one(clock, watched):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = watched
    small = [f"small {i}" for i in range(8)]
    for name in ("large", *small):
        probes.set(name, Slow(name, 0.03, clock), aside=name in small)
    learn(probes, clock, 60, session)
    # Where all counted alike, it would have an eighth of what the others have together.
    assert clock.pieces["large"] > 0.3 * sum(clock.pieces[name] for name in small)
    assert min(clock.pieces[name] for name in small) >= 3
    clock.pieces.clear()
    probes.set("small 0", Slow("small 0", 0.03, clock))
    learn(probes, clock, 60, session)
    assert clock.pieces["small 0"] > 0.7 * clock.pieces["large"], "it came on the stage"


class InPieces:
    """A probe that takes one long piece, which is cut by the engine; ``between`` is called in its middle."""

    def __init__(self, between=lambda: None):
        self.between, self.ended = between, 0

    def run(self, session):
        in_pieces.pause(0.4)
        self.between()
        in_pieces.pause(0.8)
        self.ended += 1
        yield "whole"


def test_how_far_a_single_long_piece_is_can_be_seen_meanwhile(clock):
    probes, seen = Probes(), []
    probe = InPieces(lambda: seen.append(probes.standing("why").share))
    probes.set("why", probe)
    probes.advance(SimpleNamespace(steps=1), False, True)
    # Nobody knows how much is still to come: half of it.
    assert seen == [pytest.approx(0.2)] and probes.take("why", 0) == "whole"


@pytest.mark.parametrize("wish", [None, InPieces()], ids=["stopped", "another"])
def test_a_long_piece_is_given_up_when_something_else_is_wished_for(clock, wish):
    probes, session = Probes(), SimpleNamespace(steps=1)
    asked = []
    first = InPieces(lambda: asked.append(probes.wish("why", wish)))
    probes.set("why", first)
    probes.advance(session, False, True)
    assert first.ended == 0 and probes.take("why", 0) is None
    assert probes.standing("why").share is None, "no bar stays"
    asked[0]()
    probes.advance(session, False, True)
    assert (probes.take("why", 0) == "whole") == (wish is not None) and first.ended == 0


def test_the_same_wish_again_gives_nothing_up(clock):
    probes = Probes()
    probe = InPieces(lambda: probes.wish("why", probe))
    probes.set("why", probe)
    probes.advance(SimpleNamespace(steps=1), False, True)
    assert probe.ended == 1


def test_a_long_piece_gives_way_to_what_a_person_waits_for_and_is_begun_anew(clock):
    commands, obeyed = CommandQueue(), []
    probes, session = Probes(commands), SimpleNamespace(steps=1)
    pressed = [lambda: commands.hurry(lambda: obeyed.append("train"))]
    probe = InPieces(lambda: pressed.pop()() if pressed else None)
    probes.set("why", probe)
    probes.advance(session, False, True)
    assert probe.ended == 0 and commands.is_hurried and not obeyed
    commands.obey(wait=False)
    assert obeyed == ["train"] and not commands.is_hurried
    probes.advance(session, False, True)
    assert probe.ended == 1 and probes.take("why", 0) == "whole"
    commands.put(lambda: None)
    assert not commands.is_hurried, "what nobody waits for gives way to pictures"


def test_a_picture_that_asks_for_patience_is_refined_while_the_network_learns(clock):
    probes, session = Probes(), SimpleNamespace(steps=0)
    probes.is_watched = True

    class Patient:
        patience = 5.0

        def run(self, session):
            for grid in range(100):
                clock.now += 0.01
                yield grid if grid in (5, 99) else None

    probes.set("surface", Patient())
    seen = set()
    for _ in range(400):
        learn(probes, clock, 0.01, session)
        seen.add(probes.take("surface", 0))
    assert 99 in seen, "for 0.4 s alone, it would be begun anew before"
