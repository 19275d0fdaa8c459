"""Adversarial training: one step equals a step on samples that were pushed beforehand, computed elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.networks import BRANCHES, MLP, chain, samples

from nnkernels.graph.network import NodeError
from nnkernels.ops.pushing import Push
from nnkernels.planning.plan import build
from nnkernels.planning.pullback import input_gradient
from nnkernels.program import Program
from nnkernels.spec import SpecError, optimizers

SHAPE, COUNT = (8, 8, 2), 60
CONV = chain(
    ("conv2d", {"filters": 5}), ("relu", {}), ("maxpool2d", {}), ("flatten", {}), ("dense", {"units": 3})
)
RATE = 0.1


def push(values: int, room: float = 0.3, low: float = -1.0, high: float = 1.0) -> Push:
    return Push(np.full(values, room), np.full(values, low), np.full(values, high))


def learning(network=CONV, batch: int = 24, dtype: Any = np.float32, **how: Any) -> Program:
    """A network that learns by plain gradients, with data."""
    program = build(network, SHAPE, "softmax_cross_entropy", "sgd", batch, 1, dtype, **how)
    program.params[: program.layout.parameter_count] = program.layout.initial(3).astype(np.float32)
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": RATE}))
    program.restart(9)
    x, y = samples(COUNT, *SHAPE, classes=3)
    program.set_data(x, y, np.random.default_rng(1).permutation(COUNT))
    return program


def test_one_layer_learns_from_samples_that_were_pushed_by_hand():
    """Softmax of x W + b, whose gradients NumPy knows."""
    x, y = samples(7, 4, classes=3)
    network = chain(("dense", {"units": 3}))
    program = build(network, (4,), "softmax_cross_entropy", "sgd", 7, 1, np.float64, push=push(4, high=0.8))
    w, b = np.random.default_rng(5).normal(size=(4, 3)), np.array([0.1, -0.2, 0.3])
    program.params[:15] = np.concatenate([w.ravel(), b])
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": RATE}))
    program.set_data(x, y, np.arange(7))
    row = program.run(1)[0]

    def missing(inputs):
        scores = inputs @ w + b
        shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        return shares - np.eye(3)[y.ravel().astype(int)], shares

    # A value beyond an end is not pulled back to it.
    low, high = np.minimum(x, -1.0), np.maximum(x, 0.8)
    pushed = np.clip(x + 0.3 * np.sign(missing(x)[0] @ w.T), low, high)
    wrong, shares = missing(pushed)
    expected = np.concatenate([(w - RATE * pushed.T @ wrong / 7).ravel(), b - RATE * wrong.mean(0)])
    np.testing.assert_allclose(program.params[:15], expected, rtol=1e-10)
    losses = -np.log(shares[np.arange(7), y.ravel().astype(int)])
    assert row[0] == pytest.approx(losses.sum()) and row[1] == (shares.argmax(1) == y.ravel()).sum()


@pytest.fixture
def cut_small(monkeypatch):
    for name in ("MICRO_BATCH_BYTES", "FLOPS_PER_PARAMETER", "MIN_PARALLEL_FLOPS"):
        monkeypatch.setattr(f"nnkernels.planning.micro_batches.{name}", 0)


def test_a_step_of_a_convnet_equals_one_on_pushed_samples(cut_small):
    """The way back to the samples is another program's."""
    trained = learning(dtype=np.float64, push=push(128))
    x, y, order = trained._data
    back = build(CONV, SHAPE, "softmax_cross_entropy", None, COUNT, 1, np.float64, by=("input",))
    back.params[:] = trained.params[: back.layout.parameter_count]
    back.set_data(x, y, np.arange(COUNT))
    back.run(1)
    slope = np.sign(input_gradient(back, COUNT, SHAPE))
    pushed = np.clip(x + 0.3 * slope, np.minimum(x, -1), np.maximum(x, 1))
    plain = learning(dtype=np.float64)
    plain.set_data(pushed, y, order)
    np.testing.assert_allclose(trained.run(1), plain.run(1), rtol=1e-9)
    assert trained.micro_batch < 24
    np.testing.assert_allclose(trained.params, plain.params, rtol=1e-9, atol=1e-12)


