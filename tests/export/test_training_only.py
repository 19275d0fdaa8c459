"""What layers do in training only stays out of what an exported network predicts."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain

from nnkernels.spec import layers
from nnstudio.data.dataset import Dataset
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

TRAINING_ONLY = [
    layer.id
    for layer in layers
    if layer.is_view(layer.defaults(), False) and not layer.is_view(layer.defaults(), True)
]


@pytest.mark.parametrize("kind", TRAINING_ONLY)
def test_an_exported_network_predicts_without_it(kind):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 5, 4, 2)).astype(np.float32), rng.normal(size=(20, 1)).astype(np.float32)
    network = chain((kind, {}), ("flatten", {}), ("dense", {"units": 1}))
    session = Session(network, Dataset("toy", x, y, x[:9], y[:9]), TrainingSettings(epochs=2))
    for _ in session.slices():
        pass
    exported = ExportedNetwork.of(session)
    ours = predict(exported.arrays, exported.metadata(), x)
    assert ours == pytest.approx(session.predict(x), rel=1e-5, abs=1e-6)
