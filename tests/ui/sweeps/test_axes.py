"""Where values stand on the axes of parallel coordinates."""

from __future__ import annotations

import pytest

from nnstudio.sweep.space import Between, Listed, Varied
from nnstudio.ui.sweeps.axes import Tick, axis_of, score_axis


def test_single_values_stand_at_even_distances_numbers_rising():
    axis = axis_of(Varied("learning_rate", Listed((0.1, 0.001, 0.01))), "Learning rate")
    assert [axis.height(v) for v in (0.001, 0.01, 0.1)] == [0.0, 0.5, 1.0]
    assert axis.ticks() == [Tick(0.0, "0.001"), Tick(0.5, "0.01"), Tick(1.0, "0.1")]


def test_words_keep_their_order_and_switches_are_on_or_off():
    words = axis_of(Varied("optimizer", Listed(("sgd", "adam", "lion"))), "Optimizer")
    assert [tick.text for tick in words.ticks()] == ["sgd", "adam", "lion"]
    assert [t.text for t in axis_of(Varied("d.bias", Listed((True, False))), "Bias").ticks()] == ["on", "off"]


def test_a_single_value_stands_in_the_middle():
    assert axis_of(Varied("batch_size", Listed((8,))), "Batch size").ticks() == [Tick(0.5, "8")]


def test_of_many_values_some_are_written():
    axis = axis_of(Varied("epochs", Listed(tuple(range(1, 101)))), "Epochs")
    assert len(axis.ticks()) <= 9 and axis.height(100) == 1.0


def test_a_range_may_be_by_its_logarithm():
    plain = axis_of(Varied("l2", Between(0.0, 10.0)), "L2")
    log = axis_of(Varied("l2", Between(0.0001, 1.0, log=True)), "L2")
    assert plain.height(2.5) == 0.25 and log.height(0.01) == pytest.approx(0.5)
    assert [t.text for t in log.ticks()] == ["0.0001", "0.001", "0.01", "0.1", "1"]
    whole = axis_of(Varied("d.units", Between(4, 7, whole=True)), "Units")
    assert [t.text for t in whole.ticks()] == ["4", "5", "6", "7"]


def test_scores_that_lie_far_apart_are_drawn_by_their_logarithm():
    assert score_axis("loss", [1.0, 2.0, 3.0]).height(2.0) == pytest.approx(0.5)
    assert score_axis("loss", [0.01, 0.1, 1.0]).height(0.1) == pytest.approx(0.5)
    assert score_axis("loss", [0.0, 50.0, 100.0]).height(50.0) == pytest.approx(0.5)
    assert score_axis("loss", [0.25]).ticks() == [Tick(0.5, "0.25")]
