"""Programs as a whole: gradients of branching graphs, golden curves, bits, limits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from kernels.networks import BRANCHES, CONVNET, MLP, chain, loss_program, program, samples

from nnkernels.graph.network import NetworkSpec, NodeError, NodeSpec
from nnkernels.planning.plan import build
from nnkernels.program import Layout
from nnkernels.spec import SpecError, losses, optimizers

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "engine.json").read_text())


@pytest.mark.parametrize(
    "network, shape, loss, classes",
    [
        (BRANCHES, (3,), "binary_cross_entropy", 2),
        (MLP, (5,), "softmax_cross_entropy", 3),
        (CONVNET, (8, 8, 2), "softmax_cross_entropy", 3),
    ],
    ids=["branches", "mlp", "convnet"],
)
def test_parameter_gradients_equal_finite_differences(network, shape, loss, classes):
    x, y = samples(5, *shape, classes=classes)
    planned = program(network, shape, loss, "sgd", 5, np.float64, learning_rate=0.0)
    count = planned.layout.parameter_count
    start = planned.params[:count].copy()

    def evaluate():
        planned.set_data(x, y, np.arange(5))
        planned.resume(0)  # the same step draws the same dropout
        return planned.run(1)[0, 0] / 5

    evaluate()
    gradient = planned.grads[:count].copy()
    rng = np.random.default_rng(0)
    for _ in range(4):
        direction = rng.normal(size=count)
        planned.params[:count] = start + 1e-6 * direction
        up = evaluate()
        planned.params[:count] = start - 1e-6 * direction
        down = evaluate()
        assert gradient @ direction == pytest.approx((up - down) / 2e-6, rel=1e-5)


@pytest.mark.parametrize(
    "name, network, shape, optimizer, settings",
    [
        ("mlp-adam", MLP, (5,), "adam", {"learning_rate": 0.01}),
        ("convnet-sgd", CONVNET, (8, 8, 2), "sgd", {"learning_rate": 0.05, "momentum": 0.9}),
    ],
)
def test_ten_losses_equal_pytorch(name, network, shape, optimizer, settings):
    x, y = samples(80, *shape, classes=3)
    planned = program(network, shape, "softmax_cross_entropy", optimizer, 8, **settings)
    planned.set_data(x, y, np.arange(80))
    curve = planned.run(10)[:, 0] / 8
    np.testing.assert_allclose(curve, GOLDEN[name], rtol=1e-5)


def test_one_and_two_threads_give_the_same_bits():
    network = chain(
        ("conv2d", {"filters": 16}), ("relu", {}), ("dropout", {"rate": 0.2}), ("maxpool2d", {}),
        ("flatten", {}), ("dense", {"units": 64}), ("relu", {}), ("dense", {"units": 10}),
    )  # fmt: skip
    x, y = samples(150, 16, 16, 1, classes=10)
    results = []
    for threads in (1, 2):
        planned = program(network, (16, 16, 1), "softmax_cross_entropy", "adam", 64)
        assert (planned.groups[:, 6] == 1).any()  # otherwise this would not test anything
        losses_seen = []
        for _ in range(3):
            planned.set_data(x, y, np.arange(150))
            losses_seen.append(planned.run(100, threads))
        results.append((np.concatenate(losses_seen), planned.params.copy()))
    assert np.array_equal(results[0][0], results[1][0])
    assert np.array_equal(results[0][1], results[1][1])


def test_the_last_batch_may_be_smaller_and_counts_as_its_own_mean():
    x, y = samples(10, 5, classes=3)
    planned = program(MLP, (5,), "softmax_cross_entropy", None, 4)
    planned.set_data(x, y, np.arange(10))
    rows = planned.run(100)
    assert rows.shape == (3, 2) and planned.finished
    single = program(MLP, (5,), "softmax_cross_entropy", None, 1)
    single.set_data(x, y, np.arange(10))
    np.testing.assert_allclose(rows.sum(0), single.run(100).sum(0), rtol=1e-5)


def test_a_final_activation_is_folded_into_its_loss_but_predicts():
    folded = program(MLP, (5,), "softmax_cross_entropy", None, 4)
    bare = NetworkSpec(
        tuple(NodeSpec("output", "output", {}, ("dense2",)) if n.id == "output" else n for n in MLP.nodes)
    )
    plain = program(bare, (5,), "softmax_cross_entropy", None, 4)
    x, y = samples(4, 5, classes=3)
    for planned in (folded, plain):
        planned.set_data(x, y, np.arange(4))
    assert folded.run(1)[0, 0] == plain.run(1)[0, 0]
    np.testing.assert_allclose(folded.activation("output", 4).sum(1), 1, rtol=1e-6)


def test_dots_in_links_change_no_loss_and_no_prediction():
    kinds = [(n.layer, n.options) for n in MLP.nodes if n.layer not in ("input", "output")]
    dotted = chain(*(layer for kind in kinds for layer in (kind, ("identity", {}), ("identity", {}))))
    plain, bent = (program(each, (5,), "softmax_cross_entropy", None, 4) for each in (MLP, dotted))
    bent.params[:] = plain.params
    x, y = samples(12, 5, classes=3)
    for planned in (plain, bent):
        planned.set_data(x, y, np.arange(12))
    assert np.array_equal(plain.run(3), bent.run(3)) and np.array_equal(plain.params, bent.params)
    assert np.array_equal(plain.activation("output", 4), bent.activation("output", 4))


LOSS_CASES = [
    pytest.param(loss, options, id=f"{loss.id}{i or ''}")
    for loss in losses
    for i, options in enumerate(loss.samples)
]


@pytest.mark.parametrize("loss, options", LOSS_CASES)
def test_losses_equal_their_reference(loss, options):
    result, _, y = loss_program(loss, None, options)
    total = result.run(1)[0, 0]
    expected = loss.reference(loss.complete(options), result.activation("output", 9), y).sum()
    assert total == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("loss, options", LOSS_CASES)
def test_loss_gradients_equal_finite_differences(loss, options):
    result, x, y = loss_program(loss, "sgd", options)
    result.set_hyperparameters({"learning_rate": 0.0})
    result.run(1)
    count = result.layout.parameter_count
    gradient, start = result.grads[:count].copy(), result.params[:count].copy()
    direction = np.random.default_rng(5).normal(size=count)
    values = []
    for sign in (1, -1):
        result.params[:count] = start + sign * 1e-6 * direction
        result.set_data(x, y, np.arange(9))
        values.append(result.run(1)[0, 0] / 9)
    assert gradient @ direction == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5, abs=1e-9)


OPTIMIZER_CASES = [
    pytest.param(optimizer, settings, id=f"{optimizer.id}-{i}")
    for optimizer in optimizers
    if not optimizer.searches
    for i, settings in enumerate(optimizer.samples)
]


@pytest.mark.parametrize("optimizer, given", OPTIMIZER_CASES)
def test_optimizers_equal_their_reference(optimizer, given):
    settings = optimizer.complete(given)
    x, y = samples(30, 5, classes=3)
    planned = program(MLP, (5,), "softmax_cross_entropy", optimizer.id, 6, np.float64, **settings)
    count = planned.layout.parameter_count
    p = planned.params[:count].copy()
    slots = [np.zeros(count) for _ in range(optimizer.slots)]
    planned.set_data(x, y, np.arange(30))
    for step in range(1, 6):
        planned.run(1)
        optimizer.reference(settings, step, p, planned.grads[:count], slots)
        np.testing.assert_allclose(planned.params[:count], p, rtol=1e-10)


@pytest.mark.parametrize("thing", [*losses, *optimizers], ids=lambda x: x.id)
def test_everything_is_documented(thing):
    assert thing.title and thing.help.endswith(".") and type(thing).__doc__


def test_faults_name_the_guilty_node():
    broken = NetworkSpec(
        (
            NodeSpec("input", "input"),
            NodeSpec("dense", "dense", {}, ("input",)),
            NodeSpec("output", "output", {}, ("dense",)),
        )
    )
    with pytest.raises(NodeError, match="Flatten") as caught:
        Layout.of(broken, (4, 4, 1), "mse")
    assert caught.value.node == "dense"
    circle = NetworkSpec((NodeSpec("a", "relu", {}, ("b",)), NodeSpec("b", "relu", {}, ("a",)),
                          NodeSpec("output", "output", {}, ("b",))))  # fmt: skip
    with pytest.raises(NodeError, match="cycle"):
        Layout.of(circle, (3,), "mse")
    with pytest.raises(SpecError, match="needs an Output"):
        Layout.of(NetworkSpec((NodeSpec("input", "input"),)), (3,), "mse")


def test_what_would_not_fit_in_memory_is_refused_before_allocating():
    huge = chain(("dense", {"units": 65536}), ("dense", {"units": 65536}), ("dense", {"units": 65536}))
    with pytest.raises(SpecError, match="GiB"):
        build(huge, (3,), "mse", "adam", 64, 65536)


def test_a_deep_network_plans():
    deep = chain(*[("relu", {})] * 1500, ("dense", {"units": 1}))
    assert len(Layout.of(deep, (2,), "mse").nodes) == 1503


def test_importing_the_registries_loads_no_numba():
    import subprocess
    import sys

    code = "import sys; from nnkernels.spec import layers; list(layers); assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3] / "kernels")


def test_vector_math_is_accurate():
    program = build(chain(("tanh", {}), ("sigmoid", {})), (100001,), "mse", None, 1, 100001)
    x = np.linspace(-30, 30, 100001)
    program.set_data(x[None], x[None], np.arange(1))
    program.run(1)
    np.testing.assert_allclose(program.activation("tanh0", 1)[0], np.tanh(x), rtol=4e-7, atol=1e-12)
    y = program.activation("tanh0", 1)[0].astype(float)
    np.testing.assert_allclose(program.activation("sigmoid1", 1)[0], 1 / (1 + np.exp(-y)), rtol=4e-7)
