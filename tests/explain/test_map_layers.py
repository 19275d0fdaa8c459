"""Maps of pictures of any size, and the way back from them: against PyTorch, and against themselves."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import CONVNET, session
from explain.test_differentiable import GOLDEN, golden_session
from kernels.networks import chain

from nnkernels.spec import NodeError
from nnstudio.data.dataset import DataError
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.map_layers import map_layers
from nnstudio.explain.methods.style import content_loss, gram, style_loss


def test_maps_and_the_way_back_from_their_losses_are_those_of_pytorch():
    given = golden_session()
    network, x, painted = Differentiable(given), GOLDEN["picture"][None], GOLDEN["painted"][None]
    maps, other = (network.maps(of, ["relu4"])[0][0] for of in (x, painted))
    np.testing.assert_allclose(maps, GOLDEN["maps"], rtol=1e-4, atol=1e-6)
    for name, slope in (
        ("content", content_loss(maps, other)[1]),
        ("style", style_loss(maps, gram(other))[1]),
    ):
        by_picture = network.maps_back(x, {"relu4": slope[None]})[0]
        expected = GOLDEN[f"{name} gradient by picture"]
        np.testing.assert_allclose(by_picture, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    assert (network.forward, network.back) == (4, 2)


def test_several_layers_give_what_each_gives_by_itself():
    network, rng = Differentiable(session()), np.random.default_rng(0)
    x = rng.uniform(size=(1, 10, 12, 3))
    first, second = network.maps(x, ["relu4", "relu1"])
    assert first.shape == (1, 5, 6, 6) and second.shape == (1, 10, 12, 4)
    slopes = {"relu4": rng.normal(size=first.shape), "relu1": rng.normal(size=second.shape)}
    apart = sum(network.maps_back(x, {node: slope}) for node, slope in slopes.items())
    np.testing.assert_allclose(network.maps_back(x, slopes), apart, rtol=1e-4, atol=1e-5)


def test_a_larger_picture_is_seen_by_the_same_filters():
    given = session()
    network, rng = Differentiable(given), np.random.default_rng(1)
    large = rng.uniform(size=(1, 24, 20, 3)).astype(np.float32)
    first, maps = network.maps(large, ["relu1", "relu4"])
    small = given.predict(large[:, 8:16, 8:16], "relu1")
    # Away from the border, which is padded.
    np.testing.assert_allclose(first[:, 9:15, 9:15], small[:, 1:7, 1:7], rtol=1e-4, atol=1e-6)
    (moved,) = network.maps(np.roll(large, (2, 4), (1, 2)), ["relu4"])
    np.testing.assert_allclose(moved[:, 4:10, 5:8], maps[:, 3:9, 3:6], rtol=1e-4, atol=1e-6)


def test_layers_are_named_with_what_follows_them_and_those_behind_are_left_out():
    assert map_layers(session().layout) == ("relu1", "relu4")
    bare = chain(("conv2d", {}), ("conv2d", {}), ("flatten", {}), ("dense", {"units": 3}))
    assert map_layers(session(bare).layout) == ("conv2d0", "conv2d1")
    with pytest.raises(DataError, match="Add a Conv2D"):
        map_layers(session(chain(("flatten", {}), ("dense", {"units": 3}))).layout)


@pytest.mark.parametrize(
    "node, kind, words", [("gone", DataError, "no layer called"), ("dense7", NodeError, "before it")]
)
def test_layers_that_give_no_maps_of_such_a_picture_are_refused(node, kind, words):
    with pytest.raises(kind, match=words):
        Differentiable(session(CONVNET)).maps(np.zeros((1, 16, 16, 3)), [node])
