"""Attention maps are those that a plain NumPy computation gives; sequences keep their two axes."""

from __future__ import annotations

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import ActivationProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def sequences(kind: str, options: dict) -> Session:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 5, 8)).astype(np.float32)
    y = rng.normal(size=(12, 1)).astype(np.float32)
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("a", kind, options, ("i",)),
        NodeSpec("p", "globalaveragepool1d", {}, ("a",)),
        NodeSpec("d", "dense", {"units": 1}, ("p",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    return Session(NetworkSpec(nodes), Dataset("s", x, y, x[:0], y[:0]), TrainingSettings())


def test_attention_by_hand_head_by_head():
    session = sequences("multiheadattention", {"heads": 2, "causal": True})
    (activations,) = ActivationProbe("a", 3).run(session)
    arrays, x = session.arrays(), session.data.x_train[3].astype(float)
    triple = x @ arrays["a.in_weight"] + arrays["a.in_bias"]
    for head in range(2):
        q = triple[:, 4 * head : 4 * head + 4]
        k = triple[:, 8 + 4 * head : 12 + 4 * head]
        for step in range(5):
            scores = np.array([q[step] @ k[t] / 2 for t in range(step + 1)])
            shares = np.exp(scores) / np.exp(scores).sum()
            np.testing.assert_allclose(activations.attention[head, step, : step + 1], shares, rtol=1e-4)
            assert (activations.attention[head, step, step + 1 :] == 0).all()
    assert activations.values.shape == (5, 8)


def test_the_attention_inside_of_a_transformer_block_is_found():
    session = sequences("transformerblock", {"heads": 4})
    (activations,) = ActivationProbe("a", 0).run(session)
    assert activations.attention.shape == (4, 5, 5)
    np.testing.assert_allclose(activations.attention.sum(-1), 1, rtol=1e-5)
    (plain,) = ActivationProbe("d", 0).run(session)
    assert plain.attention is None


def test_a_sample_of_another_size_is_cut_or_filled():
    session = sequences("multiheadattention", {"heads": 2})
    (activations,) = ActivationProbe("i", 0, own=(1.0, 2.0)).run(session)
    assert activations.sample == -1 and activations.label == ""
    np.testing.assert_array_equal(activations.values.ravel()[:3], [1, 2, 0])
