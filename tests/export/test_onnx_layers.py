"""ONNX: every layer, in all cases that it names itself, against its NumPy reference."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from export.newer_options import check_refusals, is_newer
from kernels.networks import between

from nnkernels.spec import Role, layers, size_of
from nnstudio.data.dataset import Dataset
from nnstudio.export.format import formats
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

CASES = [
    (layer.id, options, shapes)
    for layer in layers
    if layer.role == Role.LAYER
    for options, shapes in layer.samples
    if not is_newer(layer.id, options)
]


def network_of(kind: str, options: dict, shapes: tuple) -> ExportedNetwork:
    """One layer between its Inputs, which take their columns from a row, and an Output."""
    rng = np.random.default_rng(0)
    width = size_of(layers[kind].shape(layers[kind].complete(options), shapes))
    start = sum(size_of(shape) for shape in shapes)
    x, y = np.zeros((9, start), np.float32), rng.normal(size=(9, width)).astype(np.float32)
    # Tokens are not scaled.
    scaling = (
        {} if kind == "embedding" else {"x_shift": rng.normal(size=start), "x_scale": np.full(start, 2.0)}
    )
    data = Dataset("toy", x, y, x, y, **scaling)
    network = ExportedNetwork.of(Session(between(kind, options, shapes), data, TrainingSettings()))
    for array in network.arrays.values():
        # As if trained: that zeros or ones were swapped would not show.
        array += rng.uniform(0.1, 0.4, array.shape).astype(np.float32)
    return network


def test_what_it_cannot_express_yet_is_refused():
    newer = [(x.id, o, s) for x in layers for o, s in x.samples if is_newer(x.id, o)]
    check_refusals(formats["onnx"], [network_of(*case) for case in newer])


@pytest.mark.parametrize(("kind", "options", "shapes"), CASES, ids=lambda v: v if isinstance(v, str) else "")
def test_a_layer_gives_the_same(kind, options, shapes, tmp_path):
    network, form, path = network_of(kind, options, shapes), formats["onnx"], tmp_path / "w.onnx"
    form.check(network)
    form.write(network, path)
    for n in (1, 7):
        x = np.random.default_rng(n).normal(1.0, 2.0, (n, *network.input_shape))
        x = x.round() if kind == "embedding" else x
        expected = predict(network.arrays, network.metadata(), x)
        result = form.predict(path, x)
        assert result.shape == expected.shape
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    assert form.judge() == f"ONNX Runtime {onnxruntime.__version__}"
