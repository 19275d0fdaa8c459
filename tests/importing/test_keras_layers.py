"""Layers of Keras, asked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall
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


def test_a_dense_at_each_step_is_a_dense():
    dense = {"class_name": "Dense", "config": {"units": 3, "activation": "relu6"}}
    parts = read_layer(call("TimeDistributed", {"layer": dense}, (7, 4)))
    assert [part.kind for part in parts] == ["dense", "clamp"]
    assert parts[0].arrays is not None and parts[0].arrays["weight"].shape == (4, 3)


def test_other_layers_at_each_step_are_named():
    conv = {"class_name": "Conv2D", "config": {}}
    with pytest.raises(NotExpressible, match="Conv2D at each step"):
        read_layer(call("TimeDistributed", {"layer": conv}, (7, 6, 6, 1)))
