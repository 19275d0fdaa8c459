"""Each setting once, the same ones again for the same seed, and only the better third goes on."""

from __future__ import annotations

import math

import pytest
from sweep.projects import iris, space_of

from nnstudio.sweep.plan import Method
from nnstudio.sweep.sampler import Sampler
from nnstudio.sweep.space import Space


def sampler(space: Space, method: Method, total: int, seed: int = 1, maximise: bool = False) -> Sampler:
    return Sampler(space, method, seed, total, 3, maximise)


def proposed(sampler: Sampler, loss: dict[str, float] | None = None) -> list[dict[str, object]]:
    """All settings; each is told a loss that grows with its number."""
    settings = []
    while (proposal := sampler.ask()) is not None:
        settings.append(proposal.values)
        sampler.tell(proposal.number, float(proposal.number))
    return settings


@pytest.mark.parametrize("method", Method)
def test_each_setting_of_a_small_space_comes_once(method):
    space = space_of(iris(), "dense_1.units=4,8,16", "dense_1.bias=on,off")
    settings = [tuple(s.values()) for s in proposed(sampler(space, method, 6))]
    assert len(settings) == 6 and set(settings) == {(u, b) for u in (4, 8, 16) for b in (True, False)}


def test_whole_numbers_by_their_logarithm_come_once_each():
    space = space_of(iris(), "dense_1.units=1..5:log")
    settings = proposed(sampler(space, Method.TPE, 5))
    assert sorted(s["dense_1.units"] for s in settings) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("method", [Method.RANDOM, Method.TPE])
def test_the_seed_decides_what_is_proposed(method):
    space = space_of(iris(), "learning_rate=1e-4..1e-1:log", "dense_1.units=4..64")
    first, again, other = (proposed(sampler(space, method, 15, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert all(1e-4 <= s["learning_rate"] <= 1e-1 and 4 <= s["dense_1.units"] <= 64 for s in first)


def test_tpe_learns_where_the_loss_is_low():
    space = space_of(iris(), "learning_rate=1e-4..1e-1:log")
    tpe, distances = sampler(space, Method.TPE, 60), []
    while (proposal := tpe.ask()) is not None:
        distances.append(abs(math.log10(proposal.values["learning_rate"]) + 2))
        tpe.tell(proposal.number, distances[-1])
    assert sum(distances[-20:]) < sum(distances[:20]) / 2


@pytest.mark.parametrize("maximise", [False, True])
def test_of_nine_settings_at_a_rung_the_better_third_goes_on(maximise):
    """Whoever comes with a value that is among the better third of those so far goes on."""
    space = space_of(iris(), "dense_1.units=1..9")
    halving = sampler(space, Method.GRID, 9, maximise=maximise)
    values = [5, 6, 7, 4, 8, 1, 9, 2, 3]
    gone_on = []
    for value in values:
        proposal = halving.ask()
        if halving.goes_on(proposal.number, 3, -value if maximise else value):
            gone_on.append(value)
    # 5 is the best so far, as 4 and 1 are later; 2 is the second of eight, and 3 the third of nine.
    assert gone_on == [5, 4, 1, 2, 3]


def test_what_is_useless_ends_like_what_is_given_up():
    space = space_of(iris(), "dense_1.units=1..4")
    tpe = sampler(space, Method.TPE, 4)
    for _ in range(4):
        tpe.tell_useless(tpe.ask().number)
    assert tpe.ask() is None
