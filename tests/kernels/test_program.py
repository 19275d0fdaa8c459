"""A program refuses a state from which the machine would leave its buffers, and says where a run stands."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import MLP, chain, program, samples

from nnkernels import machine
from nnkernels.planning.plan import build
from nnkernels.program import MOST_STEPS, StateError
from nnkernels.spec import optimizers

COUNT, BATCH = 20, 8
X, Y = samples(COUNT, 5, classes=3)


@pytest.fixture
def program_of_mlp():
    """A program that learns, with its data."""
    planned = program(MLP, (5,), "softmax_cross_entropy", "adam", BATCH, np.float32)
    planned.set_data(X, Y, np.arange(COUNT))
    return planned


@pytest.mark.parametrize("visited", [-1, COUNT + 1, -(2**63), 2**70, 1.0, True, "3", None])
def test_a_run_cannot_be_resumed_beyond_its_data(program_of_mlp, visited):
    with pytest.raises(
        StateError, match="samples that a saved run has visited must be a whole number from 0"
    ):
        program_of_mlp.resume(3, visited)
    assert program_of_mlp.visited == 0


@pytest.mark.parametrize("steps", [-1, MOST_STEPS + 1, 2**63, 0.5])
def test_nor_after_a_number_of_steps_that_cannot_be(program_of_mlp, steps):
    with pytest.raises(StateError, match="steps of a saved run must be a whole number from 0"):
        program_of_mlp.resume(steps)


@pytest.mark.parametrize(
    "offset, value, told",
    [
        (machine.CURSOR, -1, "visited"), (machine.CURSOR, COUNT + 1, "visited"), (machine.STEP, -1, "steps"),
        (machine.SAMPLES_AT, 8, "not where"), (machine.RATES_AT, 8, "not where"),
    ],
)  # fmt: skip
def test_a_state_that_was_written_by_hand_is_not_run(program_of_mlp, offset, value, told):
    program_of_mlp.state[offset] = value
    with pytest.raises(StateError, match=told):
        program_of_mlp.run(1)


def test_without_data_nothing_is_run(program_of_mlp):
    program_of_mlp.restart(1)
    with pytest.raises(StateError, match="no data"):
        program_of_mlp.run(1)
    with pytest.raises(StateError, match="visited"):
        program_of_mlp.resume(0, 1)


def test_data_of_another_network_is_refused(program_of_mlp):
    order = np.arange(COUNT)
    for x, y in ((X[:, :4], Y), (X, Y[:-1]), (X, np.zeros((COUNT, 2)))):
        with pytest.raises(ValueError, match="do not fit a network of 5 inputs"):
            program_of_mlp.set_data(x, y, order)
    for order in (np.array([0, COUNT]), np.array([-1])):
        with pytest.raises(ValueError, match="names samples that are not"):
            program_of_mlp.set_data(X, Y, order)
    assert len(program_of_mlp.run(100)) == 3


@pytest.mark.parametrize("wrong", [-1, 3, np.nan, np.inf])
def test_class_numbers_that_are_none_are_refused(program_of_mlp, wrong):
    y = Y.copy()
    y[-1] = wrong
    with pytest.raises(ValueError, match="with 3 classes takes their numbers, from 0 to 2; received"):
        program_of_mlp.set_data(X, y, np.arange(COUNT))
    assert len(program_of_mlp.run(100)) == 3


def test_only_outputs_with_classes_ask_for_their_numbers():
    for loss, most in (("mse", np.inf), ("binary_cross_entropy", 1)):
        planned = program(chain(("dense", {"units": 1})), (5,), loss, None, BATCH)
        planned.set_data(X, np.full((COUNT, 1), most), np.arange(COUNT))
    with pytest.raises(ValueError, match="Binary cross-entropy with 2 classes"):
        planned.set_data(X, np.full((COUNT, 1), 2), np.arange(COUNT))


def test_rates_must_last_for_the_pass(program_of_mlp):
    settings = optimizers["adam"].defaults()
    program_of_mlp.set_hyperparameters(settings, np.ones(2))
    with pytest.raises(StateError, match="2 learning rates are not enough for a pass of 20 samples"):
        program_of_mlp.run(1)
    program_of_mlp.set_hyperparameters(settings, np.array([1.0, 0.5, 0.25]))
    program_of_mlp.run(2)
    assert program_of_mlp.rate == pytest.approx(settings["learning_rate"] / 2)


@pytest.mark.parametrize(
    "wrong", [lambda p: p[:-1], lambda p: p.astype(np.float64), lambda p: np.repeat(p, 2)[::2]]
)
def test_shared_parameters_must_be_as_the_program_wants_them(program_of_mlp, wrong):
    with pytest.raises(ValueError, match="Shared parameters must be"):
        build(MLP, (5,), "softmax_cross_entropy", "adam", BATCH, 1, params=wrong(program_of_mlp.params))


def test_a_rewound_program_repeats_its_steps_with_the_rates_it_has_now(program_of_mlp):
    settings = optimizers["adam"].defaults()
    program_of_mlp.set_hyperparameters(settings, np.full(3, 0.5))
    program_of_mlp.run(1)
    kept = program_of_mlp.checkpoint()
    assert (kept.steps, kept.visited) == (1, BATCH)
    # The table of the rates before is gone by now.
    program_of_mlp.set_hyperparameters(settings, np.array([1.0, 2.0, 3.0]))
    rows, after = program_of_mlp.run(2), program_of_mlp.params.copy()
    assert program_of_mlp.finished and (program_of_mlp.steps, program_of_mlp.visited) == (3, COUNT)
    program_of_mlp.rewind(kept)
    assert not program_of_mlp.finished
    np.testing.assert_array_equal(program_of_mlp.run(2), rows)
    np.testing.assert_array_equal(program_of_mlp.params, after)
    assert program_of_mlp.rate == pytest.approx(3 * settings["learning_rate"])


def test_what_a_step_gave_can_be_asked_for(program_of_mlp):
    gone_back = build(MLP, (5,), "softmax_cross_entropy", None, COUNT, 1, gradients=True)
    gone_back.set_parameters(program_of_mlp.layout.initial(1))
    gone_back.set_data(X, Y, np.arange(COUNT))
    rows = gone_back.run(1)
    assert gone_back.loss == rows[0, 0] > 0
    flat = gone_back.flat_gradient()
    for slot in gone_back.layout.parameters:
        part = flat[slot.offset : slot.offset + slot.size].reshape(slot.shape)
        np.testing.assert_array_equal(part, gone_back.gradient(slot))
    assert gone_back.has_gradients and gone_back.has_output_gradient(gone_back.layout.logits)
    assert not build(MLP, (5,), "softmax_cross_entropy", None, COUNT, 1).has_gradients
