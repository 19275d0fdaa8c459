"""Layers of Keras, asked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from importing.computed import computed

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall
from nnstudio.importing.keras_graph import read_model
from nnstudio.importing.keras_layers import read_layer


def call(kind: str, config: Mapping[str, Any], *shapes: tuple[int, ...]) -> KerasCall:
    def arrays(*inside: str) -> list[np.ndarray]:
        assert inside == ("layer",)
        return [np.ones((4, 3)), np.zeros(3)]

    return KerasCall(kind, config, shapes, ["x"] * len(shapes), {}, arrays, "", "keras.layers")


def test_a_mean_that_keeps_its_axes():
    parts = read_layer(call("GlobalAveragePooling2D", {"keepdims": True}, (5, 4, 3)))
    assert [part.kind for part in parts] == ["globalaveragepool", "reshape"]
    assert parts[1].options == {"target": "1, 1, 3"}


@pytest.mark.parametrize(
    "config, word",
    [
        ({"groups": 4}, "6 channels cannot be split into 4"),
        ({"groups": "x"}, "into x groups"),
        ({"groups": 3, "axis": 1}, "axis 1"),
    ],
)
def test_groups_that_cannot_be_are_named(config, word):
    with pytest.raises(NotExpressible, match=word):
        read_layer(call("GroupNormalization", config, (5, 4, 6)))


def test_a_normalisation_of_groups_without_weights_begins_with_the_identity():
    fresh = replace(call("GroupNormalization", {"groups": 3}, (5, 4, 6)), arrays=lambda *_inside: None)
    arrays = read_layer(fresh)[-1].arrays
    assert arrays is not None and (arrays["weight"] == 1).all() and (arrays["bias"] == 0).all()


def test_a_dense_at_each_step_is_a_dense():
    dense = {"class_name": "Dense", "config": {"units": 3, "activation": "relu6"}}
    parts = read_layer(call("TimeDistributed", {"layer": dense}, (7, 4)))
    assert [part.kind for part in parts] == ["dense", "clamp"]
    assert parts[0].arrays is not None and parts[0].arrays["weight"].shape == (4, 3)


def test_other_layers_at_each_step_are_named():
    conv = {"class_name": "Conv2D", "config": {}}
    with pytest.raises(NotExpressible, match="Conv2D at each step"):
        read_layer(call("TimeDistributed", {"layer": conv}, (7, 6, 6, 1)))


def chain(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    layer = {"class_name": kind, "config": {"name": "it", **config}, "module": "keras.layers"}
    start = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4]}}
    return {"class_name": "Sequential", "config": {"name": "model", "layers": [start, layer]}}


X = np.array([[-4.0, -0.5, 0.75, 9.0]])


@pytest.mark.parametrize(
    "kind, config, y",
    [
        ("Activation", {"activation": "hard_sigmoid"}, np.clip(X / 6 + 0.5, 0, 1)),
        ("Activation", {"activation": "hard_silu"}, X * np.clip(X / 6 + 0.5, 0, 1)),
        ("Activation", {"activation": "mish"}, X * np.tanh(np.log1p(np.exp(X)))),
        ("ReLU", {"max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0}, np.clip(X, 0, 6)),
    ],
)
def test_activations_of_several_layers(kind, config, y):
    imported = read_model("net.keras", chain(kind, config), None)
    assert imported.unread == ()
    np.testing.assert_allclose(computed(imported, X)[0], y, rtol=1e-5)


@pytest.mark.parametrize(
    "kind, number, is_left, expected",
    [
        ("Add", 3, False, (1.0, 3)),
        ("Subtract", 0.5, True, (-1.0, 0.5)),
        ("Subtract", 0.5, False, (1.0, -0.5)),
        ("TrueDivide", 4, False, (0.25, 0.0)),
    ],
)
def test_operations_with_a_number(kind, number, is_left, expected):
    own = replace(call(kind, {}, (4,)), module="keras.src.ops.numpy", constants=[(number, is_left)])
    (part,) = read_layer(own)
    assert part.kind == "batchnorm" and part.line == expected
    with pytest.raises(NotExpressible):
        read_layer(replace(own, constants=[("much", is_left)]))
