"""What is left of a run: told late rather than wrong, and never by leaps."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nnstudio.training.pace import Pace, show_left

GOAL = 200.0


def told(looks, goal=GOAL):
    """Times with what is left from then on as told, of recorded (seconds, epochs)."""
    pace = Pace()
    return [(at, pace.look(at, done, goal)) for at, done in looks]


def recorded(rates, every=1.0, goal=GOAL):
    """Looks at a run that does so many epochs in each second, until it ends."""
    done, looks = 0.0, [(0.0, 0.0)]
    for second, rate in enumerate(rates, 1):
        done += rate
        if done >= goal:
            break
        if second % every == 0:
            looks.append((float(second), done))
    return looks


def leaps(answers):
    """By which factors what is told moves from look to look, beside the time that went by, above the few
    seconds that nobody counts.
    """
    known = [(at, left) for at, left in answers if left is not None]
    pairs = [(max(a - (y - x), 10.0), max(b, 10.0)) for (x, a), (y, b) in pairwise(known)]
    return [max(a / b, b / a) for a, b in pairs]


def test_a_slow_start_is_not_told_of():
    answers = told(recorded([0, 0, 0.02, 0.1, 0.3] + [1.0] * 300))
    first_at, first = next((at, left) for at, left in answers if left is not None)
    assert 8 <= first_at <= 22
    assert first == pytest.approx(GOAL - first_at + 4, rel=0.4)
    assert max(leaps(answers)) < 1.2
    late = [(at, left) for at, left in answers if at > 60]
    assert all(left == pytest.approx(max(204.6 - at, 10), rel=0.1) for at, left in late)


def test_a_busy_spell_moves_it_slowly_and_it_comes_back():
    answers = told(recorded([2.0] * 30 + [0.5] * 10 + [2.0] * 200))
    assert max(leaps(answers)) < 1.2
    at, left = answers[-20]
    assert left == pytest.approx(107.5 - at, rel=0.15)


def test_after_a_pause_it_is_measured_anew():
    pace = Pace()
    for second in range(20):
        pace.look(float(second), second * 1.0, GOAL)
    pace.forget()
    assert pace.look(500.0, 19.0, GOAL) is None
    answers = [pace.look(500.0 + n, 19.0 + 4.0 * n, GOAL) for n in range(1, 20)]
    assert answers[0] is None and answers[-1] == pytest.approx((GOAL - 95) / 4, rel=0.1)


def test_a_machine_that_slept_is_not_taken_for_a_slow_one():
    looks = [(float(n), n * 1.0) for n in range(40)] + [(600.0 + n, 40.0 + n) for n in range(40)]
    for at, left in told(looks)[45:]:
        assert left == pytest.approx(GOAL - (at - 560), rel=0.35)


def test_judging_at_the_end_of_each_long_epoch_counts_from_the_second_on():
    # Forty seconds of training and ten of judging, in which nothing goes on.
    looks = recorded(([0.025] * 40 + [0.0] * 10) * 8, goal=8)
    answers = told(looks, 8)
    assert max(leaps(answers)) < 1.2
    for at, left in answers:
        if 110 < at < 340:
            assert left == pytest.approx(400 - at, rel=0.25)


def test_at_watch_epochs_wait_and_it_is_told_at_once_when_it_goes_evenly():
    answers = told(recorded([60.0] * 60, goal=3000), 3000)
    known = [(at, left) for at, left in answers if left is not None]
    assert known[0][0] <= 9
    assert all(left == pytest.approx(max(50 - at, 10), rel=0.05) for at, left in known)


def test_what_was_far_off_is_taken_back():
    answers = told(recorded([8.0] * 8 + [0.1] * 300))
    assert answers[7][1] is not None
    assert None in [left for _at, left in answers[10:]]
    assert answers[-1][1] == pytest.approx((GOAL - 64 - 0.1 * 300) / 0.1, rel=0.1)


def test_a_run_that_never_goes_evenly_is_told_of_in_the_end():
    answers = told(recorded([3.0, 0.2, 0.1, 0.1, 2.5, 0.3] * 60))
    assert any(left is not None for at, left in answers if at <= 25)


def test_looks_that_come_too_soon_are_not_due():
    pace = Pace()
    assert pace.is_due(0.0)
    pace.look(0.0, 0.0, GOAL)
    assert not pace.is_due(0.5) and pace.is_due(1.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4, "a few seconds"), (30, "under a minute"), (62, "about a minute"), (95, "about 1.5 min"),
        (130, "about 2 min"), (9.2 * 60, "about 9 min"), (14 * 60, "about 15 min"), (61 * 60, "about 1 h"),
        (100 * 60, "about 1.5 h"), (30 * 3600, "about 30 h"),
    ],
)  # fmt: skip
def test_no_more_digits_are_told_than_are_known(seconds, words):
    assert show_left(seconds) == words


def test_two_looks_far_apart_tell_nothing_of_steadiness():
    pace = Pace()
    for now, epochs in ((0.0, 0.0), (1.0, 1.0), (6.0, 4.0)):
        assert pace.look(now, epochs, 100) is None
