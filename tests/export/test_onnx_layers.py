"""ONNX: every layer, in all cases that it names itself, against its NumPy reference."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from kernels.networks import between, reads_samples

from nnkernels.spec import Role, layers, size_of
from nnstudio.data.dataset import Dataset
from nnstudio.export.format import NOT_COMPUTED, formats
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.export.onnx.emitters import EMITTERS
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

ROWS = {"two_lengths": True, "pool_size": 2, "pool_width": 3}
# Padding that reaches farther than a window is long, or that windows reach beyond.
OTHERS: dict[str, list[tuple[dict, tuple]]] = {
    "maxpool2d": [
        ({"dilation": 3, "stride": 1, "padding": "same"}, ((5, 6, 2),)),
        ({**ROWS, "dilation": 3, "padding": "sides", "pad_bottom": 3, "stride_width": 1}, ((7, 5, 2),)),
        ({**ROWS, "dilation_width": 2, "padding": "number", "ceil_mode": True}, ((6, 6, 1),)),
        ({"pool_size": 3, "stride": 5, "padding": "sides", "pad_right": 2}, ((7, 6, 2),)),
    ],
    "maxpool1d": [({"dilation": 3, "stride": 1, "padding": "same lower"}, ((6, 2),))],
    "averagepool2d": [
        ({**ROWS, "padding": "number", "ceil_mode": True, "count_padding": True}, ((6, 7, 2),)),
        ({**ROWS, "padding": "same lower", "stride": 1, "count_padding": True}, ((5, 4, 2),)),
        ({**ROWS, "padding": "sides", "pad_top": 1, "stride_width": 4, "ceil_mode": True}, ((5, 8, 2),)),
        ({"pool_size": 3, "padding": "number", "count_padding": True, "stride": 4}, ((6, 5, 2),)),
    ],
    "averagepool1d": [
        ({"pool_size": 3, "padding": "sides", "pad_after": 2, "count_padding": True}, ((5, 3),)),
        ({"pool_size": 3, "padding": "number", "ceil_mode": True, "count_padding": True}, ((6, 3),)),
    ],
    "convtranspose2d": [
        (
            {"filters": 4, "two_lengths": True, "kernel_size": 4, "kernel_width": 3, "stride": 1,
             "stride_width": 3, "dilation_width": 2, "padding": 2, "padding_width": 1,
             "output_padding_width": 2, "groups": 2},
            ((3, 4, 6),),
        ),
        (
            {"filters": 2, "two_lengths": True, "kernel_size": 4, "stride_width": 3, "same": True},
            ((3, 2, 2),),
        ),
    ],
    "convtranspose1d": [
        ({"filters": 2, "kernel_size": 4, "stride": 1, "same": True}, ((5, 2),)),
        ({"filters": 2, "stride": 2, "dilation": 6, "output_padding": 5, "padding": 2}, ((4, 3),)),
        ({"filters": 2, "stride": 2, "dilation": 6, "output_padding": 5}, ((4, 3),)),
    ],
    "pad2d": [
        ({"sides": "separate", "left": 2, "bottom": 1, "mode": "reflect"}, ((3, 4, 2),)),
        ({"sides": "separate", "left": 3, "bottom": 1, "right": 2, "mode": "edge"}, ((3, 4, 2),)),
        ({"border": 2, "mode": "wrap"}, ((2, 3, 2),)),
    ],
    "layernorm": [({"axes": 2, "epsilon": 0.1}, ((3, 4),))],
    "concatenate": [({"axis": "1"}, ((2, 3), (4, 3), (1, 3)))],
    "subtract": [({}, ((1, 3), (2, 1), (2, 3)))],
}  # fmt: skip
CASES = [
    (layer.id, options, shapes)
    for layer in layers
    if layer.role == Role.LAYER and reads_samples(layer)
    for options, shapes in (*layer.samples, *OTHERS.get(layer.id, ()))
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


def test_every_option_is_heeded():
    assert formats["onnx"].title, "finding it fills the table of emitters"
    for layer in (x for x in layers if x.id in EMITTERS):
        known = EMITTERS[layer.id].options
        names = {option.name for option in layer.options} - NOT_COMPUTED
        assert known is None or names <= known, layer.id
    assert len(EMITTERS) > 40


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
