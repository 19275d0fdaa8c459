"""`nnstudio import` writes a project that predicts what the file predicts, and says what was not read."""

import json

import numpy as np
import onnxruntime
import pytest
from export.cases import exported
from importing.onnx_files import draw, saved
from kernels.networks import chain
from onnx import helper

from nnkernels.spec import PLACEHOLDER
from nnstudio import cli
from nnstudio.data.dataset import DataError
from nnstudio.data.progress import followed
from nnstudio.export.format import formats
from nnstudio.from_network import BuiltProject, project_of
from nnstudio.importing.importer import importers
from nnstudio.project import Project


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))


def imported(file) -> BuiltProject:
    return project_of(importers.of(file).read(file))


def classifier(path, end="Softmax"):
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], "/body/first", transB=1),
        helper.make_node("Relu", ["h"], ["r"], "/body/act"),
        helper.make_node("Gemm", ["r", "k"], ["g"], "/body/second"),
        helper.make_node(end, ["g"], ["y"], "/end"),
    ]
    return saved(path, nodes, (4,), (3,), {"w": draw(5, 4), "b": draw(5), "k": draw(5, 3)})


def test_the_project_predicts_the_same_and_keeps_names(tmp_path, capsys):
    file, out = classifier(tmp_path), tmp_path / "net.nns"
    assert cli.run(["import", str(file), str(out)]) == 3
    told = capsys.readouterr()
    assert "/body/first  Gemm     body" not in told.out and "dense" in told.out
    assert "does not name the 3 classes" in told.err
    project = Project.open(out)
    names = [node.name for node in project.document.graph.nodes]
    assert names == ["x", "/body/first", "/body/act", "/body/second", "/end", "y"]
    assert len({(node.x, node.y) for node in project.document.graph.nodes}) == 6
    x = draw(7, 4)
    expected = onnxruntime.InferenceSession(str(file)).run(None, {"x": x})[0]
    np.testing.assert_allclose(project.predictor().predict(x), expected, rtol=1e-5, atol=1e-6)


def test_our_own_file_needs_no_guess_and_a_source_without_weights_does(tmp_path):
    network = exported(chain(("dense", {"units": 3})), (4,))
    formats["onnx"].write(network, tmp_path / "own.onnx")
    assert imported(tmp_path / "own.onnx").assumed == ()
    source = "from torch import nn\nclass Net(nn.Sequential):\n    def __init__(self):\n"
    (tmp_path / "net.py").write_text(source + "        super().__init__(nn.Linear(4, 3))\n")
    told = imported(tmp_path / "net.py").assumed
    assert any("drawn afresh" in text for text in told) and any("mean squared" in text for text in told)


def test_a_table_of_new_rows_is_predicted_and_training_asks_for_data(tmp_path, capsys):
    out, rows = tmp_path / "net.nns", tmp_path / "rows.csv"
    cli.run(["import", str(classifier(tmp_path)), str(out)])
    rows.write_text("1,2,3,4\n0.5,1,-1,2\n")
    capsys.readouterr()
    assert cli.run(["predict", str(out), str(rows)]) == 0
    assert capsys.readouterr().out.startswith("class,probability\n")
    assert Project.open(out).awaits_data
    with pytest.raises(DataError, match="has no data yet"):
        Project.open(out).session()


def test_an_import_tells_how_far_it_is_and_ends_where_it_is_cancelled(tmp_path):
    shares, path = [], classifier(tmp_path)

    def cancel(_share):
        raise InterruptedError

    with followed(shares.append):
        importers.of(path).read(path)
    assert shares == sorted(shares) and 0.2 <= shares[0] < 0.4 < shares[-1] < 1
    with followed(cancel), pytest.raises(InterruptedError):
        importers.of(path).read(path)


def test_what_is_no_layer_becomes_a_placeholder_and_the_exit_code_says_so(tmp_path, capsys):
    out = tmp_path / "net.nns"
    assert cli.run(["import", str(classifier(tmp_path, "Round")), str(out), "--json"]) == 3
    told = capsys.readouterr()
    row = next(row for row in json.loads(told.out)["rows"] if row["name"] == "/end")
    assert row["layer_kind"] == PLACEHOLDER and "operator Round" in row["text"]
    assert "1 of 6 nodes" in told.err
    kinds = [node.kind for node in Project.open(out).document.graph.nodes]
    assert kinds.count(PLACEHOLDER) == 1


def test_an_existing_project_stays(tmp_path, capsys):
    out = tmp_path / "net.nns"
    out.write_text("mine")
    assert cli.run(["import", str(classifier(tmp_path)), str(out)]) == 2
    assert out.read_text() == "mine" and "--replace" in capsys.readouterr().err
