"""What flows through a link is what the network computes for the samples, and what comes back."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.explain.link_flow import LinkFlowProbe
from nnstudio.project import open_example


@pytest.fixture
def session():
    session = open_example("spiral").session()
    for _ in range(20):
        session.single_step()
    return session


def test_sizes_are_those_of_the_values_and_of_the_change_of_the_loss(session):
    node = next(n.id for n in session.layout.nodes.values() if n.layer.id == "tanh")
    (flow,) = LinkFlowProbe(node).run(session)
    x, y = (part[: flow.samples] for part in (session.data.x_train, session.data.y_train))
    assert flow.step == 20 and len(x) == flow.samples
    values = session.predict(x, node)
    assert flow.size == pytest.approx(np.abs(values).mean(), rel=1e-4)
    # The loss of the samples when one value of one of them is pushed a little.
    width, push, squares = values.shape[1], 1e-2, []
    output = session.layout.output
    rng = np.random.default_rng(0)
    for sample, unit in zip(rng.integers(0, len(x), 200), rng.integers(0, width, 200), strict=True):
        losses = []
        for sign in (1, -1):
            pushed = values[sample : sample + 1].copy()
            pushed[0, unit] += sign * push
            shares = session.predict_from(node, pushed)[0].astype(float)
            right = shares[int(y[sample, 0])] if len(shares) > 1 else abs(1 - y[sample, 0] - shares[0])
            losses.append(-np.log(right))
        squares.append(((losses[0] - losses[1]) / (2 * push * len(x))) ** 2)
    assert output and flow.gradient == pytest.approx(np.sqrt(np.mean(squares)), rel=0.25)


def test_nothing_flows_back_to_the_data_and_a_node_that_is_gone_tells_nothing(session):
    (data,) = (n.id for n in session.layout.nodes.values() if n.layer.id == "input")
    (flow,) = LinkFlowProbe(data).run(session)
    assert flow.gradient is None and flow.size > 0
    assert list(LinkFlowProbe("gone").run(session)) == []
