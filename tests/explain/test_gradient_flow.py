"""Distributions, dead and saturated units, and gradients over a batch equal numpy."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.gradient_flow import BINS, GradientFlowProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import open_example
from nnstudio.training.session import Session


def flow_of(session):
    (flow_of,) = GradientFlowProbe().run(session)
    return flow_of, {layer.node: layer for layer in flow_of.layers}


def test_layers_over_a_batch_by_hand():
    session = open_example("iris").session()
    for _ in range(20):
        session.single_step()
    flow, layers = flow_of(session)
    a = {k: v.astype(float) for k, v in session.arrays().items()}
    x = session.data.x_train[: flow.samples].astype(float)
    y = session.data.y_train[: flow.samples, 0].astype(int)
    before = x @ a["dense_1.weight"] + a["dense_1.bias"]
    hidden = np.maximum(before, 0)
    logits = hidden @ a["dense_2.weight"] + a["dense_2.bias"]
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    gradients = (shares - np.eye(3)[y]) / len(x)
    assert layers["dense_1"].mean == pytest.approx(before.mean(), rel=1e-4)
    assert layers["dense_1"].deviation == pytest.approx(before.std(), rel=1e-4)
    edges = np.linspace(layers["dense_1"].low, layers["dense_1"].high, BINS + 1)
    counted = np.histogram(before, edges)[0]
    # A value at an edge may fall to either side in float32.
    assert np.abs(layers["dense_1"].counts - counted).sum() <= 4
    assert layers["dense_1"].counts.sum() == before.size
    dead = (hidden.max(0) == hidden.min(0)).mean()
    assert layers["relu_1"].dead == pytest.approx(dead)
    assert layers["dense_2"].gradient == pytest.approx(np.sqrt((gradients**2).mean()), rel=1e-3)
    back = gradients @ a["dense_2.weight"].T
    assert layers["relu_1"].gradient == pytest.approx(np.sqrt((back**2).mean()), rel=1e-3)
    norm = np.sqrt(((hidden.T @ gradients) ** 2).sum() + (gradients.sum(0) ** 2).sum())
    assert layers["dense_2"].weights == pytest.approx(norm, rel=1e-3)
    assert layers["input_1"].gradient is None and layers["relu_1"].saturated is None


def network(*middle: NodeSpec) -> Session:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)).astype(np.float32)
    nodes = (
        NodeSpec("i", "input"), *middle, NodeSpec("d", "dense", {"units": 1}, (middle[-1].id,)),
        NodeSpec("o", "output", {}, ("d",)),
    )  # fmt: skip
    return Session(NetworkSpec(nodes), Dataset("d", x, x[:, :1], x[:0], x[:0, :1]), TrainingSettings())


def test_units_that_never_wake_up_are_dead_and_large_values_saturate():
    session = network(NodeSpec("a", "dense", {"units": 4}, ("i",)), NodeSpec("r", "relu", {}, ("a",)))
    bias = next(s for s in session.layout.parameters if s.name == "bias" and s.node == "a")
    session.parameters[bias.offset : bias.offset + 2] = -1000
    assert flow_of(session)[1]["r"].dead == 0.5
    session = network(NodeSpec("a", "dense", {"units": 4}, ("i",)), NodeSpec("t", "tanh", {}, ("a",)))
    bias = next(s for s in session.layout.parameters if s.name == "bias" and s.node == "a")
    session.parameters[bias.offset : bias.offset + 1] = 1000
    values = session.predict(session.data.x_train, "t")
    expected = (np.abs(values) > 0.96).mean()
    assert 0.25 <= flow_of(session)[1]["t"].saturated == pytest.approx(expected)


def test_numbers_that_are_none_are_counted_and_a_large_layer_takes_fewer_samples():
    session = network(NodeSpec("a", "dense", {"units": 3}, ("i",)))
    session.parameters[0] = np.nan
    flow, layers = flow_of(session)
    assert layers["a"].non_finite == flow.samples and np.isfinite(layers["a"].mean)
    width = NodeSpec("a", "dense", {"units": 60_000}, ("i",))
    more = [NodeSpec(n, "tanh", {}, (s,)) for n, s in (("b", "a"), ("c", "b"))]
    flow, _ = flow_of(network(width, *more))
    assert flow.samples < 60
