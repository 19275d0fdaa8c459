"""Kept places come back exactly, whatever they hold, and differences take less than the places."""

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
def test_places_come_back_bit_for_bit_in_any_order(size, room):
    places = walk(3 * FULL_EVERY + 2, size)
    history = ParameterHistory(int(room * places.nbytes))
    for i, place in enumerate(places):
        history.append(place)
        np.testing.assert_array_equal(history[i // 2], places[i // 2])
    same(history, places)
    same(history[3:20:3], places[3:20:3])
    same(history[::-1], places[::-1])
    for values, expected in zip(history, places, strict=True):
        np.testing.assert_array_equal(values, expected)
    earlier = history[:7]
    history.thin()
    same(history, places[::2])
    same(earlier, places[:7])
    history.append(places[1])
    same(history, [*places[::2], places[1]])


def test_numbers_that_are_none_come_back_too():
    places = walk(5, FEWEST_VALUES)
    places[1, :3] = np.nan, np.inf, -np.inf
    places[2, :2] = -0.0, np.float32(1e-44)
    # A NaN with a message, as a broken computation may leave it.
    places[3].view(np.uint32)[0] = 0x7FC12345
    history = ParameterHistory()
    for place in places:
        history.append(place)
    assert history.nbytes < places.nbytes
    same(history, places)


def test_what_was_read_or_given_cannot_change_what_is_kept():
    place = walk(1, 10)[0]
    history = ParameterHistory()
    history.append(place)
    before = place.copy()
    place[:] = 0
    np.testing.assert_array_equal(history[0], before)
    with pytest.raises(ValueError, match="read-only"):
        history[0][:] = 1


def test_what_there_is_room_for_stays_as_it_is_and_no_more_than_needed_is_packed():
    places = walk(40, 50_000, 1e-4)
    roomy, narrow = ParameterHistory(places.nbytes), ParameterHistory(int(0.9 * places.nbytes))
    for place in places:
        roomy.append(place)
        narrow.append(place)
    assert roomy.nbytes == places.nbytes
    assert 0.85 * places.nbytes < narrow.nbytes <= 0.9 * places.nbytes


def test_differences_take_less_and_noise_takes_no_more_than_it_is():
    small, noise = ParameterHistory(), ParameterHistory()
    for place in walk(40, 50_000, 1e-4):
        small.append(place)
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
    places = session.journal.checkpoints
    assert len(places) > 30
    assert 0.5 < places.nbytes / (len(places) * session.parameters.nbytes) < SHARE


def test_a_budget_that_packing_cannot_meet_thins_places_out():
    rng, journal = np.random.default_rng(3), Journal(2_000_000)
    place = rng.normal(size=2_000_000).astype(np.float32)
    # Nothing in common from place to place.
    for step in range(20):
        journal.offer(step, rng.permutation(place))
        assert journal.bytes <= MOST_BYTES
    assert 2 <= len(journal.checkpoints) < journal.room
