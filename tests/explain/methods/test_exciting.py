"""Activation maximisation: the number rises, and what holds it back does what it says."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import Formula, asked, explained, stages

from nnstudio.explain.methods.activation_maximisation import in_blocks, variation_gradient

PICTURE = np.full((6, 5, 1), 0.5)
METHOD = "activation_maximisation"


def test_it_ends_where_a_sum_is_largest():
    network = Formula(PICTURE.shape)
    result = explained(METHOD, network, asked(PICTURE), steps=200, octaves=1, jitter=0)
    # What hardly counts hardly moves.
    counts = np.abs(network.linear) > 0.3
    assert np.array_equal(result.values[counts], (network.linear > 0)[counts])
    assert result.figures["after"] > result.figures["the number, before"]
    assert not result.is_of_sample and not result.notes


def test_a_dream_begins_with_the_sample_and_noise_with_its_seed():
    network = Formula(PICTURE.shape)
    sample = np.random.default_rng(5).uniform(size=PICTURE.shape)
    dream = stages(METHOD, network, asked(sample), start="sample", step_size=0.01, jitter=0, octaves=1)
    # A step may be as long as `step_size` on average.
    first = np.sqrt(((dream[0].sample - sample) ** 2).mean())
    assert first <= 0.0101 and dream[-1].explanation.is_of_sample
    one, other = (explained(METHOD, network, asked(sample), seed=seed, steps=2).values for seed in (1, 2))
    assert not np.array_equal(one, other)


def test_coarse_octaves_change_whole_blocks_first():
    network = Formula((8, 8, 1))
    seen = stages(METHOD, network, asked(np.zeros((8, 8, 1))), start="grey", octaves=3, steps=1, jitter=0)
    for stage, block in zip(seen, (4, 2, 1), strict=False):
        whole = stage.sample.reshape(8 // block, block, 8 // block, block).std((1, 3)).max()
        assert whole < 1e-12


def test_a_shift_is_taken_back():
    """A number that sees the same everywhere has one gradient, whatever the picture was shifted by."""
    network = Formula(PICTURE.shape)
    network.linear[:] = 1.0
    network.linear[0] = 3.0
    still, moved = (
        explained(
            METHOD, network, asked(PICTURE), start="grey", octaves=1, steps=400, jitter=j, step_size=1e-4
        )
        for j in (0, 3)
    )
    # Without shifts the first row gets all of it; with shifts, its neighbours above and below do too.
    assert still.values[0].mean() > still.values[1].mean() == pytest.approx(still.values[3].mean())
    assert moved.values[1].mean() > still.values[1].mean() and moved.values[0].mean() < still.values[0].mean()


def test_l2_holds_values_near_the_middle_and_variation_makes_neighbours_alike():
    network = Formula(PICTURE.shape)
    free, held, smooth = (
        explained(METHOD, network, asked(PICTURE), steps=60, octaves=1, jitter=0, **how).values
        for how in ({}, {"l2": 20.0}, {"variation": 5.0})
    )
    assert np.abs(held - 0.5).mean() < np.abs(free - 0.5).mean() / 2
    assert np.abs(np.diff(smooth, axis=0)).mean() < np.abs(np.diff(free, axis=0)).mean() / 2


def test_a_number_that_cannot_rise_is_said_to_have_stayed():
    network = Formula(PICTURE.shape)
    network.linear[:] = 0
    assert "did not rise" in explained(METHOD, network, asked(PICTURE), steps=2).notes[0]


def test_variation_is_the_gradient_of_squared_differences():
    picture, step = np.random.default_rng(0).normal(size=(4, 3, 2)), 1e-6

    def half_squares(values):
        return sum((np.diff(values, axis=axis) ** 2).sum() for axis in (0, 1)) / 2

    gradient = variation_gradient(picture)
    for at in ((0, 0, 0), (3, 2, 1), (1, 1, 0)):
        ends = [picture.copy(), picture.copy()]
        ends[0][at] += step
        ends[1][at] -= step
        slope = (half_squares(ends[0]) - half_squares(ends[1])) / (2 * step)
        assert gradient[at] == pytest.approx(slope, rel=1e-6)


def test_blocks_at_the_end_may_be_smaller():
    row = np.array([[1.0, 3.0, 10.0]])[..., None]
    assert in_blocks(row, 2).ravel().tolist() == [2, 2, 10]
    assert in_blocks(row, 1) is row
