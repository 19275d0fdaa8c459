"""An input that gives the answer away, along a line, a curve, by a bound or by its values."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.doctor.findings.leak import Leak

RNG = np.random.default_rng(0)
NUMBERS, NOISE = RNG.normal(0, 1, 300), RNG.normal(0, 1, 300)
EVENLY = RNG.uniform(0, 100, 300).round(1)
TWO = (np.arange(300) % 2).astype(float)


@pytest.mark.parametrize(
    "column, y, told",
    [
        (3 * NUMBERS + 1, NUMBERS, "straight line"),
        (np.exp(NUMBERS), NUMBERS, "only rises or only falls"),
        (1 / (NUMBERS + 9), NUMBERS, "only rises or only falls"),
        (NUMBERS**2, NUMBERS, ""),
        (np.exp(NUMBERS) + 0.1 * NOISE, NUMBERS, ""),
        (TWO, NUMBERS, ""),
        (np.zeros(300), NUMBERS, ""),
    ],
    ids=["line", "curve", "falling curve", "no order", "noise", "two values", "constant"],
)
def test_numbers_follow_from_what_has_their_order(column, y, told):
    given = Leak._gives(column, y, are_classes=False)
    assert told in given if told else given == ""


@pytest.mark.parametrize(
    "column, y, told",
    [
        (EVENLY, (EVENLY >= 50).astype(float), "below a bound"),
        (EVENLY, (EVENLY < 30).astype(float), "below a bound"),
        (EVENLY, np.where(np.arange(300) == 7, EVENLY < 50, EVENLY >= 50).astype(float), ""),
        (NOISE + 12 * TWO, TWO, ""),
        (EVENLY[:60], (EVENLY[:60] >= 50).astype(float), ""),
        (7 * TWO, TWO, "each of its values goes with one class"),
    ],
    ids=["bound", "below it", "one beyond", "apart by themselves", "few", "codes"],
)
def test_classes_follow_from_what_is_cut_in_its_midst(column, y, told):
    given = Leak._gives(column, y, are_classes=True)
    assert told in given if told else given == ""
