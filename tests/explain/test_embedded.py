"""Gradients through an Embedding: what each token's vector has a part in, against sums done by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import pictures, session
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.embedded import stages
from nnstudio.explain.method import methods
from nnstudio.explain.targets import class_target, question
from nnstudio.model.tokens import Tokens

LINEAR = chain(("embedding", {"size": 5, "dimensions": 3}), ("flatten", {}), ("dense", {"units": 3}))
DEEP = chain(
    ("embedding", {"size": 5, "dimensions": 3}),
    ("lstm", {"units": 4}),
    ("dense", {"units": 3}),
    ("softmax", {}),
)


def tokens(columns: int = 4) -> Dataset:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 5, (20, columns)).astype(np.float32)
    return replace(pictures(), x_train=x, x_test=x, tokens=(Tokens(tuple(range(columns)), 5),))


def through(network, method: str, number=2, data=None, **options):
    """The explanation, the network that was asked, and the sample."""
    given = session(network, data or tokens())
    x, y, _ = given.samples()
    asked, _ = question(given, x[3:4], int(y[3, 0]), class_target(given, number), -1, (x[:0], y[:0]))
    asking, chosen = Differentiable(given), methods[method]
    *_, last = stages(chosen, asking, asked, chosen.complete(options))
    return last.explanation, asking, x[3].astype(int)


def test_shares_of_a_sum_are_the_products_of_vectors_and_weights():
    explanation, asking, sample = through(LINEAR, "integrated_gradients", steps=5)
    arrays = asking.session.arrays()
    weights = arrays["dense2.weight"].reshape(4, 3, 3)[..., 2]
    expected = (arrays["embedding0.weight"][sample] * weights).sum(-1)
    np.testing.assert_allclose(explanation.values, expected, rtol=1e-4, atol=1e-7)
    assert "the same for the baseline (zero vectors)" in explanation.figures
    saliency, _, _ = through(LINEAR, "saliency")
    np.testing.assert_allclose(saliency.values, np.sqrt((weights**2).sum(-1)), rtol=1e-5)


def test_shares_add_up_to_the_rise_through_a_deep_network_and_its_cost_is_counted():
    explanation, asking, _ = through(DEEP, "integrated_gradients", steps=100)
    figures = explanation.figures
    assert figures["difference"] < 1e-3 * abs(figures["rise"]) + 1e-5
    given = asking.session
    x = given.data.x_test[3:4]
    assert figures["score of b"] == pytest.approx(float(given.predict(x, "dense2")[0, 2]), rel=1e-5)
    assert asking.back == 102 and asking.forward == 102


def test_a_method_that_needs_no_gradients_covers_the_tokens_themselves():
    explanation, asking, sample = through(DEEP, "occlusion")
    predict, x = asking.session.predict, sample[None].astype(np.float32)
    for at in range(4):
        covered = x.copy()
        covered[0, at] = 0
        fall = predict(x, "dense2")[0, 2] - predict(covered, "dense2")[0, 2]
        assert explanation.values[at] == pytest.approx(fall, abs=1e-6)


def test_a_sample_of_tokens_cannot_change_a_little():
    with pytest.raises(DataError, match="cannot change a little, as Fast gradient sign would"):
        through(LINEAR, "fgsm")


def test_where_numbers_go_around_the_table_it_is_refused():
    nodes = (
        NodeSpec("words", "input", {"columns": "1-2"}),
        NodeSpec("table", "embedding", {"size": 5}, ("words",)),
        NodeSpec("flat", "flatten", {}, ("table",)),
        NodeSpec("numbers", "input", {"columns": "3-4"}),
        NodeSpec("both", "concatenate", {}, ("flat", "numbers")),
        NodeSpec("d", "dense", {"units": 3}, ("both",)),
        NodeSpec("output", "output", {}, ("d",)),
    )
    with pytest.raises(DataError, match=r"Not everything goes through 'table'.*Use the method occlusion"):
        through(NetworkSpec(nodes), "saliency")


def test_a_stand_in_for_a_gradient_is_told_where_one_came_back():
    network = chain(("flatten", {}), ("dense", {"units": 4}), ("step", {}), ("dense", {"units": 3}))
    assert "step2: no true gradient" in through(network, "saliency", data=pictures())[0].notes[-1]
    assert not through(network, "occlusion", data=pictures(), window=8)[0].notes
