"""Checkpoints come back exactly, whatever they hold, and differences take less than they do."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.project import open_example
from nnstudio.training.journal import MOST_BYTES, Journal
from nnstudio.training.parameter_history import FEWEST_VALUES, FULL_EVERY, SHARE, ParameterHistory


def walk(count, size, scale=1e-3):
    """Places of a random walk of small steps."""
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(count, size)) * scale
    steps[0] = rng.normal(size=size)
    return np.cumsum(steps, 0).astype(np.float32)


def same(history, expected):
    assert len(history) == len(expected)
    for i in [*range(len(expected)), *np.random.default_rng(1).integers(0, len(expected), 30)]:
        np.testing.assert_array_equal(history[i].view(np.uint32), expected[i].view(np.uint32))


@pytest.mark.parametrize("room", [0, 0.85, 10])
@pytest.mark.parametrize("size", [1, FEWEST_VALUES - 1, FEWEST_VALUES, 10_007])
def test_checkpoints_come_back_bit_for_bit_in_any_order(size, room):
    checkpoints = walk(3 * FULL_EVERY + 2, size)
    history = ParameterHistory(int(room * checkpoints.nbytes))
    for i, checkpoint in enumerate(checkpoints):
        history.append(checkpoint)
        np.testing.assert_array_equal(history[i // 2], checkpoints[i // 2])
    same(history, checkpoints)
    same(history[3:20:3], checkpoints[3:20:3])
    same(history[::-1], checkpoints[::-1])
    for values, expected in zip(history, checkpoints, strict=True):
        np.testing.assert_array_equal(values, expected)
    earlier = history[:7]
    history.thin()
    same(history, checkpoints[::2])
    same(earlier, checkpoints[:7])
    history.append(checkpoints[1])
    same(history, [*checkpoints[::2], checkpoints[1]])


def test_numbers_that_are_not_finite_come_back_too():
    checkpoints = walk(5, FEWEST_VALUES)
    checkpoints[1, :3] = np.nan, np.inf, -np.inf
    checkpoints[2, :2] = -0.0, np.float32(1e-44)
    # A NaN with a message, as a broken computation may leave it.
    checkpoints[3].view(np.uint32)[0] = 0x7FC12345
    history = ParameterHistory()
    for checkpoint in checkpoints:
        history.append(checkpoint)
    assert history.nbytes < checkpoints.nbytes
    same(history, checkpoints)


def test_what_was_read_or_given_cannot_change_what_is_kept():
    checkpoint = walk(1, 10)[0]
    history = ParameterHistory()
    history.append(checkpoint)
    before = checkpoint.copy()
    checkpoint[:] = 0
    np.testing.assert_array_equal(history[0], before)
    with pytest.raises(ValueError, match="read-only"):
        history[0][:] = 1


def test_what_there_is_room_for_stays_as_it_is_and_no_more_than_needed_is_packed():
    checkpoints = walk(40, 50_000, 1e-4)
    roomy, narrow = ParameterHistory(checkpoints.nbytes), ParameterHistory(int(0.9 * checkpoints.nbytes))
    for checkpoint in checkpoints:
        roomy.append(checkpoint)
        narrow.append(checkpoint)
    assert roomy.nbytes == checkpoints.nbytes
    assert 0.85 * checkpoints.nbytes < narrow.nbytes <= 0.9 * checkpoints.nbytes


def test_differences_take_less_and_noise_takes_no_more_than_it_is():
    small, noise = ParameterHistory(), ParameterHistory()
    for checkpoint in walk(40, 50_000, 1e-4):
        small.append(checkpoint)
    for bits in np.random.default_rng(2).integers(0, 2**32, (10, FEWEST_VALUES), np.uint32):
        noise.append(bits.view(np.float32))
    assert small.nbytes < 0.75 * 40 * 50_000 * 4
    assert noise.nbytes == 10 * FEWEST_VALUES * 4
    same(small, walk(40, 50_000, 1e-4))


def test_a_training_run_takes_about_the_share_that_the_journal_counts_on():
    session = open_example("mnist-dense").session()
    session.set_epochs(2)
    session.journal.restart(0, session.parameters, 600)
    session.journal.checkpoints.budget = 0
    for _progress in session.slices(2):
        pass
    checkpoints = session.journal.checkpoints
    assert len(checkpoints) > 30
    assert 0.5 < checkpoints.nbytes / (len(checkpoints) * session.parameters.nbytes) < SHARE


def test_a_budget_that_packing_cannot_meet_thins_checkpoints_out():
    rng, journal = np.random.default_rng(3), Journal(2_000_000)
    checkpoint = rng.normal(size=2_000_000).astype(np.float32)
    # Nothing in common from place to place.
    for step in range(20):
        journal.offer(step, rng.permutation(checkpoint))
        assert journal.bytes <= MOST_BYTES
    assert 2 <= len(journal.checkpoints) < journal.room
