"""Every layer that has units gets more of them without a change of what is predicted."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import layers
from nnstudio.data.dataset import Dataset
from nnstudio.model.growth import UNIT_OPTIONS
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.learned import Learned
from nnstudio.training.session import Session

WITH_UNITS = [layer for layer in layers if any(layer.has_option(name) for name in UNIT_OPTIONS)]


@pytest.mark.parametrize("layer", WITH_UNITS, ids=lambda layer: layer.id)
def test_more_units_predict_the_same(layer):
    (option,) = [name for name in UNIT_OPTIONS if layer.has_option(name)]
    _options, ((*shape,),) = layer.samples[0]
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, *shape)).astype(np.float32), rng.normal(size=(9, 2)).astype(np.float32)
    data = Dataset("toy", x, y, x, y)

    def session(units: int) -> Session:
        nodes = (
            NodeSpec("in", "input"), NodeSpec("layer", layer.id, {option: units}, ("in",)),
            NodeSpec("flat", "flatten", {}, ("layer",)), NodeSpec("last", "dense", {"units": 2}, ("flat",)),
            NodeSpec("out", "output", {}, ("last",)),
        )  # fmt: skip
        return Session(NetworkSpec(nodes), data, TrainingSettings().with_option("loss", "mse"))

    old, new = session(4), session(7)
    old.single_step()
    learned = Learned.of(old)
    assert learned is not None
    carried = learned.teach(new)
    assert not carried.lost
    np.testing.assert_allclose(new.predict(x), old.predict(x), rtol=1e-5, atol=1e-5)
