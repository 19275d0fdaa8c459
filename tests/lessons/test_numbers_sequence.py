"""What the lesson on sequences states as numbers, computed here another way."""

from __future__ import annotations

import csv
import math
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from nnstudio.lessons.actions import AddLayer, Answer, RemoveLayer, Reset, SetData, Train
from nnstudio.lessons.conditions import Answered
from nnstudio.lessons.lesson import Step, shipped_lesson
from nnstudio.lessons.player import Player

LESSON = Path(__file__).parents[2] / "resources" / "lessons" / "sequence"
# The months that the network does not learn from, and how far ahead is forecast.
TESTS, AHEAD = 26, 12
SHARES = (SetData(option="log", value=True), SetData(option="change_from", value="row before"))


def passengers() -> list[float]:
    text = files("nnstudio.resources").joinpath("datasets/airline-passengers.csv").read_text()
    return [float(row[1]) for row in list(csv.reader(text.splitlines()))[1:]]


@pytest.fixture
def player() -> Player:
    return Player(LESSON / "start.nns")


def steps_by_title() -> dict[str, Step]:
    return {step.title: step for step in shipped_lesson("sequence").lesson.steps}


def by_hand(back: int) -> float:
    """The mean absolute error of taking the last value that stands so many months before, or a multiple."""
    values, errors = passengers(), []
    for origin in range(len(values) - TESTS - 1, len(values) - 1):
        for month in range(origin + 1, min(origin + AHEAD, len(values) - 1) + 1):
            before = month
            while before > origin:
                before -= back
            errors.append(abs(values[month] - values[before]))
    return sum(errors) / len(errors)


def test_the_naive_forecasts_are_off_by_what_the_lesson_says(player):
    seasonal, last = by_hand(12), by_hand(1)
    assert (round(seasonal, 2), round(last, 2)) == (48.67, 82.36)
    assert player.network().forecast_errors("seasonal naive")[1] == pytest.approx(seasonal)
    assert player.network().forecast_errors("naive")[1] == pytest.approx(last)
    told = " ".join(step.text + step.praise for step in shipped_lesson("sequence").lesson.steps)
    assert "48.67" in told and "82.36" in told


@pytest.mark.parametrize("answer, is_right", [("49", True), ("48.7", True), ("48.67", True), ("48", False)])
def test_the_bar_may_be_rounded(player, answer, is_right):
    (check,) = (c for c in steps_by_title()["A bar to beat"].checks if isinstance(c, Answered))
    player.play((Answer(text=answer),))
    assert player.judge(check).holds == is_right


def test_who_skips_the_letters_has_not_learned_to_spell(player):
    player.play((Train(epochs=5),))
    lacking = [player.judge(check).missing for check in steps_by_title()["Learn to spell"].checks]
    assert "it should be Shakespeare" in lacking[0] and "it should be “Softmax cross-entropy”" in lacking[1]


def test_values_fail_in_the_future_and_shares_beat_the_seasonal_forecast(player):
    player.play((Train(),))
    network = player.network()
    assert network.score("training")[0] < 0.05 and network.forecast_errors("naive")[0] > 100
    data, values = player.session.data, passengers()
    learned = max(values[: data.series.ends["training"][-1] + 1])
    assert sum(value > learned for value in values[-TESTS:]) == 15
    player.play((*SHARES, Reset(), Train()))
    own, bar = player.network().forecast_errors("seasonal naive")
    assert own == pytest.approx(31.5, abs=9) and own < 0.9 * bar


def test_the_layers_have_as_many_numbers_to_learn_as_the_lesson_says(player):
    def count() -> int:
        arrays = player.session.arrays()
        return sum(values.size for values in arrays.values()) - 17

    assert count() == 4 * 16 * (1 + 16 + 1) == 1152
    player.play(
        (RemoveLayer(node="LSTM"), AddLayer(kind="simplernn", behind="Sequence", options={"units": 16}))
    )
    assert count() == 16 * (1 + 16 + 1) == 288


def test_a_weighted_sum_is_better_than_any_of_them(player):
    flat = (RemoveLayer(node="LSTM"), AddLayer(kind="flatten", behind="Sequence"))
    player.play((*SHARES, *flat, Reset(), Train()))
    own, bar = player.network().forecast_errors("seasonal naive")
    assert own == pytest.approx(15, abs=2) and own < 0.4 * bar
    assert sum(values.size for values in player.session.arrays().values()) == 13


def test_letters_are_learned_to_about_three_bits_each(player):
    steps = steps_by_title()
    player.play((RemoveLayer(node="LSTM"), AddLayer(kind="flatten", behind="Sequence")))
    player.play(steps["Letters instead of months"].solution)
    player.play(steps["Learn to spell"].solution)
    data = player.session.data
    loss = player.network().score("test")[0]
    assert loss == pytest.approx(2.14, abs=0.08) and loss / math.log(2) == pytest.approx(3.1, abs=0.12)
    counts = np.bincount(data.y_train[:, 0].astype(int), minlength=61) + 1
    alone = -np.log(counts / counts.sum())[data.y_test[:, 0].astype(int)].mean()
    assert len(data.classes) == 61 and alone == pytest.approx(3.3, abs=0.05)
