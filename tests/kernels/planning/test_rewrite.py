"""Networks made cheaper compute what they computed before."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain, program, samples

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.rewrite import looked_up, pooled_first
from nnkernels.program import Layout


def test_relu_goes_after_max_pooling_and_nothing_else_changes():
    network = chain(
        ("conv2d", {"filters": 3}), ("relu", {}), ("maxpool2d", {}), ("relu", {}),
        ("maxpool2d", {"stride": 1}), ("flatten", {}), ("dense", {"units": 3}),
    )  # fmt: skip
    plain = Layout.of(network, (9, 9, 2), "softmax_cross_entropy")
    swapped = pooled_first(plain)
    assert [n.layer.id for n in swapped.nodes.values()][1:6] == [
        "conv2d", "maxpool2d", "relu", "maxpool2d", "relu",
    ]  # fmt: skip
    x, y = samples(6, 9, 9, 2, classes=3)
    results = []
    for layout, change in ((plain, False), (plain, True)):
        with pytest.MonkeyPatch.context() as patch:
            if not change:
                patch.setattr("nnkernels.planning.plan.pooled_first", lambda layout: layout)
            planned = program(layout, (9, 9, 2), "softmax_cross_entropy", "sgd", 6, keep=("maxpool2d4",))
        planned.set_data(x, y, np.arange(6))
        planned.run(1)
        results.append((planned.params.copy(), planned.activation("maxpool2d4", 6).copy()))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


ROWS, STEPS = 5, 4
TABLE = ("embedding", {"size": ROWS, "dimensions": 19})


def learned(monkeypatch, network, change, x, y, dtype=np.float64):
    """Parameters after four steps of batches of 48, 48, 8 and 48, with and without products looked up."""
    with monkeypatch.context() as patch:
        if not change:
            patch.setattr("nnkernels.planning.plan.looked_up", lambda layout, batch: {})
        planned = program(network, (STEPS,), "softmax_cross_entropy", "adam", 48, dtype, learning_rate=0.01)
    planned.set_data(x, y, np.arange(104))
    losses = planned.run(4)
    count = planned.layout.parameter_count
    return losses, planned.params[:count].copy(), planned.grads[:count].copy()


@pytest.mark.parametrize(
    "kind, own",
    [
        ("simplernn", {}),
        ("lstm", {}),
        ("gru", {}),
        ("simplernn", {"activation": "relu"}),
        ("gru", {"reset": "before"}),
    ],
    ids=["simplernn", "lstm", "gru", "relu", "early reset"],
)
@pytest.mark.parametrize("all_steps", [False, True], ids=["last", "all"])
@pytest.mark.parametrize(
    "way", [{}, {"bidirectional": True}, {"reverse": True}], ids=["one way", "both ways", "backwards"]
)
def test_a_recurrent_layer_looks_up_products_of_an_embedding(monkeypatch, kind, own, all_steps, way):
    options = {"units": 7, "return_sequences": all_steps, **own, **way}
    network = chain(TABLE, (kind, options), ("flatten", {}), ("dense", {"units": 3}))
    assert looked_up(Layout.of(network, (STEPS,), "softmax_cross_entropy"), 48) == {f"{kind}1": "embedding0"}
    rng = np.random.default_rng(1)
    # Numbers outside the table take its first or last row.
    x = rng.integers(-1, ROWS + 2, (104, STEPS)).astype(float)
    y = rng.integers(0, 3, (104, 1)).astype(float)
    one, other = (learned(monkeypatch, network, change, x, y) for change in (False, True))
    for expected, result in zip(one, other, strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-7, atol=1e-12)
    # A number that is none stays visible.
    x[3, 2] = np.nan
    assert np.isnan(learned(monkeypatch, network, True, x, y)[0]).any()


@pytest.mark.parametrize("why", ["frozen table", "frozen layer", "two readers", "few uses", "shared"])
def test_products_are_not_looked_up_where_that_would_not_do(why):
    units = {"units": 3}
    nodes = [
        NodeSpec("input", "input"),
        NodeSpec("e", "embedding", {**TABLE[1], "frozen": why == "frozen table"}, ("input",)),
        NodeSpec("r", "gru", {**units, "frozen": why == "frozen layer"}, ("e",)),
        NodeSpec("s", "gru", units, ("e",) if why == "two readers" else ("f",)),
        NodeSpec("f", "embedding", {**TABLE[1], "shares": "e" if why == "shared" else ""}, ("input",)),
        NodeSpec("sum", "add", {}, ("r", "s")),
        NodeSpec("output", "output", {}, ("sum",)),
    ]
    layout = Layout.of(NetworkSpec(tuple(nodes)), (STEPS,), "softmax_cross_entropy")
    result = looked_up(layout, 2 if why == "few uses" else 48)
    assert "r" not in result
    assert ("s" in result) == why.startswith("frozen")
