"""A network that nnstudio wrote comes back as it was, names, options and columns; a changed file does not."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from export.cases import cases, expected, exported, inputs
from kernels.networks import chain

from nnstudio.export.format import formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.model import class_text
from nnstudio.from_network import project_of
from nnstudio.importing.as_written import NONE_SUCH, nodes_of
from nnstudio.importing.importer import Imported, importers

SEVERAL = "several inputs and outputs"


def read(network, folder) -> Imported:
    formats["pytorch"].write(network, folder)
    file = folder / "model.py"
    return importers.of(file).read(file)


def test_columns_of_inputs_and_outputs_come_back(tmp_path):
    network = cases()[SEVERAL]
    trained = project_of(read(network, tmp_path)).project.predictor()
    again = ExportedNetwork.of(trained)
    assert class_text(again) == class_text(network)
    given = {node.id: node.options.get("columns") for node in again.nodes}
    assert (given["right"], given["out1"], given["out2"]) == ("4, 3", "2", "1, 3")
    x = (inputs(network, 3) - trained.data.x_shift) / trained.data.x_scale
    np.testing.assert_allclose(trained.predict(x.astype(np.float32)), expected(SEVERAL, 3), rtol=1e-4)


def test_what_only_matters_in_training_comes_back(tmp_path):
    layers = [("randomflip", {}), ("batchnorm", {"momentum": 0.3}), ("flatten", {}), ("identity", {}),
              ("dense", {"units": 2, "init": "glorot"})]  # fmt: skip
    network = exported(chain(*layers), (4, 3, 2))
    assert [(n.kind, n.options) for n in read(network, tmp_path).nodes] == [
        (n.layer.id, n.options) for n in network.nodes
    ]


@pytest.mark.parametrize(
    "old, new, kind, told",
    [
        ("nn.Tanh()", "nn.ReLU()", "relu", ""),
        ("INPUT_SHIFT = ", "INPUT_SHIFT = 2 * ", "tanh", "scales its inputs in another way"),
        ("nn.Linear(2, 3)", "nn.Linear(2, 3, bias=False)", "dense", "belong to no layer that was read"),
    ],
)
def test_a_changed_source_is_read_by_its_lines(old, new, kind, told, tmp_path):
    network = exported(chain(("dense", {"units": 3}), ("tanh", {})), (2,))
    assert read(network, tmp_path).sample == (2,)
    file = tmp_path / "model.py"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    imported = importers.of(file).read(file)
    assert imported.sample is None and kind in [node.kind for node in imported.nodes]
    assert told in " ".join(imported.assumed) and bool(told) == bool(imported.assumed)


def test_what_an_onnx_graph_does_not_hold_is_told(tmp_path):
    network = exported(chain(("batchnorm", {"statistics": "cumulative"})), (2,))
    file = tmp_path / "net.onnx"
    formats["onnx"].write(network, file)
    (told,) = importers.of(file).read(file).assumed
    assert "training counts from 0" in told


def test_a_changed_onnx_graph_is_read_by_its_nodes(tmp_path):
    network = exported(chain(("dense", {"units": 3}), ("tanh", {})), (2,))
    file = tmp_path / "net.onnx"
    formats["onnx"].write(network, file)
    model = onnx.load(file)
    next(node for node in model.graph.node if node.op_type == "Tanh").op_type = "Relu"
    onnx.save(model, file)
    assert "relu" in [node.kind for node in importers.of(file).read(file).nodes]


@pytest.mark.parametrize(
    "entry, value",
    [
        ("nodes", "[" * 10_000),
        ("nodes", "[]"),
        ("nodes", json.dumps([{"id": "a", "layer": "nothing", "options": {}, "inputs": []}])),
        ("preprocessing", json.dumps({"input_shape": [2**40]})),
        ("preprocessing", json.dumps({"input_shape": [0]})),
        ("output", "{"),
        ("output", json.dumps("nowhere")),
    ],
)
def test_metadata_that_describe_no_network_are_refused(entry, value):
    metadata = exported(chain(("dense", {"units": 3})), (2,)).metadata()
    assert nodes_of(metadata).nodes
    with pytest.raises(NONE_SUCH):
        nodes_of({**metadata, entry: value})
