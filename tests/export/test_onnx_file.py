"""ONNX: whole networks in ONNX Runtime, how their arrays lie, what the file tells, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from kernels.networks import chain
from onnx import numpy_helper

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.export import onnx_file
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.export.onnx import emitters, model
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

N = NodeSpec
ENDS = NetworkSpec((
    N("left one", "input", {"columns": "1-2"}), N("right", "input", {"columns": "4, 3"}),
    N("a", "dense", {"units": 3}, ("left one",)), N("b", "dense", {"units": 3, "shares": "a"}, ("right",)),
    N("join", "subtract", {}, ("a", "b")), N("value", "dense", {"units": 1}, ("join",)),
    N("other", "dense", {"units": 2}, ("join",)), N("out1", "output", {"columns": "2"}, ("value",)),
    N("out2", "output", {"columns": "1, 3"}, ("other",)),
))  # fmt: skip
SKIP = NetworkSpec((
    N("in", "input"), N("conv", "conv2d", {"filters": 2}, ("in",)), N("sum", "add", {}, ("in", "conv")),
    N("both", "concatenate", {}, ("sum", "conv")), N("norm", "batchnorm", {}, ("both",)),
    N("soft", "softmax", {}, ("norm",)), N("pool", "maxpool2d", {}, ("soft",)),
    N("flat", "flatten", {}, ("pool",)), N("a", "dense", {"units": 3}, ("flat",)),
    N("b", "dense", {"units": 3, "shares": "a"}, ("flat",)), N("d", "average", {}, ("a", "b")),
    N("out", "output", {}, ("d",)),
))  # fmt: skip
# What is repeated, along axes of pictures and before them; axes that are not the channels'.
GATES = NetworkSpec((
    N("in", "input"), N("conv", "conv2d", {"filters": 3, "padding": "same lower", "kernel_size": 2}, ("in",)),
    N("mean", "globalaveragepool", {}, ("conv",)), N("listed", "multiply", {}, ("conv", "mean")),
    N("gate", "reshape", {"target": "1, 1, 3"}, ("mean",)), N("gated", "multiply", {}, ("gate", "conv")),
    N("grey", "conv2d", {"filters": 1}, ("gated",)), N("both", "subtract", {}, ("grey", "gated", "listed")),
    N("deep", "concatenate", {"axis": "3"}, ("both", "conv")),
    N("tall", "concatenate", {"axis": "1"}, ("deep", "deep")),
    N("pad", "pad2d", {"mode": "wrap", "sides": "separate", "top": 2, "right": 1}, ("tall",)),
    N("pool", "averagepool2d", {"pool_size": 3, "ceil_mode": True, "padding": "number"}, ("pad",)),
    N("soft", "softmax", {"axis": "2"}, ("pool",)), N("norm", "layernorm", {"axes": 3}, ("soft",)),
    N("plain", "batchnorm", {"affine": False}, ("norm",)), N("flat", "flatten", {}, ("plain",)),
    N("d", "dense", {"units": 3}, ("flat",)), N("out", "output", {}, ("d",)),
))  # fmt: skip
NETWORKS = {
    "what is repeated, other axes and borders": (GATES, (5, 4, 2), 3),
    "sequences": (
        chain(("conv1d", {"filters": 4, "padding": "causal", "dilation": 2}), ("crop1d", {}),
              ("pad1d", {"sides": "separate", "before": 2, "mode": "reflect"}),
              ("convtranspose1d", {"filters": 2, "same": True}), ("softmax", {"axis": "1"}),
              ("flatten", {}), ("dense", {"units": 2})),
        (6, 3), 2,
    ),
    "convnet": (
        chain(("conv2d", {"filters": 5, "kernel_size": 2, "stride": 2}), ("batchnorm", {}), ("relu", {}),
              ("flatten", {}), ("dense", {"units": 3})),
        (5, 4, 2), 3,
    ),
    "lstm both ways": (
        chain(("lstm", {"units": 4, "bidirectional": True, "return_sequences": True}),
              ("gru", {"units": 3, "bidirectional": True}), ("dense", {"units": 2})),
        (6, 3), 2,
    ),
    "transformer": (
        chain(("positionalencoding", {}), ("transformerblock", {"heads": 2, "hidden": 7, "causal": True}),
              ("globalaveragepool1d", {}), ("dense", {"units": 2})),
        (5, 6), 2,
    ),
    "skip links and shared weights": (SKIP, (5, 4, 2), 3),
    "several ends": (ENDS, (4,), 3),
}  # fmt: skip


def trained(network: NetworkSpec, shape: tuple[int, ...], width: int) -> Session:
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(16, *s)).astype(np.float32) for s in (shape, (width,)))
    scale = np.broadcast_to(np.arange(1.0, shape[-1] + 1), shape)
    data = Dataset("toy", x, y, x[:9], y[:9], x_shift=-scale, x_scale=scale, y_shift=3.0, y_scale=2.0)
    session = Session(network, data, TrainingSettings(epochs=2))
    for _ in session.slices():
        pass
    return session


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_the_same_at_every_batch_size(name, tmp_path):
    parity = export(trained(*NETWORKS[name]), tmp_path / "w.onnx")
    assert parity.holds and parity.batches == (1, 7, 9) and parity.judge.startswith("ONNX Runtime")
    assert parity.largest_difference < 1e-5


@pytest.mark.parametrize(
    ("layer", "shape", "given"), [("conv2d", (5, 4, 2), (1, 3, 5, 4)), ("conv1d", (5, 4), (1, 5, 3))]
)
def test_pictures_come_out_with_channels_first_and_sequences_with_steps(
    layer, shape, given, tmp_path, monkeypatch
):
    # What it gives out here is no Output.
    monkeypatch.setattr(model, "values_program", lambda *_: "")
    network = chain((layer, {"filters": 3}), ("relu", {}), ("flatten", {}), ("dense", {"units": 2}))
    inner = replace(ExportedNetwork.of(trained(network, shape, 2)), output="relu1")
    formats["onnx"].write(inner, tmp_path / "w.onnx")
    x = np.random.default_rng(1).normal(size=(1, *shape))
    expected = predict(inner.arrays, inner.metadata(), x)
    np.testing.assert_allclose(
        formats["onnx"].predict(tmp_path / "w.onnx", x), expected, rtol=1e-5, atol=1e-6
    )
    session = onnxruntime.InferenceSession(tmp_path / "w.onnx", providers=["CPUExecutionProvider"])
    assert tuple(session.get_outputs()[0].shape) == ("batch", *given[1:])


def arrays_in(path) -> dict[str, np.ndarray]:
    return {a.name: numpy_helper.to_array(a) for a in onnx.load(path).graph.initializer}


def test_weights_lie_as_onnx_has_them_and_shared_ones_lie_there_once(tmp_path):
    export(trained(*NETWORKS["convnet"]), tmp_path / "w.onnx")
    shapes = {name: array.shape for name, array in arrays_in(tmp_path / "w.onnx").items()}
    assert shapes["conv2d0.weight"] == (5, 2, 2, 2) and shapes["dense4.weight"] == (3, 30)
    assert shapes["input.shift"] == (2, 1, 1)
    export(trained(*NETWORKS["several ends"]), tmp_path / "v.onnx")
    assert [n for n in arrays_in(tmp_path / "v.onnx") if n.endswith(".weight")] == [
        "a.weight", "value.weight", "other.weight",
    ]  # fmt: skip


def test_each_end_has_a_name_and_a_free_batch(tmp_path):
    session = trained(*NETWORKS["several ends"])
    export(session, tmp_path / "w.onnx")
    runtime = onnxruntime.InferenceSession(tmp_path / "w.onnx", providers=["CPUExecutionProvider"])
    assert [(i.name, i.shape) for i in runtime.get_inputs()] == [
        ("left_one", ["batch", 2]), ("right", ["batch", 2]),
    ]  # fmt: skip
    assert [o.name for o in runtime.get_outputs()] == ["out1", "out2"]
    x = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    raw = (x * session.data.x_scale + session.data.x_shift).astype(np.float32)
    out1, out2 = runtime.run(None, {"left_one": raw[:, :2], "right": raw[:, [3, 2]]})
    np.testing.assert_allclose(out1, session.predict(x) * 2 + 3, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(out2, session.predict(x, "out2") * 2 + 3, rtol=1e-5, atol=1e-6)


def test_the_file_tells_what_goes_in_and_comes_out(tmp_path):
    export(trained(*NETWORKS["convnet"]), tmp_path / "w.onnx")
    model = onnx.load(tmp_path / "w.onnx")
    texts = {p.key: p.value for p in model.metadata_props}
    assert model.opset_import[0].version == 17 and "units of the data" in model.doc_string
    assert json.loads(texts["input_shape"]) == [5, 4, 2] and texts["date"] and texts["nnstudio"]
    assert json.loads(texts["scaling"])["y_shift"] == [3.0] and "batch, channels" in texts["layout"]
    assert json.loads(texts["classes"]) == [] and json.loads(texts["outputs"]) == ["output"]


@pytest.fixture
def network() -> ExportedNetwork:
    return ExportedNetwork.of(trained(*NETWORKS["convnet"]))


def test_an_option_that_the_emitter_does_not_know_is_refused_by_node(network, monkeypatch):
    known = emitters.EMITTERS["conv2d"]
    less = replace(known, options=known.options - {"stride"})
    monkeypatch.setitem(emitters.EMITTERS, "conv2d", less)
    with pytest.raises(ExportError, match=r"'conv2d0' \(Conv2D\) with stride = 2\. Set it to 1"):
        formats["onnx"].check(network)


def test_a_layer_without_an_emitter_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.delitem(emitters.EMITTERS, "batchnorm")
    with pytest.raises(ExportError, match=r"ONNX cannot express 'batchnorm1' \(BatchNorm\)"):
        export(trained(*NETWORKS["convnet"]), tmp_path / "w.onnx")
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_a_sentence_says_what_to_install(network, monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"pip install nnstudio\[onnx\]"):
        formats["onnx"].check(network)


def test_without_onnx_runtime_the_reference_judges(network, tmp_path, monkeypatch):
    formats["onnx"].write(network, tmp_path / "w.onnx")
    x = np.random.default_rng(1).normal(size=(7, 5, 4, 2))
    fast = formats["onnx"].predict(tmp_path / "w.onnx", x)
    find = onnx_file.find_spec
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None if name == "onnxruntime" else find(name))
    np.testing.assert_allclose(formats["onnx"].predict(tmp_path / "w.onnx", x), fast, rtol=1e-4, atol=1e-6)
    assert formats["onnx"].judge() == f"the reference of onnx {onnx.__version__}"
    transposed = chain(
        ("convtranspose2d", {"filters": 4, "groups": 2}), ("flatten", {}), ("dense", {"units": 3})
    )
    parity = export(trained(transposed, (5, 4, 2), 3), tmp_path / "v.onnx")
    assert parity.judge == "" and "not checked" in parity.sentence, "the reference fails of groups there"
