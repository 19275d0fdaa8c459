"""Methods that fool a network, on one that a line divides, where all of it can be solved by hand."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import Formula, asked, explained, stages

ROW = np.array([0.4, 0.5, 0.6, 0.5], np.float32)


def network_with_margin(margin: float) -> Formula:
    """One that gives `ROW` this logit."""
    network = Formula(ROW.shape)
    network.bias = margin - float(network.logits(ROW[None].astype(float))[0])
    return network


def test_one_step_goes_by_the_strength_against_the_label_and_stays_between_the_ends():
    network = network_with_margin(1.0)
    result = explained("fgsm", network, asked(ROW, 1, high=2.0), strength=0.1)
    np.testing.assert_allclose(result.values, ROW - 0.2 * np.sign(network.linear))
    ends = explained("fgsm", network, asked(ROW, 1), strength=1.0).values
    assert ends.tolist() == np.where(network.linear > 0, 0.0, 1.0).tolist()
    assert result.figures["loss now"] > result.figures["loss for yes before"]


def test_towards_a_class_it_goes_the_other_way():
    network = network_with_margin(-0.01)
    result = explained("fgsm", network, asked(ROW, 0, toward=1), strength=0.2)
    np.testing.assert_allclose(result.values, ROW + 0.2 * np.sign(network.linear), rtol=1e-6)
    assert (result.figures["taken for before"], result.figures["taken for now"]) == ("no", "yes")


def test_many_steps_never_leave_the_strength_around_the_start():
    network = network_with_margin(0.5)
    question = asked(ROW, 1)
    for stage in stages("iterated_fgsm", network, question, strength=0.15, steps=7):
        assert np.abs(stage.sample - ROW).max() <= 0.15 + 1e-7
    np.testing.assert_allclose(stage.sample, ROW - 0.15 * np.sign(network.linear), rtol=1e-6)


def test_a_value_outside_of_the_ends_is_not_pulled_back_to_them():
    network = network_with_margin(0.5)
    outside = ROW + np.float32(2)
    moved = explained("fgsm", network, asked(outside, 1), strength=0.1).values - outside
    assert np.abs(moved).max() <= 0.1 + 1e-6
    assert (moved[network.linear < 0] == 0).all(), "further off they do not go"


@pytest.mark.parametrize("steps", [1, 5])
def test_the_smallest_change_is_where_the_line_is_crossed(steps):
    margin = 0.3
    network = network_with_margin(margin)
    result = explained("smallest_change", network, asked(ROW, 1), most=0.4, steps=steps)
    exact = margin / np.abs(network.linear).sum()
    assert result.figures["strength"] == pytest.approx(exact, rel=1e-3)
    assert result.figures["taken for now"] == "no" and not result.notes


def test_where_no_strength_is_enough_that_is_said():
    result = explained("smallest_change", network_with_margin(9.0), asked(ROW, 1), most=0.1)
    assert "No strength up to 0.1" in result.notes[0] and result.figures["taken for now"] == "yes"


def test_a_sample_that_is_taken_for_another_class_needs_no_change():
    result = explained("smallest_change", network_with_margin(-0.5), asked(ROW, 1))
    assert result.figures["strength"] == 0 and "taken for no as it is" in result.notes[0]
    assert np.array_equal(result.values, ROW)


def test_a_loss_without_a_gradient_is_said_to_move_nothing():
    network = network_with_margin(1.0)
    network.linear[:] = 0
    result = explained("fgsm", network, asked(ROW, 1))
    assert "gradient of the loss is 0" in result.notes[0] and np.array_equal(result.values, ROW)


def test_robustness_counts_samples_whose_margin_is_larger_than_what_a_strength_can_move():
    rng = np.random.default_rng(2)
    x = rng.uniform(0.4, 0.6, (75, 4)).astype(np.float32)
    network = network_with_margin(0.0)
    y = (rng.uniform(size=75) < 0.5).astype(np.float32)[:, None]
    result = explained("robustness", network, asked(ROW, 1, many=(x, y)), most=0.05, points=6, samples=75)
    margins = (2 * y.ravel() - 1) * network.logits(x.astype(float))
    expected = [(margins > s * np.abs(network.linear).sum()).mean() for s in np.linspace(0, 0.05, 6)]
    assert result.columns == ("strength", "accuracy")
    np.testing.assert_allclose(np.array(result.rows), np.stack([np.linspace(0, 0.05, 6), expected], 1))
    assert not result.notes
    few = explained("robustness", network, asked(ROW, 1, many=(x[:5], y[:5])))
    assert "5 samples" in few.notes[0]