KINDS = {
    "recurrent": (chain(("gru", {"units": 5, "bidirectional": True}), ("dense", {"units": 3})), (6, 4)),
    "by the batch": (
        chain(("dense", {"units": 6}), ("batchnorm", {}), ("relu", {}), ("dense", {"units": 3})), (5,)
    ),
    "branches": (BRANCHES, (6,)),
    "drawn anew": (
        chain(("randomshift", {}), ("conv2d", {"filters": 4}), ("flatten", {}), ("dense", {"units": 3})),
        (8, 8, 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_layers_behave_as_in_training_both_times(kind, cut_small):
    """The way back to the samples is that of a program which goes as training does, and learns nothing."""
    network, shape = KINDS[kind]
    loss = "binary_cross_entropy" if network is BRANCHES else "softmax_cross_entropy"
    x, y = samples(12, *shape, classes=2)

    def program(optimizer, at, **how):
        it = build(network, shape, loss, optimizer, 12, 1, np.float64, **how)
        it.params[: it.layout.parameter_count] = it.layout.initial(3)
        it.restart(9)
        it.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": RATE}))
        it.set_data(at, y, np.arange(12))
        it.run(1, 2)
        return it

    back = program(None, x, gradients=True, by=("input",))
    pushed = x + 0.3 * np.sign(input_gradient(back, 12, shape))
    learned = program("sgd", x, push=push(int(np.prod(shape)), low=-9, high=9))
    trained = [slot for slot in learned.layout.parameters if slot.trained]
    plain = program("sgd", pushed)
    for slot in trained:
        own, other = (p.params[slot.offset : slot.offset + slot.size] for p in (learned, plain))
        np.testing.assert_array_equal(own, other)


def test_bits_do_not_depend_on_threads(cut_small):
    one, two = (learning(push=push(128)) for _ in range(2))
    np.testing.assert_array_equal(one.run(6, 1), two.run(6, 2))
    np.testing.assert_array_equal(one.params, two.params)


def test_a_run_that_is_resumed_equals_one_that_never_stopped():
    straight, stopped, resumed = (learning(push=push(128)) for _ in range(3))
    straight.run(3)
    stopped.run(1)
    resumed.params[:] = stopped.params
    resumed.resume(stopped.steps, stopped.visited)
    resumed.run(2)
    np.testing.assert_array_equal(resumed.params, straight.params)


def test_what_is_drawn_at_random_is_drawn_alike_before_and_after():
    """Inputs that dropout drops have no gradient: they stay, and only they."""
    network = chain(("dropout", {"rate": 0.5}), ("flatten", {}), ("dense", {"units": 3}))
    program = learning(network, batch=COUNT, push=push(128, low=-9, high=9), keep=("input", "dropout0"))
    x, _, order = program._data
    program.run(1)
    moved = program.activation("input", COUNT) != x[order]
    dropped = program.activation("dropout0", COUNT) == 0
    assert 0.4 < dropped.mean() < 0.6 and np.array_equal(moved, ~dropped)


def test_what_evaluates_sees_samples_as_they_are():
    x, y = samples(20, *SHAPE, classes=3)
    programs = [build(CONV, SHAPE, "softmax_cross_entropy", None, 20, 1, push=p) for p in (None, push(128))]
    for program in programs:
        program.params[:] = program.layout.initial(1)
        program.set_data(x, y, np.arange(20))
    np.testing.assert_array_equal(*(program.run(1) for program in programs))


def test_what_does_not_go_with_pushing_says_so():
    with pytest.raises(SpecError, match=r"Adversarial training does not go with Hill climber"):
        build(MLP, (5,), "mse", "hill_climber", 4, 3, push=push(5))
    reading = chain(("embedding", {"size": 9}), ("flatten", {}), ("dense", {"units": 2}))
    with pytest.raises(NodeError, match=r"certain numbers only.*Set adversarial strength to 0"):
        build(reading, (5,), "mse", "sgd", 4, 2, push=push(5))
