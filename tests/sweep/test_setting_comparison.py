"""Noise or more: the test against counting all signs by hand, and what its sentence promises."""

from __future__ import annotations

from itertools import product
from statistics import mean, stdev

import pytest

from nnstudio.sweep.comparison import compare, sign_flip_p, spread_of
from nnstudio.sweep.space import Repeat


def counted(differences: list[float]) -> float:
    """The share of all choices of signs whose mean is as far from 0, one after the other."""
    far = abs(mean(differences)) - 1e-9
    means = [abs(mean(s * d for s, d in zip(signs, differences, strict=True)))
             for signs in product((1, -1), repeat=len(differences))]  # fmt: skip
    return sum(m >= far for m in means) / len(means)


@pytest.mark.parametrize(
    "differences", [[0.1], [0.1, 0.2, 0.3], [1, -1, 2, 0.5], [0.3, 0, -0.1, 0.2, 0.25], [0.0, 0.0], [0.7] * 6]
)
def test_p_is_the_share_of_signs(differences):
    assert sign_flip_p(differences) == pytest.approx(counted(differences))


def test_many_pairs_are_drawn_and_come_close():
    differences = [0.5, 0.4, -0.3, 0.6, -0.2, 0.1, 0.3, -0.4, 0.2, 0.5, 0.1, -0.1, 0.3, 0.2]
    drawn = sign_flip_p([*differences, 0.0, 0.0, 0.0])
    assert drawn == pytest.approx(counted(differences), abs=0.01)
    assert 0 < sign_flip_p([1.0] * 40) < 1e-4


def seeds(*values: float) -> dict[Repeat, float]:
    return {Repeat(seed): value for seed, value in enumerate(values, 1)}


def test_six_seeds_of_one_sign_are_more_than_noise():
    comparison = compare(seeds(1, 2, 3, 4, 5, 6), seeds(2, 3.5, 4, 6, 6, 7))
    assert comparison.pairs == 6 and comparison.p == 2 / 64 == comparison.smallest_p
    assert comparison.difference == pytest.approx(mean([-1, -1.5, -1, -2, -1, -1]))
    assert comparison.deviation == pytest.approx(stdev([-1, -1.5, -1, -2, -1, -1]))
    assert "paired over 6 seeds" in comparison.sentence() and "more than noise" in comparison.sentence()


def test_too_few_pairs_say_that_they_cannot_tell():
    text = compare(seeds(1, 2, 3), seeds(2, 3, 4)).sentence()
    assert "p cannot get below 0.25" in text and "Take 6 seeds or more" in text


def test_equal_pairs_tell_nothing():
    comparison = compare(seeds(1, 2, 3, 4, 5, 6), seeds(1, 2, 3, 4, 5, 6))
    assert comparison.p == comparison.smallest_p == 1


def test_folds_are_paired_and_say_that_p_is_too_small():
    first = {Repeat(None, f"{i} of 6"): float(i) for i in range(1, 7)}
    second = {repeat: value + 1 for repeat, value in first.items()}
    comparison = compare(first, second)
    assert comparison.paired_over == "folds" and comparison.p == 2 / 64
    assert "Folds share what they learn from" in comparison.sentence()


def test_seeds_with_folds_are_paired_by_seed():
    first = {Repeat(s, f"{f} of 2"): s + 10.0 * f for s in (1, 2, 3) for f in (1, 2)}
    second = {repeat: value + repeat.seed for repeat, value in first.items()}
    comparison = compare(first, second)
    assert (comparison.pairs, comparison.paired_over) == (3, "seeds")
    assert (
        comparison.difference == pytest.approx(-2) and "each the mean over the folds" in comparison.sentence()
    )


def test_what_has_no_pairs_is_not_compared():
    assert compare(seeds(1), seeds(2)) is None
    assert compare({Repeat(1): 1.0, Repeat(2): 1.0}, {Repeat(3): 1.0, Repeat(4): 1.0}) is None


def test_mean_and_spread():
    spread = spread_of([1.0, 2.0, 4.0])
    assert (spread.mean, spread.deviation) == pytest.approx((7 / 3, stdev([1, 2, 4])))
    assert str(spread_of([0.25])) == "0.25"
