"""Gradients by the input: finite differences through every layer, as the network predicts; bits; cost."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import BRANCHES, CONVNET, between, chain, program, samples

from nnkernels import machine
from nnkernels.graph.network import NetworkSpec, NodeError, NodeSpec
from nnkernels.ops import convolution
from nnkernels.planning.plan import build
from nnkernels.planning.pullback import (
    entered_at,
    input_gradient,
    inputs_of,
    projected,
    without_gradient,
)
from nnkernels.program import Layout
from nnkernels.spec import layers, size_of

CASES = [
    pytest.param(layer, options, shapes, id=f"{layer.id}-{i}")
    for layer in layers
    for i, (options, shapes) in enumerate(layer.samples)
    if not layer.surrogate and not layer.gives_rows
]


class Asked:
    """A network in float64, differentiated at a node."""

    def __init__(self, network, shape, node, batch, by=(), dtype=np.float64):
        layout = Layout.of(network, shape, "mse")
        self.ahead, self.node, self.shape, self.batch = projected(layout, node), node, shape, batch
        self.width = size_of(layout.nodes[node].shape)
        self.by = by or inputs_of(self.ahead)
        self.program = build(self.ahead, shape, "mse", None, batch, self.width, dtype, by=self.by)
        self.program.set_parameters(layout.initial(5))

    def run(self, x, weights, threads=1):
        self.program.set_data(x, weights, np.arange(len(x)))
        self.program.run(1, threads)
        return input_gradient(self.program, len(x), self.shape)

    def total(self, x, weights):
        self.run(x, weights)
        values = self.program.activation(self.node, len(x)).reshape(len(x), -1)
        return float((values * weights).sum())


def by_differences(asked, x, weights, direction):
    step = 1e-6
    up, down = (asked.total(x + sign * step * direction, weights) for sign in (1, -1))
    return (up - down) / (2 * step)


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_the_gradient_by_the_input_equals_finite_differences(layer, options, shapes):
    asked = Asked(between(layer.id, options, shapes), (sum(map(size_of, shapes)),), "it", 3)
    rng = np.random.default_rng(1)
    x, weights = rng.normal(size=(3, *asked.shape)), rng.normal(size=(3, asked.width))
    for kink in layer.kinks:
        x[np.abs(x - kink) < 1e-2] += 0.1
    direction = rng.normal(size=x.shape)
    expected = by_differences(asked, x, weights, direction)
    assert (asked.run(x, weights) * direction).sum() == pytest.approx(expected, rel=2e-5, abs=1e-7)


@pytest.mark.parametrize(
    "network, shape, node",
    [(CONVNET, (8, 8, 2), "conv2d3"), (CONVNET, (8, 8, 2), "dense6"), (BRANCHES, (3,), "cat")],
)
def test_any_node_can_be_asked_about(network, shape, node):
    asked = Asked(network, shape, node, 4)
    rng = np.random.default_rng(2)
    x, weights, direction = (rng.normal(size=s) for s in ((4, *shape), (4, asked.width), (4, *shape)))
    gradient = asked.run(x, weights)
    assert (gradient * direction).sum() == pytest.approx(
        by_differences(asked, x, weights, direction), rel=1e-6
    )


def test_dropout_is_off_and_batch_norm_keeps_its_statistics_so_samples_stay_alone():
    network = chain(
        ("dense", {"units": 6}), ("batchnorm", {}), ("dropout", {"rate": 0.5}), ("gaussiannoise", {}),
        ("tanh", {}), ("dense", {"units": 2}),
    )  # fmt: skip
    together, alone = Asked(network, (4,), "dense5", 3), Asked(network, (4,), "dense5", 1)
    x, weights = np.random.default_rng(0).normal(size=(3, 4)), np.eye(2)[[0, 1, 0]]
    before = together.program.params.copy()
    gradient = together.run(x, weights)
    each = np.concatenate([alone.run(x[i : i + 1], weights[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(gradient, each, rtol=1e-12)
    assert np.abs(gradient).min() > 0, "nothing was dropped"
    assert np.array_equal(together.program.params, before), "running statistics stay"


def test_one_and_two_threads_give_the_same_bits():
    network = chain(
        ("conv2d", {"filters": 16}), ("relu", {}), ("conv2d", {"filters": 16}), ("relu", {}),
        ("maxpool2d", {}), ("flatten", {}), ("dense", {"units": 10}),
    )  # fmt: skip
    asked = Asked(network, (16, 16, 1), "dense6", 64, dtype=np.float32)
    assert (asked.program.groups[:, 6] == 1).any(), "otherwise nothing runs in parallel"
    x, _ = samples(64, 16, 16, 1, classes=10)
    weights = np.eye(10)[np.arange(64) % 10]
    assert np.array_equal(asked.run(x, weights, 1), asked.run(x, weights, 2))


def test_the_gradient_of_the_loss_is_that_of_the_mean_over_the_batch():
    layout = Layout.of(CONVNET, (8, 8, 2), "softmax_cross_entropy")
    x, y = samples(5, 8, 8, 2, classes=3)
    asked = build(layout, (8, 8, 2), "softmax_cross_entropy", None, 5, 1, np.float64, by=inputs_of(layout))
    asked.set_parameters(layout.initial(1))

    def mean_loss(x):
        asked.set_data(x, y, np.arange(5))
        return asked.run(1)[0, 0] / 5

    direction = np.random.default_rng(3).normal(size=x.shape)
    mean_loss(x)
    gradient = input_gradient(asked, 5, (8, 8, 2))
    expected = (mean_loss(x + 1e-6 * direction) - mean_loss(x - 1e-6 * direction)) / 2e-6
    assert (gradient * direction).sum() == pytest.approx(expected, rel=1e-6)


def test_columns_that_several_inputs_read_add_up_and_those_that_none_reads_have_no_gradient():
    nodes = (
        NodeSpec("a", "input", {"columns": "1-2"}),
        NodeSpec("b", "input", {"columns": "2, 3"}),
        NodeSpec("sum", "add", {}, ("a", "b")),
        NodeSpec("output", "output", {}, ("sum",)),
    )
    asked = Asked(NetworkSpec(nodes), (4,), "sum", 1)
    assert asked.run(np.ones((1, 4)), np.array([[1.0, 10.0]])).tolist() == [[1, 11, 10, 0]]


def test_values_that_are_not_asked_about_may_be_infinite():
    asked = Asked(chain(("dense", {"units": 2, "bias": False})), (1,), "dense0", 1)
    asked.program.params[:] = [1e300, 3.0]
    assert asked.run(np.array([[1e300]]), np.array([[0.0, 1.0]])).tolist() == [[3.0]]
    assert asked.program.loss == 3e300


def test_a_layer_in_between_can_be_what_is_differentiated_by_and_nothing_goes_further_back():
    asked = Asked(CONVNET, (8, 8, 2), "dense6", 1, by=("conv2d3",))
    x, _ = samples(1, 8, 8, 2, classes=3)
    asked.run(x, np.array([[0.0, 1.0, 0.0]]))
    assert asked.program.output_gradient("conv2d3", 1).shape == (1, 4 // 2, 4 // 2, 6)
    assert not asked.program.has_output_gradient("input") and not asked.program.has_output_gradient("conv2d0")


def test_a_network_can_be_entered_at_a_layer_and_goes_on_as_if_the_layer_had_given_that():
    whole = Asked(CONVNET, (8, 8, 2), "dense6", 2, by=("maxpool2d2",))
    x, weights = samples(2, 8, 8, 2, classes=3)[0], np.eye(3)[[2, 0]]
    whole.run(x, weights)
    given = whole.program.activation("maxpool2d2", 2).copy()
    cut = entered_at(whole.program.layout, "maxpool2d2")
    behind = build(cut, given.shape[1:], "mse", None, 2, 3, np.float64, by=("maxpool2d2",))
    behind.set_parameters(whole.program.params)
    behind.set_data(given, weights, np.arange(2))
    behind.run(1)
    assert np.array_equal(behind.activation("dense6", 2), whole.program.activation("dense6", 2))
    gradient = input_gradient(behind, 2, given.shape[1:])
    assert np.array_equal(gradient, whole.program.output_gradient("maxpool2d2", 2))


def test_a_layer_that_something_leads_around_is_no_entrance():
    layout = Layout.of(BRANCHES, (3,), "binary_cross_entropy")
    with pytest.raises(NodeError, match="Not everything goes through 'b'"):
        entered_at(layout, "b")


def test_training_does_not_pay_for_it():
    def ways_back(program):
        code = program.code.reshape(-1, machine.CODE_WIDTH)
        return (code[:, machine.ADDRESS] == convolution.input_gradient.address(program.dtype)).sum()

    learning = program(CONVNET, (8, 8, 2), "softmax_cross_entropy", "sgd", 4)
    asked = Asked(CONVNET, (8, 8, 2), "dense6", 4, dtype=np.float32)
    assert ways_back(learning) == 1, "through the second convolution alone"
    assert ways_back(asked.program) == 2


def test_a_table_that_is_looked_up_by_whole_numbers_is_named():
    network = chain(("embedding", {"size": 5, "dimensions": 3}), ("flatten", {}), ("dense", {"units": 2}))
    asked = Asked(network, (4,), "dense2", 1)
    assert without_gradient(asked.ahead, asked.by) == ("embedding0",)
    assert not asked.run(np.array([[0.0, 1.0, 2.0, 3.0]]), np.array([[1.0, 0.0]])).any()


def test_the_data_itself_cannot_be_asked_about():
    with pytest.raises(NodeError, match="the data itself"):
        projected(Layout.of(CONVNET, (8, 8, 2), "mse"), "input")
