"""The map of a code of two numbers: where the samples lie on it, and what is drawn from its points."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.code_map import CodeMapProbe, code_node
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def pictures(count: int = 20, width: int = 6) -> Dataset:
    """Pictures of 3 x 2 that are to be drawn again, with values up to 10."""
    x = np.random.default_rng(1).uniform(size=(count, 3, 2, 1)).astype(np.float32)
    y = x.reshape(count, -1)[:, :width]
    return Dataset("pictures", x, y, x[:0], y[:0], y_scale=10.0)


def autoencoder(*middle: tuple[str, dict], data: Dataset | None = None) -> Session:
    """Flatten, the layers in the middle, and a Dense with a Sigmoid that draw."""
    data = data or pictures()
    nodes = [NodeSpec("in", "input"), NodeSpec("flat", "flatten", {}, ("in",))]
    for at, (kind, options) in enumerate(middle):
        nodes.append(NodeSpec(f"m{at}", kind, options, (nodes[-1].id,)))
    nodes.append(NodeSpec("draw", "dense", {"units": data.target_width}, (nodes[-1].id,)))
    nodes.append(NodeSpec("grey", "sigmoid", {}, ("draw",)))
    nodes.append(NodeSpec("out", "output", {}, ("grey",)))
    return Session(NetworkSpec(tuple(nodes)), data, TrainingSettings(batch_size=5))


TWO, TANH = ("dense", {"units": 2}), ("tanh", {})


def test_the_code_is_the_last_that_has_two_numbers_before_something_is_learned():
    assert code_node(autoencoder(TWO).layout) == "m0"
    assert code_node(autoencoder(TWO, TANH).layout) == "m1"
    assert code_node(autoencoder(TWO, TANH, TWO, ("dense", {"units": 4})).layout) == "m2"
    assert code_node(autoencoder(("dense", {"units": 3})).layout) == ""


def test_two_numbers_at_the_end_are_no_code():
    data = pictures(width=2)
    assert code_node(autoencoder(("dense", {"units": 4}), data=data).layout) == ""


def test_the_picture_is_drawn_first_as_by_hand_and_the_points_are_the_codes():
    session = autoencoder(TWO, TANH)
    session.single_step()
    code = (0.4, -0.7)
    picture, *_pieces, points = CodeMapProbe(code).run(session)
    arrays = session.arrays()
    drawn = 1 / (1 + np.exp(-(np.array(code) @ arrays["draw.weight"] + arrays["draw.bias"])))
    truth = session.data.y_train * 10.0
    shares = np.clip((drawn * 10.0 - truth.min()) / (truth.max() - truth.min()), 0, 1)
    assert (picture.code, picture.node, picture.step) == (code, "m1", 1)
    np.testing.assert_allclose(picture.picture, shares.reshape(3, 2, 1), rtol=1e-5, atol=1e-6)
    flat = session.data.x_train.reshape(20, -1)
    codes = np.tanh(flat @ arrays["m0.weight"] + arrays["m0.bias"])
    assert points.total == 20 and points.code == code
    np.testing.assert_array_equal(points.picture, picture.picture)
    np.testing.assert_allclose(points.points, codes, rtol=1e-4, atol=1e-5)


def test_of_many_samples_the_first_are_on_the_map(monkeypatch):
    monkeypatch.setattr("nnstudio.explain.code_map.MOST", 7)
    *_pieces, result = CodeMapProbe().run(autoencoder(TWO))
    assert (len(result.points), result.total) == (7, 20)


@pytest.mark.parametrize("middle", [(("dense", {"units": 3}),), ()])
def test_where_there_is_no_code_of_two_numbers_that_is_told(middle):
    (result,) = CodeMapProbe((0.0, 0.0)).run(autoencoder(*middle))
    assert result.node == "" and result.points is None and result.picture is None
