"""nnstudio to ONNX to nnstudio to ONNX changes no prediction and no name."""

import numpy as np
import pytest
from export.cases import cases, expected, inputs
from importing.computed import both_ways, check_same

from nnkernels.spec import PLACEHOLDER
from nnstudio.export.format import formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.from_network import project_of
from nnstudio.importing import onnx_file
from nnstudio.importing.importer import Imported, importers
from nnstudio.training.evaluation import Evaluation

# What several nodes of ONNX stand for, and is not read as one layer where the file has been changed.
NOT_READ = ("dot", "products")
# A border that goes round is written as a Gather, for ONNX of this version has no such Pad.
ROUND = "'mode': 'wrap'"


# A link that comes twice cannot be drawn.
TWICE = "skip links, shared weights"


def own_names(trained: Evaluation) -> list[str]:
    """Of the layers, without a Reshape that had to be put between."""
    return [name for name in trained.layout.nodes if ".shaped" not in name]


def opened(imported: Imported) -> Evaluation:
    assert not [row for row in imported.rows if row.is_changed]
    assert [node.options for node in imported.nodes if node.kind == PLACEHOLDER] == []
    return project_of(imported).project.predictor()


def predicted(trained: Evaluation, x: np.ndarray) -> np.ndarray:
    data = trained.data
    if "left" in trained.layout.nodes:
        # Each graph input takes columns of its own, and a sample holds them in that order.
        x = x[:, [0, 1, 3, 2]]
    scaled = (x.reshape(len(x), *data.input_shape) - data.x_shift) / data.x_scale
    return trained.predict(scaled.astype(np.float32))


@pytest.mark.parametrize("name", cases())
def test_no_prediction_and_no_name_changes(name, tmp_path, monkeypatch):
    onnx, network = formats["onnx"], cases()[name]
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    onnx.check(network)
    onnx.write(network, first)
    # What else is read is read as a graph that another program has changed.
    read = both_ways(monkeypatch, onnx_file)
    imported = importers.of(first).read(first)
    (as_it_was,) = read
    if name != TWICE:
        check_same(as_it_was, network)
    if name.startswith(NOT_READ) or ROUND in name:
        return
    trained = opened(imported)
    wanted = expected(name, 7).reshape(7, -1)
    ours = predicted(trained, inputs(network, 7))
    np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
    onnx.check(ExportedNetwork.of(trained))
    onnx.write(ExportedNetwork.of(trained), second)
    again = opened(importers.of(second).read(second))
    assert own_names(again) == own_names(trained)
    held, before = again.arrays(), trained.arrays()
    assert held.keys() == before.keys()
    assert all(np.array_equal(held[key], before[key]) for key in held)
