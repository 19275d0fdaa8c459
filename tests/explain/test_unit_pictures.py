"""Weights of units that read a picture lie as its values do; means of classes are those of the data."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.unit_pictures import NO_MEANS, class_means, picture_read
from nnstudio.explain.weights import Aspect, WeightsProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

SHAPE, CLASSES = (4, 5, 2), ("cat", "dog", "owl", "never")


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Thirty pictures of three classes out of four."""
    rng = np.random.default_rng(4)
    return rng.random((30, *SHAPE), np.float32), (np.arange(30, dtype=np.float32) % 3)[:, None]


def session_of(*layers: tuple[str, dict[str, object]]) -> Session:
    x, y = pictures()
    kinds = [("input", {}), *layers, ("softmax", {}), ("output", {})]
    nodes = [
        NodeSpec(f"{kind}_{i}", kind, options, (f"{kinds[i - 1][0]}_{i - 1}",) if i else ())
        for i, (kind, options) in enumerate(kinds)
    ]
    data = Dataset("small", x, y, x[:0], y[:0], CLASSES)
    return Session(NetworkSpec(tuple(nodes)), data, TrainingSettings(loss="softmax_cross_entropy"))


FLATTEN, DROPOUT, SHIFT = ("flatten", {}), ("dropout", {}), ("randomshift", {})
UNITS = ("dense", {"units": len(CLASSES)})


def test_a_unit_s_picture_has_the_weight_of_each_value_where_the_value_is():
    session = session_of(FLATTEN, UNITS)
    (seen,) = WeightsProbe("dense_2").run(session)
    array, bias = seen.arrays["weight"], seen.arrays["bias"]
    assert array.read == SHAPE and bias.read == ()
    filters = array.values.reshape(*array.read, -1)
    for at in [(0, 0, 0), (3, 1, 1), (2, 4, 0)]:
        lit = np.zeros((1, *SHAPE), np.float32)
        lit[0][at] = 1
        np.testing.assert_allclose(session.predict(lit, "dense_2")[0], filters[at] + bias.values, rtol=1e-6)


@pytest.mark.parametrize("before", [[FLATTEN], [SHIFT, FLATTEN, DROPOUT]], ids=["at once", "when predicting"])
def test_means_are_those_of_the_training_samples_of_each_class(before):
    session = session_of(*before, UNITS)
    (seen,) = WeightsProbe(f"dense_{len(before) + 1}", Aspect.CLASS_MEANS).run(session)
    assert list(seen.arrays) == ["weight"] and seen.means is not None and seen.means.samples == 30
    x, y = pictures()
    for number in range(3):
        own = [picture for picture, label in zip(x, y, strict=True) if label[0] == number]
        np.testing.assert_allclose(seen.means.pictures[number], sum(own) / len(own), rtol=1e-5)
    assert np.isnan(seen.means.pictures[3]).all()


CONV, RELU, HIDDEN = ("conv2d", {"filters": 3}), ("relu", {}), ("dense", {"units": 7})


@pytest.mark.parametrize(
    "layers, node, read",
    [
        ([CONV, FLATTEN, UNITS], "dense_3", (4, 5, 3)),
        ([FLATTEN, HIDDEN, UNITS], "dense_2", SHAPE),
        ([FLATTEN, HIDDEN, UNITS], "dense_3", ()),
        ([FLATTEN, RELU, UNITS], "dense_3", ()),
    ],
    ids=["behind a convolution", "hidden", "behind another", "behind an activation"],
)
def test_only_units_of_classes_right_behind_the_pictures_have_means(layers, node, read):
    session = session_of(*layers)
    assert picture_read(session, node) == read and class_means(session, node) is None
    (seen,) = WeightsProbe(node, Aspect.CLASS_MEANS).run(session)
    assert not seen.arrays and seen.units == NO_MEANS


def test_a_layer_without_weights_says_nothing_of_means():
    (seen,) = WeightsProbe("flatten_1", Aspect.CLASS_MEANS).run(session_of(FLATTEN, UNITS))
    assert not seen.arrays and not seen.units
