"""Networks with channels first give the same: each step computed by the layers' references, turned."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import layers
from nnstudio.data.dataset import Dataset
from nnstudio.export.channels_first import TURN, ChannelsFirst, arrays_of
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def exported(network: NetworkSpec, shape: tuple[int, ...], width: int) -> ExportedNetwork:
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(9, *s)).astype(np.float32) for s in (shape, (width,)))
    return ExportedNetwork.of(Session(network, Dataset("toy", x, y, x, y), TrainingSettings()))


def first(x: np.ndarray) -> np.ndarray:
    return np.moveaxis(x, -1, 1)


def last(x: np.ndarray) -> np.ndarray:
    return np.moveaxis(x, 1, -1)


def computed(network: ExportedNetwork, x: np.ndarray) -> np.ndarray:
    """What the steps give, with values lying as they say."""
    graph, values = ChannelsFirst.of(network), {}
    for step in graph.steps:
        entering = [values[name] for name in step.inputs]
        if step.kind == "input":
            value = layers["input"].reference(step.options, [x], {})
            values[step.name] = first(value) if step.is_first else value
        elif step.kind == TURN:
            values[step.name] = entering[0].transpose(step.axes)
        elif step.kind == "flatten":
            values[step.name] = entering[0].reshape(len(x), -1)
        else:
            arrays = {k: v.astype(float) for k, v in arrays_of(network, step).items()} if step.owner else {}
            is_turned = step.is_first or step.kind.startswith("global")
            entering = [last(v) if is_turned else v for v in entering]
            value = layers[step.kind].reference(step.options, entering, arrays)
            values[step.name] = first(value) if step.is_first else value
        assert values[step.name].shape[1:] == step.shape
    return values[graph.outputs[0]]


SKIP = NetworkSpec((
    NodeSpec("in", "input"),
    NodeSpec("conv", "conv2d", {"filters": 2}, ("in",)),
    NodeSpec("sum", "add", {}, ("in", "conv")),
    NodeSpec("both", "concatenate", {}, ("sum", "conv")),
    NodeSpec("norm", "batchnorm", {}, ("both",)),
    NodeSpec("soft", "softmax", {}, ("norm",)),
    NodeSpec("pool", "maxpool2d", {}, ("soft",)),
    NodeSpec("flat", "flatten", {}, ("pool",)),
    NodeSpec("a", "dense", {"units": 3}, ("flat",)),
    NodeSpec("b", "dense", {"units": 3, "shares": "a"}, ("flat",)),
    NodeSpec("c", "subtract", {}, ("a", "b")),
    NodeSpec("d", "add", {}, ("a", "c")),
    NodeSpec("out", "output", {}, ("d",)),
))  # fmt: skip

# A gate for each channel, a list of one value for each, and a mean picture, all repeated.
GATES = NetworkSpec((
    NodeSpec("in", "input"),
    NodeSpec("conv", "conv2d", {"filters": 3}, ("in",)),
    NodeSpec("mean", "globalaveragepool", {}, ("conv",)),
    NodeSpec("listed", "multiply", {}, ("conv", "mean")),
    NodeSpec("gate", "reshape", {"target": "1, 1, 3"}, ("mean",)),
    NodeSpec("gated", "multiply", {}, ("gate", "listed", "conv")),
    NodeSpec("grey", "conv2d", {"filters": 1}, ("gated",)),
    NodeSpec("both", "subtract", {}, ("grey", "gated")),
    NodeSpec("deep", "concatenate", {"axis": "3"}, ("both", "conv")),
    NodeSpec("tall", "concatenate", {"axis": "1"}, ("deep", "deep")),
    NodeSpec("pad", "pad2d", {"mode": "reflect", "sides": "separate", "top": 2, "right": 1}, ("tall",)),
    NodeSpec("crop", "crop2d", {"sides": "separate", "left": 1}, ("pad",)),
    NodeSpec("soft", "softmax", {"axis": "2"}, ("crop",)),
    NodeSpec("norm", "layernorm", {"axes": 3}, ("soft",)),
    NodeSpec("plain", "batchnorm", {"affine": False}, ("norm",)),
    NodeSpec("flat", "flatten", {}, ("plain",)),
    NodeSpec("d", "dense", {"units": 3}, ("flat",)),
    NodeSpec("out", "output", {}, ("d",)),
))  # fmt: skip

NETWORKS = {
    "what is repeated, other axes and borders": (GATES, (5, 4, 2), 3),
    "Flatten before Dense": (
        chain(("conv2d", {"filters": 5, "kernel_size": 2}), ("flatten", {}), ("relu", {}),
              ("dense", {"units": 3})),
        (5, 4, 2), 3,
    ),
    "Flatten before LayerNorm": (
        chain(("conv2d", {"filters": 5}), ("flatten", {}), ("layernorm", {}), ("dense", {"units": 3})),
        (5, 4, 2), 3,
    ),
    "skip links and shared weights": (SKIP, (5, 4, 2), 3),
    "sequences": (
        chain(("conv1d", {"filters": 4}), ("pad1d", {"sides": "separate", "before": 2}),
              ("crop1d", {}), ("convtranspose1d", {"filters": 2}),
              ("lstm", {"units": 3, "return_sequences": True}), ("batchnorm", {}),
              ("globalaveragepool1d", {}), ("dense", {"units": 2})),
        (6, 3), 2,
    ),
    "a picture from a row": (
        chain(("reshape", {"target": "3, 4, 2"}), ("conv2d", {"filters": 2}), ("globalmaxpool", {})), (24,), 2
    ),
    "attention over a picture": (
        chain(("conv2d", {"filters": 4}), ("reshape", {"target": "20, 4"}),
              ("multiheadattention", {"heads": 2}), ("flatten", {}), ("dense", {"units": 2})),
        (5, 4, 2), 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_the_steps_give_what_the_network_gives(name):
    network = exported(*NETWORKS[name])
    x = np.random.default_rng(1).normal(size=(7, *network.input_shape))
    expected = predict(network.arrays, network.metadata(), x)
    np.testing.assert_allclose(computed(network, x), expected, rtol=1e-9, atol=1e-12)


def kinds(name: str) -> list[str]:
    return [step.kind for step in ChannelsFirst.of(exported(*NETWORKS[name])).steps]


def test_a_plain_convnet_needs_no_turns():
    assert TURN not in kinds("Flatten before Dense")


def test_where_an_order_matters_the_axes_are_turned_back():
    steps = ChannelsFirst.of(exported(*NETWORKS["Flatten before LayerNorm"])).steps
    turn = next(step for step in steps if step.kind == TURN)
    assert turn.axes == (0, 2, 3, 1) and turn.shape == (5, 4, 5)
    assert kinds("skip links and shared weights").count(TURN) == 3


def test_values_of_fewer_axes_get_those_that_are_repeated():
    steps = ChannelsFirst.of(exported(*NETWORKS["what is repeated, other axes and borders"]))
    assert steps.step("mean.rank3").shape == (1, 1, 3)
    assert not steps.step("listed").is_first and steps.step("gated").is_first
    assert steps.step("deep").is_first and not steps.step("tall").is_first
