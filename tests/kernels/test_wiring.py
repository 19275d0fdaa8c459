"""What goes beyond a chain: several inputs and outputs, shared and frozen weights, searching."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import CONVNET, chain, samples

from nnkernels.graph.network import NetworkSpec, NodeError, NodeSpec
from nnkernels.planning.plan import build
from nnkernels.program import Layout, Program
from nnkernels.spec import SpecError, losses, optimizers

N = NodeSpec


def started(network, shape, loss, optimizer, x, y, dtype=np.float64, batch=0, **given) -> Program:
    """A program on these samples, with drawn parameters."""
    started = build(network, shape, loss, optimizer, batch or len(x), y.shape[1], dtype, **given)
    count = started.layout.parameter_count
    started.params[:count] = started.layout.initial(3)
    started.set_data(x, y, np.arange(len(x)))
    if optimizer:
        started.set_hyperparameters(optimizers[optimizer].complete({"learning_rate": 0.05}))
    return started


def again(again: Program, steps: int = 1) -> np.ndarray:
    """The same batch once more."""
    again.resume(again.steps)
    return again.run(steps)


TWO_BY_TWO = NetworkSpec(
    (
        N("left", "input", {"columns": "1-2"}),
        N("right", "input", {"columns": "4, 3"}),
        N("a", "dense", {"units": 3}, ("left",)),
        N("b", "dense", {"units": 3, "shares": "a"}, ("right",)),
        N("join", "concatenate", {}, ("a", "b")),
        N("value", "dense", {"units": 2}, ("join",)),
        N("kind", "dense", {"units": 3}, ("join",)),
        N("likely", "softmax", {}, ("kind",)),
        N("out1", "output", {"columns": "1, 3", "loss": "mse"}, ("value",)),
        N("out2", "output", {"columns": "2", "loss": "softmax_cross_entropy", "weight": 0.25}, ("likely",)),
    )
)


def two_by_two_data(count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.stack([rng.normal(size=count), rng.integers(0, 3, count), rng.normal(size=count)], 1)
    return rng.normal(size=(count, 5)), y


def test_two_inputs_and_two_outputs_add_their_weighted_losses():
    x, y = two_by_two_data()
    program = started(TWO_BY_TWO, (5,), "mse", None, x, y)
    total, right = program.run(1)[0]
    np.testing.assert_array_equal(program.activation("left", 6), x[:, :2])
    np.testing.assert_array_equal(program.activation("right", 6), x[:, [3, 2]])
    values, likely = program.activation("value", 6), program.activation("likely", 6)
    squares = ((values - y[:, [0, 2]]) ** 2).mean(1)
    entropy = -np.log(likely[np.arange(6), y[:, 1].astype(int)])
    assert total == pytest.approx((squares + 0.25 * entropy).sum(), rel=1e-9)
    assert right == 0, "correct predictions are those of the first output, which has numbers"


def test_gradients_with_shared_weights_and_two_outputs_equal_finite_differences():
    x, y = two_by_two_data()
    program = started(TWO_BY_TWO, (5,), "mse", "sgd", x, y)
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    count, rng = program.layout.parameter_count, np.random.default_rng(1)
    assert count == (2 * 3 + 3) + (6 * 2 + 2) + (6 * 3 + 3), "the shared layer counts once"
    start = program.params[:count].copy()
    again(program)
    gradient = program.grads[:count].copy()
    for _ in range(5):
        direction = rng.normal(size=count)
        program.params[:count] = start + 1e-6 * direction
        up = again(program)[0, 0]
        program.params[:count] = start - 1e-6 * direction
        down = again(program)[0, 0]
        assert gradient @ direction == pytest.approx((up - down) / 2e-6 / 6, rel=1e-6)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"shares": "gone"}, "'gone', which is not in the network"),
        ({"shares": "b"}, "in a cycle"),
        ({"units": 4, "shares": "a"}, "needs weight 2×4"),
        ({"shares": "left"}, "that layer has none"),
    ],
)
def test_weights_that_cannot_be_shared_are_refused(options, words):
    nodes = [
        N("b", "dense", {"units": 3, **options}, n.inputs) if n.id == "b" else n for n in TWO_BY_TWO.nodes
    ]
    with pytest.raises(NodeError, match=words) as caught:
        Layout.of(NetworkSpec(tuple(nodes)), (5,), "mse")
    assert caught.value.node == "b"


@pytest.mark.parametrize(
    "columns, words", [("0", "from 1 on"), ("3-9", "1 to 5"), ("x", "such as"), ("3-2", "from 1 on")]
)
def test_columns_that_are_not_there_are_refused(columns, words):
    network = chain(("dense", {"units": 1}))
    nodes = (N("input", "input", {"columns": columns}), *network.nodes[1:])
    with pytest.raises(NodeError, match=words):
        build(NetworkSpec(nodes), (5,), "mse", None, 1, 1)


def test_target_columns_that_are_not_there_are_refused():
    nodes = chain(("dense", {"units": 1})).nodes
    nodes = (*nodes[:-1], N("output", "output", {"columns": "4"}, nodes[-1].inputs))
    with pytest.raises(SpecError, match="number 4"):
        build(NetworkSpec(nodes), (5,), "mse", None, 1, 2)


@pytest.mark.parametrize("optimizer", [o.id for o in optimizers])
def test_frozen_layers_keep_their_weights_and_the_others_learn(optimizer):
    layers = [("dense", {"units": 4, "frozen": name == "first"}) for name in ("before", "first", "after")]
    network = chain(*layers, ("prelu", {"frozen": True}), ("dense", {"units": 3}))
    x, y = samples(12, 5, classes=3)
    penalties = {"l2": 0.1, "clip_norm": 1.0, "max_norm": 0.5}
    program = started(network, (5,), "softmax_cross_entropy", optimizer, x, y, penalties=penalties)
    before = program.params.copy()
    again(program)
    changed = {
        s.node for s in program.layout.parameters if (program.params != before)[s.offset :][: s.size].any()
    }
    assert changed == {"dense0", "dense2", "dense4"}


def test_a_frozen_convolution_lets_gradients_through():
    nodes = [
        N(n.id, n.layer, {**n.options, "frozen": True}, n.inputs) if n.id == "conv2d3" else n
        for n in CONVNET.nodes
    ]
    x, y = samples(4, 8, 8, 2, classes=3)
    free = started(CONVNET, (8, 8, 2), "softmax_cross_entropy", "sgd", x, y)
    held = started(NetworkSpec(tuple(nodes)), (8, 8, 2), "softmax_cross_entropy", "sgd", x, y)
    again(free), again(held)
    for slot in free.layout.parameters:
        if slot.node == "conv2d3":
            assert (held.gradient(slot) == 0).all() and (free.gradient(slot) != 0).any()
        else:
            np.testing.assert_array_equal(free.gradient(slot), held.gradient(slot))


@pytest.mark.parametrize("name", ["softmax_cross_entropy", "hinge", "binary_cross_entropy"])
def test_class_weights_make_a_weighted_mean(name):
    loss, width = losses[name], 1 if name == "binary_cross_entropy" else 3
    x, y = samples(10, 5, classes=max(width, 2))
    weights = np.array([0.5, 3.0, 1.5])
    text = ", ".join(str(w) for w in weights[: max(width, 2)])
    given = {"loss_options": {"class_weights": text}, "keep": ("dense0",)}
    network = chain(("dense", {"units": width}))
    program = started(network, (5,), name, "sgd", x, y, **given)
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    total = again(program)[0, 0] / 10
    each = loss.reference(loss.defaults(), program.activation("dense0", 10), y)
    share = weights[y[:, 0].astype(int)]
    assert total == pytest.approx((each * share).sum() / share.sum(), rel=1e-9)
    count, rng = program.layout.parameter_count, np.random.default_rng(1)
    start, gradient = program.params[:count].copy(), program.grads[:count].copy()
    direction = rng.normal(size=count)
    program.params[:count] = start + 1e-7 * direction
    up = again(program)[0, 0]
    program.params[:count] = start - 1e-7 * direction
    down = again(program)[0, 0]
    assert gradient @ direction == pytest.approx((up - down) / 2e-7 / 10, rel=1e-5)


def test_max_norm_shortens_what_is_too_long_and_nothing_else():
    x, y = samples(8, 5, classes=3)
    program = started(
        CONVNET_ON_FIVE, (5,), "softmax_cross_entropy", "sgd", x, y, penalties={"max_norm": 0.4}
    )
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    before = program.params.copy()
    again(program)
    for slot in program.layout.parameters:
        start, now = (v[slot.offset :][: slot.size].reshape(slot.shape) for v in (before, program.params))
        if len(slot.shape) == 1:
            np.testing.assert_array_equal(now, start)
            continue
        norms = np.sqrt((start.reshape(-1, slot.shape[-1]) ** 2).sum(0))
        assert (norms > 0.4).any()
        np.testing.assert_allclose(now, start * np.minimum(1, 0.4 / norms), rtol=1e-9)


CONVNET_ON_FIVE = chain(
    ("reshape", {"target": "5, 1"}), ("conv1d", {"filters": 6}), ("flatten", {}), ("dense", {"units": 3})
)


def test_the_hill_climber_keeps_the_best_of_three_for_each_weight():
    x, y = samples(9, 5, classes=3)
    network = chain(("dense", {"units": 3}), ("batchnorm", {}), ("dropout", {}), ("dense", {"units": 3}))
    program = started(network, (5,), "softmax_cross_entropy", "hill_climber", x, y)
    judge = started(network, (5,), "softmax_cross_entropy", None, x, y)
    count = program.layout.spans()[-1][1]
    assert count == 18 + 6 + 12

    def loss_of(values):
        judge.params[:] = values
        return again(judge)[0, 0]

    expected = program.params.copy()
    for i in range(count):
        tried = [expected.copy() for _ in range(3)]
        tried[1][i] += 0.05
        tried[2][i] -= 0.05
        expected = min(tried, key=loss_of)
    reported = again(program)[0, 0]
    np.testing.assert_array_equal(program.params, expected)
    assert loss_of(program.params) < reported
    seen = [again(program)[0, 0] for _ in range(30)]
    assert sorted(seen, reverse=True) == seen, "on one batch the loss never rises"


def test_the_hill_climber_gives_the_same_bits_on_two_threads():
    network = chain(("dense", {"units": 300}), ("tanh", {}), ("dense", {"units": 3}))
    nodes = tuple(
        N(n.id, n.layer, {**n.options, "frozen": n.id == "dense0"}, n.inputs) if n.layer == "dense" else n
        for n in network.nodes
    )
    x, y = samples(128, 40, classes=3)
    results = []
    for threads in (1, 2):
        program = started(
            NetworkSpec(nodes), (40,), "softmax_cross_entropy", "hill_climber", x, y, np.float32
        )
        program.run(1, threads)
        results.append(program.params.copy())
    assert np.array_equal(*results)


def limited(network, shape, **given):
    """Arrays of a network before and after a step that only limits norms, by node."""
    x, y = samples(8, int(np.prod(shape)), classes=3)
    if given.pop("numbers", False):
        x = np.random.default_rng(0).integers(0, 7, x.shape).astype(float)
    program = started(
        network, (int(np.prod(shape)),), "softmax_cross_entropy", "sgd", x, y, penalties={"max_norm": 0.08}
    )
    program.set_hyperparameters(optimizers["sgd"].complete({"learning_rate": 0.0}))
    before = program.params.copy()
    again(program)
    return {
        slot.node: [v[slot.offset :][: slot.size].reshape(slot.shape) for v in (before, program.params)]
        for slot in program.layout.parameters
        if slot.name == "weight"
    }


PAINTED = chain(
    ("reshape", {"target": "2, 2, 5"}), ("convtranspose2d", {"filters": 4, "kernel_size": 3}),
    ("flatten", {}), ("dense", {"units": 3}),
)  # fmt: skip
TEXT = chain(
    ("embedding", {"size": 7, "dimensions": 4}), ("positionalencoding", {"kind": "learned"}),
    ("flatten", {}), ("dense", {"units": 3}),
)  # fmt: skip


@pytest.mark.parametrize("network, node, others, numbers", [
    (PAINTED, "convtranspose2d1", (0, 1, 3), False),
    (TEXT, "embedding0", (1,), True), (TEXT, "positionalencoding1", (1,), True),
])  # fmt: skip
def test_max_norm_is_each_output_units_and_each_rows(network, node, others, numbers):
    start, now = limited(network, (20 if not numbers else 6,), numbers=numbers)[node]
    norms = np.sqrt((start**2).sum(others, keepdims=True))
    assert (norms > 0.08).any()
    np.testing.assert_allclose(now, start * np.minimum(1, 0.08 / norms), rtol=1e-9)
