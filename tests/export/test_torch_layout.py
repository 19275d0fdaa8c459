"""PyTorch's layouts: what its modules would compute from the arrays, told independently; and the way back."""

from __future__ import annotations

import keyword

import numpy as np
import pytest
from export.cases import exported
from kernels.networks import chain
from safetensors import safe_open

from nnkernels.spec import layers
from nnstudio.data.dataset import Dataset
from nnstudio.export.format import formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.layout import from_torch, module_names, state_dict, to_torch
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def drawn(kind: str, options: dict, *shapes: tuple[int, ...]) -> tuple[dict, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    options = layers[kind].complete(options)
    declared = layers[kind].parameters(options, shapes)
    return options, {p.name: rng.normal(size=p.shape) for p in declared}


@pytest.mark.parametrize("layer", list(layers), ids=lambda layer: layer.id)
def test_every_layer_comes_back(layer):
    for options, shapes in layer.samples:
        full, arrays = drawn(layer.id, options, *shapes)
        if "running_batches" in arrays:
            arrays["running_batches"] = np.array([7.0])
        back = from_torch(layer.id, to_torch(layer.id, arrays), full)
        assert back.keys() == arrays.keys()
        for name, values in arrays.items():
            np.testing.assert_array_equal(back[name], values)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def gated(kind: str, tensors: dict[str, np.ndarray], x: np.ndarray, end: str) -> np.ndarray:
    """The last state of one direction, by the formulas in PyTorch's documentation of LSTM, GRU and RNN."""
    w, u = tensors[f"weight_ih_l0{end}"], tensors[f"weight_hh_l0{end}"]
    b, c = tensors[f"bias_ih_l0{end}"], tensors[f"bias_hh_l0{end}"]
    h = cell = np.zeros((len(x), u.shape[1]))
    for t in range(x.shape[1])[:: -1 if end else 1]:
        one, two = x[:, t] @ w.T + b, h @ u.T + c
        if kind == "simplernn":
            h = np.tanh(one + two)
        elif kind == "lstm":
            i, f, g, o = np.split(one + two, 4, 1)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(cell)
        else:
            (r1, z1, n1), (r2, z2, n2) = np.split(one, 3, 1), np.split(two, 3, 1)
            z = sigmoid(z1 + z2)
            h = (1 - z) * np.tanh(n1 + sigmoid(r1 + r2) * n2) + z * h
    return h


@pytest.mark.parametrize("kind", ["simplernn", "lstm", "gru"])
def test_gates_and_two_biases(kind):
    options, arrays = drawn(kind, {"units": 3, "bidirectional": True}, (5, 2))
    tensors, x = to_torch(kind, arrays), np.random.default_rng(1).normal(size=(7, 5, 2))
    theirs = np.concatenate([gated(kind, tensors, x, end) for end in ("", "_reverse")], 1)
    np.testing.assert_allclose(theirs, layers[kind].reference(options, [x], arrays), rtol=1e-12)


def test_biases_that_add_up_elsewhere_are_one_here():
    _options, arrays = drawn("gru", {"units": 3}, (5, 2))
    tensors = to_torch("gru", arrays)
    # As in a file that PyTorch trained: r and z have a second bias, too.
    tensors["bias_hh_l0"] = tensors["bias_hh_l0"] + 1
    back = from_torch("gru", tensors, {})
    np.testing.assert_allclose(back["bias"], arrays["bias"] + np.array([1.0] * 6 + [0.0] * 3))
    np.testing.assert_allclose(back["recurrent_bias"], arrays["recurrent_bias"] + 1)
    options, arrays = drawn("gru", {"units": 3, "reset": "before"}, (5, 2))
    tensors = to_torch("gru", arrays)
    tensors["bias_hh_l0"] = tensors["bias_hh_l0"] + 1
    back = from_torch("gru", tensors, options)
    assert sorted(back) == ["bias", "recurrent_weight", "weight"]
    np.testing.assert_allclose(back["bias"], arrays["bias"] + 1)


def test_attention_and_batch_norm_have_the_names_of_their_modules():
    _options, arrays = drawn("multiheadattention", {"heads": 2}, (5, 6))
    tensors = to_torch("multiheadattention", arrays)
    assert {k: v.shape for k, v in tensors.items()} == {
        "in_proj_weight": (18, 6), "in_proj_bias": (18,), "out_proj.weight": (6, 6), "out_proj.bias": (6,),
    }  # fmt: skip
    assert tensors["in_proj_weight"][7, 2] == arrays["in_weight"][2, 7]
    _options, arrays = drawn("batchnorm", {}, (5,))
    tensors = to_torch("batchnorm", arrays)
    assert sorted(tensors) == ["bias", "num_batches_tracked", "running_mean", "running_var", "weight"]
    assert tensors["num_batches_tracked"].shape == () and tensors["num_batches_tracked"].dtype == np.int64


def test_batches_that_are_counted_go_on_from_there():
    options, arrays = drawn("batchnorm", {"statistics": "cumulative", "affine": False}, (5,))
    tensors = to_torch("batchnorm", {**arrays, "running_batches": np.array([12.0], np.float32)})
    assert sorted(tensors) == ["num_batches_tracked", "running_mean", "running_var"]
    assert tensors["num_batches_tracked"] == 12 and tensors["num_batches_tracked"].shape == ()
    assert from_torch("batchnorm", tensors, options)["running_batches"] == [12.0]
    assert "running_batches" not in from_torch("batchnorm", tensors, {"statistics": "moving"})


def test_rows_behind_a_flatten_come_back():
    weight = np.random.default_rng(0).normal(size=(24, 5))
    there = to_torch("dense", {"weight": weight}, (3, 4, 2))
    assert not np.array_equal(there["weight"], weight.T)
    np.testing.assert_array_equal(from_torch("dense", there, {}, (3, 4, 2))["weight"], weight)


HOSTILE = (
    "x\nimport os", '"); import os #', "class", "forward", "Größe", "größe", "1st", "", "../..", "match",
    "block/attention", "block_attention", "a" * 200, "x", "torch", "__class__", "train", "\u2028",
)  # fmt: skip


def test_names_are_identifiers_and_differ():
    names = list(module_names(HOSTILE).values())
    assert len(set(names)) == len(HOSTILE)
    for name in names:
        assert name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
        assert not name.startswith("_") and len(name) < 60
    assert list(module_names(["Größe", "forward", "x"]).values()) == ["groe", "forward_layer", "x_layer"]


def test_shared_arrays_are_written_once():
    network = chain(("dense", {"units": 4}), ("dense", {"units": 4, "shares": "dense0"}))
    x, y = np.zeros((3, 4), np.float32), np.zeros((3, 4), np.float32)
    session = Session(network, Dataset("toy", x, y, x, y), TrainingSettings())
    assert sorted(state_dict(ExportedNetwork.of(session))) == ["dense0.bias", "dense0.weight"]


def test_tensors_with_which_a_module_would_compute_something_else_are_told(tmp_path):
    network = exported(
        chain(("gru", {"units": 2, "reset": "before", "return_sequences": True}), ("lstm", {"units": 2})),
        (3, 2),
    )
    formats["safetensors"].write(network, tmp_path / "a.safetensors")
    with safe_open(tmp_path / "a.safetensors", "numpy") as file:
        description = file.metadata()["description"]
    assert "the product: gru0. Both scalings" in description and "first:" not in description
