"""Values and names that no network should have and some have, in exports that are programs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from export.cases import NEEDS_COMPILER, difference, exported, inputs
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import NodeError
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.project import open_example


def classifier(*names: str, **data) -> ExportedNetwork:
    return exported(chain(("dense", {"units": len(names)}), ("softmax", {})), (2,), classes=names, **data)


def in_c(network: ExportedNetwork, path) -> np.ndarray:
    """What the header gives for 7 samples, compiled with all warnings as errors."""
    formats["c"].check(network)
    formats["c"].write(network, path)
    return formats["c"].predict(path, inputs(network, 7)).reshape(7, -1)


@pytest.mark.parametrize("name", ["npz", "safetensors", "numpy"])
def test_weights_that_are_no_numbers_predict_the_same_and_the_sentence_says_so(name, tmp_path):
    session = open_example("iris").session()
    session.flat[:3] = np.nan
    parity = export(session, tmp_path / f"w{formats[name].suffix}", format_name=name)
    assert parity.holds and "not all predictions of this network are finite numbers" in parity.sentence


def test_a_file_that_gives_numbers_where_the_network_gives_none_is_not_the_same(tmp_path, monkeypatch):
    session = open_example("iris").session()
    session.flat[:3] = np.nan
    monkeypatch.setattr(type(formats["npz"]), "predict", lambda *_: np.zeros((45, 3)))
    with pytest.raises(ExportError, match="does NOT predict the same"):
        export(session, tmp_path / "w.npz")


@pytest.mark.parametrize(
    ("name", "why"), [("é" * 2048, "has 4,096 bytes"), ("a\0b", "holds a character of number 0")]
)
def test_a_name_that_no_string_of_c_holds_is_refused(name, why):
    for network in (classifier("a", name), classifier("a", "b", features=("x", name))):
        with pytest.raises(ExportError, match=f"{why}, and a string in C"):
            formats["c"].check(network)


@NEEDS_COMPILER
def test_names_as_long_as_they_may_be(tmp_path):
    network = classifier("é" * 2047, "a" * 4095)
    assert in_c(network, tmp_path / f"{'w' * 200}.h").shape == (7, 2)


def test_numpy_takes_names_of_any_length(tmp_path):
    names = ("é" * 50_000, "a\0\ud800\u202e", '"' * 300, "\\N{DEGREE SIGN}")
    formats["numpy"].write(classifier(*names), tmp_path)
    code = "import sys; sys.path.insert(0, sys.argv[1]); import predictor; print(ascii(predictor.CLASSES))"
    command = [sys.executable, "-I", "-B", "-W", "error", "-c", code, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ascii(list(names))


@NEEDS_COMPILER
@pytest.mark.parametrize("stem", ["conv", "input", "int", "日本"])
def test_names_of_nodes_may_be_those_of_the_file_and_of_its_variables(stem, tmp_path):
    names = ("conv", "input", "workspace", "conv_geometry", "conv_window", "i", "x_shift", "w" * 5000)
    nodes = [NodeSpec("in", "input")]
    for name in names:
        nodes.append(NodeSpec(name, "conv2d", {"filters": 2}, (nodes[-1].id,)))
    network = exported(NetworkSpec((*nodes, NodeSpec("out", "output", {}, (nodes[-1].id,)))), (3, 4, 1))
    expected = predict(network.arrays, network.metadata(), inputs(network, 7))
    assert difference(expected.reshape(7, -1), in_c(network, tmp_path / f"{stem}.h")) < 1e-5


@pytest.mark.parametrize("value", [1e39, -1e39])
def test_a_border_beyond_32_bits_is_refused_before_it_is_infinite(value):
    with pytest.raises(NodeError, match="Value must be from"):
        exported(chain(("pad2d", {"value": value}), ("flatten", {})), (1, 1, 1))


@NEEDS_COMPILER
def test_the_mean_of_equal_values_is_that_value(tmp_path):
    network = exported(chain(("pad2d", {"border": 3, "mode": "edge"}), ("layernorm", {"axes": 3})), (1, 1, 1))
    network.preprocessing["x_shift"][:] = [-12345.6]
    assert np.array_equal(in_c(network, tmp_path / "w.h")[0], network.arrays["layernorm1.bias"].ravel())
