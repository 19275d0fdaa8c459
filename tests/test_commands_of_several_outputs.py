"""Commands tell all Outputs of a network with several, by their names, and exports prove them."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from several_outputs import add, expected, project, rows, trained

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio import cli
from nnstudio.data.dataset import Dataset
from nnstudio.export.format import formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.parity import compare
from nnstudio.from_data import project_from_data
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project
from nnstudio.training.session import Session

OUTPUTS = ("out_1", "out_2")
NEAR = {"rel": 2e-4, "abs": 2e-4}


@pytest.fixture
def saved(tmp_path, capsys):
    """A trained project of two numbers on disk."""
    path = tmp_path / "two.nns"
    project(tmp_path, "two numbers").save(path)
    assert cli.run(["train", str(path)]) == 0
    capsys.readouterr()
    return path


def of_part(session, kind, part=None):
    x, y = session.data.part(part or session.data.judging)
    return [expected(session, kind, output, x, y) for output in OUTPUTS]


def test_evaluate_tells_all_outputs(saved, capsys):
    session = Project.open(saved).session(1)
    assert cli.run(["evaluate", str(saved), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert {"part", "samples", "loss", "accuracy", "r2", "mean_absolute_error", "epoch"} <= row.keys()
    assert [(o["output"], o["targets"]) for o in row["outputs"]] == [
        ("heating", ["heat"]),
        ("cooling", ["cool"]),
    ]
    for told, right in zip(row["outputs"], of_part(session, "two numbers"), strict=True):
        assert told["r2"] == pytest.approx(right.r2, **NEAR)
    assert cli.run(["evaluate", str(saved)]) == 0
    told = capsys.readouterr().out
    assert "heating (heat): loss" in told and "cooling (cool): loss" in told


def test_cross_validation_has_a_mean_for_each_output(saved, capsys):
    assert cli.run(["cross-validate", str(saved), "--folds", "2", "--threads", "1", "--json"]) == 0
    rows_ = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    folds, spreads = rows_[:2], {row["score"]: row for row in rows_[2:]}
    for name in ("heating", "cooling"):
        values = [o["r2"] for fold in folds for o in fold["outputs"] if o["output"] == name]
        assert spreads[f"r2 of {name}"]["mean"] == pytest.approx(np.mean(values))
        assert spreads[f"r2 of {name}"]["output"] == name
    assert "r2" not in spreads and "loss" in spreads


def test_predictions_have_the_columns_of_all_outputs(saved, tmp_path, capsys):
    session = Project.open(saved).session(1)
    table = rows(12)
    new = tmp_path / "new.csv"
    lines = ["x1,x2", *(f"{a},{b}" for a, b in zip(table["x1"], table["x2"], strict=True))]
    new.write_text("\n".join(lines) + "\n")
    assert cli.run(["predict", str(saved), str(new)]) == 0
    header, *told = csv.reader(io.StringIO(capsys.readouterr().out))
    assert header == ["heat", "cool"]
    raw = np.column_stack([table["x1"], table["x2"]])
    x = ((raw - session.data.x_shift) / session.data.x_scale).astype(np.float32)
    none = np.zeros((12, 2), np.float32)
    right = [expected(session, "two numbers", output, x, none).predicted[:, 0] for output in OUTPUTS]
    np.testing.assert_allclose(np.array(told, float), np.column_stack(right), rtol=1e-3, atol=1e-3)


def test_classes_of_several_outputs_are_columns_with_their_names(tmp_path, capsys):
    path, new = tmp_path / "twice.nns", tmp_path / "new.csv"
    project(tmp_path, "classes twice").save(path)
    new.write_text("x1,x2\n0.5,0.5\n")
    assert cli.run(["predict", str(path), str(new)]) == 0
    header = capsys.readouterr().out.splitlines()[0]
    assert header == "kind,probability,kind of aside,probability of aside"


@pytest.mark.parametrize(
    ("name", "compared", "words"),
    [
        ("a.npz", ["out_1", "out_2"], "All 2 outputs were compared"),
        ("a.onnx", ["out_1", "out_2"], "All 2 outputs were compared"),
        ("a.h", ["out_1"], "first output alone, 'heating'; 'cooling' is not in it"),
    ],
)
def test_an_export_proves_all_outputs_or_says_what_it_lacks(saved, tmp_path, capsys, name, compared, words):
    pytest.importorskip("onnx")
    assert cli.run(["export", str(saved), str(tmp_path / name), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    if report["largest_difference"] is None:
        pytest.skip("there is no C compiler on this machine")
    assert report["outputs"] == compared and words in report["sentence"] and report["holds"]


def test_an_export_whose_second_output_differs_is_not_the_same(tmp_path, monkeypatch):
    _project, session = trained(tmp_path, "two numbers")
    form, path = formats["npz"], tmp_path / "a.npz"
    form.write(ExportedNetwork.of(session), path)
    assert compare(session, form, path).holds
    true = type(form).other_outputs
    monkeypatch.setattr(type(form), "other_outputs", lambda *given: [v + 0.1 for v in true(*given)])
    assert not compare(session, form, path).holds


def test_a_target_is_explained_by_its_name_on_the_command_line(saved, capsys):
    assert cli.run(["explain", "occlusion", str(saved), "--target", "cool", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == "cool (scaled)"


def test_a_series_is_forecast_by_the_outputs_of_its_columns(tmp_path, capsys):
    path = tmp_path / "months.csv"
    values = np.column_stack([np.arange(80) % 7, 50 + np.arange(80) % 12]).astype(float)
    lines = [f"{1990 + i // 12}-{i % 12 + 1:02},{a:g},{b:g}" for i, (a, b) in enumerate(values)]
    path.write_text("\n".join(["month,price,sales", *lines, ""]))
    built = project_from_data(path, {"window": 4, "column": "price; sales"}, kind="series").project
    graph = built.document.graph
    for link in list(graph.links):
        graph.remove_link(link)
    for node in list(graph.nodes):
        graph.remove_node(node.id)
    add(graph, "in", "input")
    add(graph, "flat", "flatten", ("in",))
    for at, name in enumerate(OUTPUTS, 1):
        add(graph, f"{name}_dense", "dense", ("flat",), units=1)
        add(graph, name, "output", (f"{name}_dense",), columns=str(at))
    session = built.session(1)
    built.save(tmp_path / "series.nns")
    assert cli.run(["forecast", str(tmp_path / "series.nns"), "--steps", "2"]) in (0, 3)
    told = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    data, arrays = session.data, session.arrays()
    for at, (name, column) in enumerate(zip(OUTPUTS, ("price", "sales"), strict=True)):
        window = ((values[-4:] - data.x_shift) / data.x_scale).ravel()
        given = window @ arrays[f"{name}_dense.weight"][:, 0] + arrays[f"{name}_dense.bias"][0]
        expected_value = given * np.ravel(data.y_scale)[at] + np.ravel(data.y_shift)[at]
        assert float(told[0][column]) == pytest.approx(expected_value, rel=1e-4)


@pytest.mark.parametrize("name", ["npz", "onnx"])
def test_outputs_are_proved_in_whatever_order_they_are_computed(tmp_path, name):
    pytest.importorskip("onnx")
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    y = np.concatenate([x, x[:, :1] * x[:, 1:]], 1)
    network = NetworkSpec((
        NodeSpec("in", "input"),
        NodeSpec("a", "dense", {"units": 1}, ("in",)),
        NodeSpec("first", "output", {"columns": "1"}, ("a",)),
        NodeSpec("second", "output", {"columns": "2"}, ("c",)),
        NodeSpec("third", "output", {"columns": "3"}, ("a",)),
        NodeSpec("c", "dense", {"units": 1}, ("b",)),
        NodeSpec("b", "dense", {"units": 4}, ("in",)),
    ))  # fmt: skip
    session = Session(network, Dataset("d", x, y, x, y, (), (), ("a", "b", "c")), TrainingSettings())
    form, path = formats[name], tmp_path / f"a.{name}"
    form.write(ExportedNetwork.of(session), path)
    parity = compare(session, form, path)
    assert parity.holds and set(parity.outputs) == {"first", "second", "third"}
