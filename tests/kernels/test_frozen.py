"""What is frozen stays: weights, running statistics and the map that a normalisation makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain, program, samples
from kernels.test_wiring import again, started

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import optimizers

FROZEN = {"frozen": True}


def norm_between(first, norm) -> NetworkSpec:
    return chain(("dense", {"units": 6, **first}), ("batchnorm", norm), ("tanh", {}), ("dense", {"units": 3}))


def values_of(result, node):
    """Copies of a node's arrays by name."""
    slots = [slot for slot in result.layout.parameters if slot.node == node]
    return {s.name: result.params[s.offset :][: s.size].copy() for s in slots}


def drawn_statistics(result, node):
    """Give a normalisation statistics that no batch of this data has."""
    rng = np.random.default_rng(4)
    for slot in result.layout.parameters:
        if slot.node == node:
            spread = rng.uniform(0.5, 3, slot.size)
            result.params[slot.offset :][: slot.size] = spread if slot.name != "bias" else spread - 1.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("first", [{}, FROZEN], ids=["learns before", "nothing learns before"])
def test_a_frozen_batch_norm_keeps_its_statistics_and_uses_them(first, dtype):
    x, y = samples(12, 5, classes=3)
    program = started(norm_between(first, FROZEN), (5,), "softmax_cross_entropy", "adam", x, y, dtype)
    drawn_statistics(program, "batchnorm1")
    before, weights = values_of(program, "batchnorm1"), values_of(program, "dense0")
    judge = started(norm_between(first, FROZEN), (5,), "softmax_cross_entropy", None, x, y, dtype)
    for _ in range(5):
        judge.params[:] = program.params[: judge.params.size]
        # What training sees is what it predicts: the loss is the same number.
        assert again(program)[0, 0] == pytest.approx(again(judge)[0, 0], rel=1e-6)
    after = values_of(program, "batchnorm1")
    assert sorted(before) == ["bias", "running_mean", "running_var", "weight"]
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values)
    moved = not np.array_equal(values_of(program, "dense0")["weight"], weights["weight"])
    assert moved == (first == {})


def test_the_gradient_through_a_frozen_batch_norm_is_that_of_the_affine_map():
    x, y = samples(9, 5, classes=3)
    program = started(norm_between({}, FROZEN), (5,), "softmax_cross_entropy", "sgd", x, y)
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    drawn_statistics(program, "batchnorm1")
    again(program)
    result = {
        s.node + s.name: program.gradient(s).copy() for s in program.layout.parameters if s.node == "dense0"
    }
    w = {
        f"{s.node}.{s.name}": program.params[s.offset :][: s.size].reshape(s.shape)
        for s in program.layout.parameters
    }
    scale = w["batchnorm1.weight"] / np.sqrt(w["batchnorm1.running_var"] + 1e-5)
    a = x @ w["dense0.weight"] + w["dense0.bias"]
    h = np.tanh((a - w["batchnorm1.running_mean"]) * scale + w["batchnorm1.bias"])
    z = h @ w["dense3.weight"] + w["dense3.bias"]
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(9), y[:, 0].astype(int)] -= 1
    da = (p / 9 @ w["dense3.weight"].T) * (1 - h * h) * scale
    np.testing.assert_allclose(result["dense0weight"], x.T @ da, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(result["dense0bias"], da.sum(0), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("frozen", ["owner", "sharer"])
def test_shared_statistics_are_left_alone_by_whoever_is_frozen(frozen):
    nodes = (
        NodeSpec("input", "input"),
        NodeSpec("a", "dense", {"units": 4}, ("input",)),
        NodeSpec("owner", "batchnorm", {"frozen": frozen == "owner"}, ("a",)),
        NodeSpec("b", "dense", {"units": 4}, ("owner",)),
        NodeSpec("sharer", "batchnorm", {"shares": "owner", "frozen": frozen == "sharer"}, ("b",)),
        NodeSpec("output", "output", {}, ("sharer",)),
    )
    x, y = samples(10, 5, classes=4)
    program = started(NetworkSpec(nodes), (5,), "softmax_cross_entropy", "sgd", x, y)
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.1}))
    drawn_statistics(program, "owner")
    judge = started(NetworkSpec(nodes), (5,), "softmax_cross_entropy", None, x, y)
    before = values_of(program, "owner")
    again(program)
    after = values_of(program, "owner")
    if frozen == "owner":
        # Weights are not moved by a layer that shares them either.
        for name in before:
            np.testing.assert_array_equal(after[name], before[name])
        return
    weights = values_of(judge, "a")
    a = x @ weights["weight"].reshape(5, 4) + weights["bias"]
    for name, batch in (("running_mean", a.mean(0)), ("running_var", a.var(0, ddof=1))):
        np.testing.assert_allclose(after[name], before[name] + 0.1 * (batch - before[name]), rtol=1e-9)


def test_a_batch_norm_that_learns_follows_the_batches_to_the_last_digits():
    x, y = samples(400, 5, classes=3)
    planned = program(norm_between(FROZEN, {"momentum": 0.001}), (5,), "softmax_cross_entropy", "sgd", 8)
    planned.set_data(x, y, np.arange(400))
    slots = {s.name: s for s in planned.layout.parameters if s.node == "batchnorm1"}
    dense = {s.name: planned.params[s.offset :][: s.size].reshape(s.shape).astype(float)
             for s in planned.layout.parameters if s.node == "dense0"}  # fmt: skip
    a = x.astype(np.float32).astype(float) @ dense["weight"] + dense["bias"]
    mean, var = np.zeros(6), np.ones(6)
    for batch in a.reshape(50, 8, 6):
        planned.run(1)
        mean += 0.001 * (batch.mean(0) - mean)
        var += 0.001 * (batch.var(0, ddof=1) - var)
    for name, expected in (("running_mean", mean), ("running_var", var)):
        got = planned.params[slots[name].offset :][:6].astype(float)
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7 * np.abs(expected).max())
