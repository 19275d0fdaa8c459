"""ONNX that takes raw rows: cells go in, and the class by name or the target in its unit comes out."""

from __future__ import annotations

import csv
import json
from datetime import datetime

import numpy as np
import onnx
import onnxruntime
import pytest
from export.cases import exported
from export.test_same_preparation import COLUMNS, INPUTS, rows, write
from kernels.networks import chain
from PIL import Image

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio import cli
from nnstudio.data.dataset import Dataset
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import open_example
from nnstudio.training.session import Session


@pytest.fixture(scope="module", params=["number", "class"])
def trained(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    data = write(folder / "table.csv", rows(), (*INPUTS, request.param))
    told = ("--target", request.param, "--option", f"columns={COLUMNS}")
    assert cli.run(["new", "--data", str(data), *told, str(folder / "p.nns")]) == 0
    assert cli.run(["train", str(folder / "p.nns"), "--epochs", "2", "--threads", "1"]) == 0
    return folder, request.param


def cell(row: dict[str, str], entry: dict[str, str], form: str) -> str | float:
    """A cell of the table as the graph input asks for it."""
    text, part = row[entry["column"]], entry["name"].rpartition(".")[2]
    if "text" in entry["takes"]:
        return text
    if "date" not in entry["takes"] or not text:
        return float(text or "nan")
    day = datetime.strptime(text, form)
    return {"year": day.year, "month": day.month, "day": day.day, "weekday": day.weekday()}[part]


def test_cells_go_in_and_answers_come_out(trained):
    folder, target = trained
    path = folder / "w.onnx"
    assert cli.run(["export", str(folder / "p.nns"), str(path), "--set", "rows=on"]) == 0
    report = json.loads((folder / "w.onnx.parity.json").read_text())
    assert report["holds"] and report["largest_difference"] < 1e-4
    new = write(folder / "new.csv", rows(), INPUTS)
    assert cli.run(["predict", str(folder / "p.nns"), str(new), "--out", str(folder / "out.csv")]) == 0
    with (folder / "out.csv").open(encoding="utf-8") as file:
        answers = list(csv.DictReader(file))
    texts = {p.key: p.value for p in onnx.load(path).metadata_props}
    form = next(c["format"] for c in json.loads(texts["preprocessing"])["inputs"] if "format" in c)
    given = {}
    for entry in json.loads(texts["rows"]):
        cells = [[cell(row, entry, form)] for row in rows()]
        given[entry["name"]] = np.array(cells, object if "text" in entry["takes"] else np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    if target == "number":
        (values,) = session.run(["prediction"], given)
        np.testing.assert_allclose([float(a["number"]) for a in answers], values[:, 0], rtol=1e-4)
        return
    names, likely = session.run(["label", "probabilities"], given)
    np.testing.assert_allclose([float(a["probability"]) for a in answers], likely.max(1), atol=2e-5)
    sure = np.diff(np.sort(likely, 1)[:, -2:], axis=1)[:, 0] > 1e-4
    assert sure.any() and all(a["class"] == c for a, c, s in zip(answers, names, sure, strict=True) if s)


def test_data_without_columns_is_refused_and_so_are_other_options(tmp_path):
    session = open_example("iris").session()
    with pytest.raises(ExportError, match=r"has no option 'row'\. Its options are: rows"):
        export(session, tmp_path / "w.onnx", options={"row": "on"})
    with pytest.raises(ExportError, match=r"NumPy NPZ has no option 'rows'\. Its options are: none"):
        export(session, tmp_path / "w.npz", options={"rows": "on"})
    assert cli.run(["example", "xor", str(tmp_path / "p.nns")]) == 0
    assert cli.run(["export", str(tmp_path / "p.nns"), str(tmp_path / "w.npz"), "--set", "rows"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["p.nns"]


def test_two_classes_told_apart_by_one_output_have_both_names(tmp_path):
    network = chain(("dense", {"units": 1}), ("sigmoid", {}))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 2)).astype(np.float32), (np.arange(9)[:, None] % 2).astype(np.float32)
    data = Dataset("toy", x, y, x, y, ("no", "yes"), features=("a b", "c"))
    session = Session(network, data, TrainingSettings(loss="binary_cross_entropy"))
    assert export(session, tmp_path / "w.onnx", options={"rows": True}).holds
    runtime = onnxruntime.InferenceSession(tmp_path / "w.onnx", providers=["CPUExecutionProvider"])
    names, likely = runtime.run(["label", "probabilities"], {"a_b": x[:, :1], "c": x[:, 1:]})
    second = session.predict(x)[:, 0]
    np.testing.assert_allclose(likely, np.stack([1 - second, second], 1), atol=1e-6)
    assert list(names) == ["yes" if p > 0.5 else "no" for p in second]


def test_pictures_go_in_as_programs_read_them_and_a_name_comes_out(tmp_path, monkeypatch, capsys):
    session = open_example("mnist-convnet").session()
    parity = export(session, tmp_path / "w.onnx", options={"rows": True})
    assert parity.holds
    monkeypatch.chdir(tmp_path)
    Image.new("L", (28, 28)).save("picture.png")
    exec(parity.usage, {})
    name = session.data.classes[int(session.predict(np.zeros((1, 28, 28, 1), np.float32)).argmax())]
    assert f"['{name}']" in capsys.readouterr().out


def test_a_graph_of_rows_comes_back_as_the_network_alone(tmp_path):
    for example in ("mnist-convnet", "iris", "celsius"):
        project = open_example(example)
        export(project.session(), tmp_path / "w.onnx", options={"rows": True})
        read = importers.of(tmp_path / "w.onnx").read(tmp_path / "w.onnx")
        assert [node.name for node in read.nodes if node.kind == "output"] == ["output_1"]
        built = project_of(read).project.predictor()
        assert built.layout.nodes[built.layout.output].shape == (
            project.predictor().layout.nodes["output_1"].shape
        )


def test_samples_that_are_no_rows_are_refused(tmp_path):
    network = exported(chain(("flatten", {}), ("dense", {"units": 2})), (4, 3))
    with pytest.raises(ExportError, match=r"neither pictures nor rows .* Leave the option rows off\."):
        formats["onnx"].choosing({"rows": True}).check(network)
    picture = exported(
        NetworkSpec((
            NodeSpec("input_1", "input", {"columns": "1-4"}), NodeSpec("dense_1", "dense", {}, ("input_1",)),
            NodeSpec("output_1", "output", {}, ("dense_1",)),
        )), (3, 2, 1),
    )  # fmt: skip
    with pytest.raises(ExportError, match="some of a picture's values"):
        formats["onnx"].choosing({"rows": True}).check(picture)
