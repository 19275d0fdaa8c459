"""The way back through layers that vary pictures in training: as the engine went, or said not to be known."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import layers
from nnstudio.data.dataset import Dataset
from nnstudio.explain.arithmetic import ArithmeticProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

UNTOLD = ("randomrotation", "randomzoom")


@pytest.mark.parametrize("kind", [x.id for x in layers if x.category == "Augmentation"])
def test_behind_a_convolution(kind):
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("c", "conv2d", {"filters": 4}, ("i",)),
        NodeSpec("a", kind, {}, ("c",)),
        NodeSpec("p", "averagepool2d", {}, ("a",)),
        NodeSpec("f", "flatten", {}, ("p",)),
        NodeSpec("d", "dense", {"units": 3}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 6, 6, 2)).astype(np.float32)
    y = rng.integers(0, 3, (12, 1)).astype(np.float32)
    data = Dataset("pictures", x, y, x[:0], y[:0], classes=("a", "b", "c"))
    settings = TrainingSettings(batch_size=4).with_option("loss", "softmax_cross_entropy")
    session = Session(NetworkSpec(nodes), data, settings)
    session.single_step()
    for unit in (0, 7, 20, 141):
        (operation,) = ArithmeticProbe("backward", "c", unit, 1).run(session)
        told = operation.told
        if kind in UNTOLD:
            assert [r.label for r in told.rows] == ["a, not broken down"] and told.result is None
        else:
            assert told.result == pytest.approx(told.engine, rel=2e-3, abs=1e-7)
        assert layers[kind].title in told.note
