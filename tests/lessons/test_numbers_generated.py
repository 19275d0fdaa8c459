"""What the lesson on a generator and its judge states as numbers, counted here in another way."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest

from nnstudio.lessons.actions import Action, Reset, SetData, SetSetting, Train
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"


def played(*actions: Action) -> Player:
    player = Player(LESSONS / "gan" / "start.nns")
    player.play((*actions, Reset(), Train()))
    return player


def turns(value: str) -> SetSetting:
    return SetSetting(setting="turns", value=value)


def reach(points: np.ndarray) -> np.ndarray:
    """How far each point's third neighbour is."""
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
    return np.sort(apart, axis=1)[:, 3]


def shares(player: Player) -> tuple[float, float]:
    """Of 256 generated points those near 256 real ones, and of these those covered."""
    points = player.session.predict(np.zeros((256, 2), np.float32), "gen").astype(np.float64)
    real = player.session.data.x_validation[:256].astype(np.float64)
    near = [bool((np.hypot(*(real - p).T) <= reach(real)).any()) for p in points]
    covered = [bool((np.hypot(*(points - r).T) <= reach(points)).any()) for r in real]
    return float(np.mean(near)), float(np.mean(covered))


def test_losses_of_a_caught_forger_and_of_a_judge_who_guesses():
    assert (round(-log(0.9), 3), round(-log(0.1), 3), round(-log(0.5), 3)) == (0.105, 2.303, 0.693)


def test_in_balance_all_clouds_are_covered_and_the_judge_nearly_guesses():
    player = played()
    assert shares(player) == pytest.approx((0.80, 0.79), abs=0.06)
    real, caught, _fooled = player.session.outputs.rows[-1]
    assert (real, caught) == pytest.approx((0.62, 0.66), abs=0.03)
    points = player.session.predict(np.zeros((1000, 2), np.float32), "gen")
    angles = np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi / 8)
    at = np.round(angles).astype(int) % 8
    centres = 1.8 * np.stack([np.cos(at * np.pi / 4), np.sin(at * np.pi / 4)], 1)
    hit = at[np.hypot(*(points - centres).T) < 0.3]
    assert (np.bincount(hit, minlength=8) > 0).all()


def test_twenty_steps_of_the_generator_collapse():
    assert shares(played(turns("judge 1, generator 20")))[1] == pytest.approx(0.0, abs=0.1)


def test_a_judge_of_forty_steps_is_too_strong():
    player = played(turns("judge 40, generator 1"))
    assert shares(player)[0] == pytest.approx(0.14, abs=0.06)
    fooled = player.session.outputs.rows[:, 2]
    # Not every epoch has a step of the generator.
    assert fooled[~np.isnan(fooled)][-1] == pytest.approx(9, abs=1.5)


def test_two_moons_are_imitated_too():
    player = played(SetData(option="shape", value="two moons"))
    assert shares(player) == pytest.approx((0.86, 0.77), abs=0.06)
