"""The part behind a node gives what the whole network gives, by the weights that it has now."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.behind import nodes_behind
from nnstudio.training.session import Session

SQUEEZED = (
    NodeSpec("in", "input"),
    NodeSpec("wide_1", "dense", {"units": 5}, ("in",)),
    NodeSpec("bend_1", "tanh", {}, ("wide_1",)),
    NodeSpec("code", "dense", {"units": 2}, ("bend_1",)),
    NodeSpec("wide_2", "dense", {"units": 5}, ("code",)),
    NodeSpec("bend_2", "tanh", {}, ("wide_2",)),
    NodeSpec("last", "dense", {"units": 4}, ("bend_2",)),
    NodeSpec("out", "output", {}, ("last",)),
)


def session_of(nodes: tuple[NodeSpec, ...]) -> Session:
    x = np.random.default_rng(5).normal(size=(12, 4)).astype(np.float32)
    session = Session(NetworkSpec(nodes), Dataset("d", x, x, x[:0], x[:0]), TrainingSettings(batch_size=4))
    session.single_step()
    return session


@pytest.mark.parametrize("node", ["in", "bend_1", "code", "last"])
def test_it_gives_what_the_whole_network_gives(node):
    session = session_of(SQUEEZED)
    for _ in range(2):
        x = session.data.x_train[:3]
        np.testing.assert_allclose(
            session.predict_from(node, session.predict(x, node)), session.predict(x), rtol=1e-5, atol=1e-6
        )
        # The next time with weights that have learned since.
        session.single_step()


def test_it_is_computed_as_by_hand():
    session = session_of(SQUEEZED)
    arrays, code = session.arrays(), np.array([[0.3, -1.2]])
    hidden = np.tanh(code @ arrays["wide_2.weight"] + arrays["wide_2.bias"])
    drawn = hidden @ arrays["last.weight"] + arrays["last.bias"]
    np.testing.assert_allclose(session.predict_from("code", code), drawn, rtol=1e-4, atol=1e-5)


def test_weights_that_are_shared_with_a_layer_before_are_used():
    nodes = list(SQUEEZED)
    nodes[3] = NodeSpec("code", "dense", {"units": 5}, ("bend_1",))
    nodes[4] = NodeSpec("wide_2", "dense", {"units": 5, "shares": "code"}, ("code",))
    session = session_of(tuple(nodes))
    x = session.data.x_train[:1]
    np.testing.assert_allclose(
        session.predict_from("code", session.predict(x, "code")), session.predict(x), rtol=1e-5, atol=1e-6
    )


def test_where_a_path_leads_around_a_node_nothing_lies_behind_it():
    nodes = (
        *SQUEEZED[:6],
        NodeSpec("both", "add", {}, ("bend_2", "bend_1")),
        NodeSpec("last", "dense", {"units": 4}, ("both",)),
        SQUEEZED[-1],
    )
    layout = session_of(nodes).layout
    assert nodes_behind(layout, "code") == frozenset() == nodes_behind(layout, "out")
    assert nodes_behind(layout, "both") == {"last", "out"}
