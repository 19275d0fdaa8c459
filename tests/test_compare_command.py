"""`nnstudio compare`: layers are matched, weights subtracted, predictions set against each other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from importing.onnx_files import saved
from kernels.networks import chain
from moved_data import by_reference, saved_table
from onnx import helper

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import Role
from nnstudio import cli
from nnstudio.data.dataset import Dataset
from nnstudio.explain.comparison import agreement, layer_pairs, why_apart
from nnstudio.from_data import project_from_data
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project, open_example
from nnstudio.training.session import Session


def iris(path: Path, epochs: int, seed: int = 1) -> Path:
    project = open_example("iris")
    settings = project.document.settings.with_option("epochs", epochs).with_option("seed", seed)
    project.document.set_settings(settings)
    project.save(path)
    assert cli.run(["train", str(path)]) == 0
    return path


def test_a_network_is_like_itself(tmp_path, capsys):
    path = iris(tmp_path / "a.nns", 2)
    capsys.readouterr()
    assert cli.run(["compare", str(path), str(path)]) == 0
    out = capsys.readouterr().out
    assert "weight equal" in out and "the same class for 100.00%" in out and "against" not in out
    assert out.startswith("In a.nns") and "How they differ" in out.splitlines()[0]


def with_layers(*kinds: str, start: str = "n") -> Session:
    """A network of these layers, by names that begin so."""
    x, y = np.ones((9, 4, 6, 1), np.float32), np.ones((9, 1), np.float32)
    names = [f"{start}{i}" for i in range(len(kinds))]
    nodes = [
        NodeSpec(name, kind, {"units": 1} if kind == "dense" else {}, (before,))
        for before, name, kind in zip(["in", *names], names, kinds, strict=False)
    ]
    spec = NetworkSpec((NodeSpec("in", "input"), *nodes, NodeSpec("out", "output", {}, (names[-1],))))
    return Session(spec, Dataset("toy", x, y, x, y), TrainingSettings())


def test_what_does_nothing_when_predicting_is_told_so_and_the_rest_is_matched():
    one = with_layers("randomflip", "conv2d", "relu", "dropout", "flatten", "gaussiannoise", "dense")
    two = with_layers("conv2d", "relu", "flatten", "dense", start="m")
    pairs = layer_pairs(one, two)
    assert [(p.first, p.second) for p in pairs] == [
        ("n0", ""), ("n1", "m0"), ("n2", "m1"), ("n3", ""), ("n4", "m2"), ("n5", ""), ("n6", "m3"),
    ]  # fmt: skip
    idle = "only in the first; it does nothing when predicting"
    assert [p.sentence for p in pairs if not p.second] == [idle] * 3
    assert {p.first for p in pairs if p.is_idle} == {"n0", "n3", "n5"}
    assert layer_pairs(two, one)[-1].sentence == idle.replace("first", "second")
    more = layer_pairs(two, with_layers("conv2d", "relu", "relu", "flatten", "dense", start="m"))
    assert "only in the second" in [p.sentence for p in more]


def test_windows_that_lie_alike_are_the_same_however_they_are_written():
    def convolution(**options: object) -> Session:
        return Session(
            chain(("conv2d", {"filters": 2, "kernel_size": 3, **options}), ("flatten", {})),
            Dataset("toy", *[np.ones((4, 5, 5, 1), np.float32), np.ones((4, 50), np.float32)] * 2),
            TrainingSettings(),
        )

    same = layer_pairs(convolution(padding="same"), convolution(padding="number", pad=1))[0]
    assert not same.changes
    others = layer_pairs(convolution(padding="same"), convolution(padding="same", dilation=2))[0]
    assert others.changes == ("dilation 1 against 2",)


def test_numbers_that_are_equal_are_no_disagreement():
    session = open_example("celsius").session()
    told = agreement(session, session)
    assert told.largest == 0 and told.worst == ()


def test_weights_alone_are_no_network(tmp_path, capsys):
    (tmp_path / "w.safetensors").touch()
    for order in (("w.safetensors", "a.nns"), ("a.nns", "w.safetensors")):
        assert cli.run(["compare", *(str(tmp_path / name) for name in order)]) == 2
        assert "weights without a network" in capsys.readouterr().err


def test_another_training_differs_in_weights_and_predictions(tmp_path, capsys):
    one, two = iris(tmp_path / "a.nns", 1), iris(tmp_path / "b.nns", 40, 2)
    capsys.readouterr()
    assert cli.run(["compare", str(one), str(two), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    dense = next(row for row in told["layers"] if row["kind"] == "Dense")
    assert dense["first"] == dense["second"] and dense["arrays"][0]["relative"] > 0.1
    predictions = told["predictions"]
    assert predictions["share"] < 1
    count = round((1 - predictions["share"]) * predictions["samples"])
    assert len(predictions["worst"]) == min(count, 50) and told["why_not"] == ""


def table(path: Path, columns: str, scale: float) -> Path:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(80, 2)) * scale
    order = [columns.split(",").index(name) for name in ("a", "b", "y")]
    lines = [columns]
    for a, b in rows:
        cells = [f"{a:.4f}", f"{b:.4f}", f"{3 * a - b:.4f}"]
        lines.append(",".join(cells[order.index(i)] for i in range(3)))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def linear(tmp_path):
    def linear(name: str, columns: str, scale: float):
        project = project_from_data(table(tmp_path / f"{name}.csv", columns, scale), {"target": "y"}).project
        project.document.set_settings(project.document.settings.with_option("epochs", 3))
        session = project.session()
        list(session.slices())
        return session

    return linear


def test_inputs_are_given_by_name_and_in_the_units_of_the_data(linear):
    first, second = linear("one", "a,b,y", 1.0), linear("two", "b,y,a", 50.0)
    assert why_apart(first.data, second.data) == ""
    told = agreement(first, second)
    x = first.data.part(first.data.judging)[0].astype(float) * first.data.x_scale + first.data.x_shift
    swapped = (x[:, ::-1] - second.data.x_shift) / second.data.x_scale
    assert second.data.features == ("b", "a")
    apart = [
        values.ravel() * data.y_scale + data.y_shift
        for values, data in (
            (first.predict(first.data.part(first.data.judging)[0]), first.data),
            (second.predict(swapped.astype(np.float32)), second.data),
        )
    ]
    assert told.largest == pytest.approx(np.abs(apart[0] - apart[1]).max(), rel=1e-4)
    assert told.worst[0].index == np.abs(apart[0] - apart[1]).argmax()


def test_layers_without_a_partner_and_other_shapes_are_told():
    first, second = open_example("iris"), open_example("spiral")
    one, two = first.session(), second.session()
    pairs = layer_pairs(one, two)
    told = [pair.sentence for pair in pairs]
    assert any("against" in sentence for sentence in told)
    assert {pair.first for pair in pairs if pair.first} == {
        name for name, node in one.layout.nodes.items() if node.layer.role == Role.LAYER
    }
    assert "other inputs" in why_apart(one.data, two.data)


def test_what_cannot_be_compared_is_said(tmp_path, capsys):
    one = iris(tmp_path / "a.nns", 1)
    open_example("spiral").save(tmp_path / "s.nns")
    capsys.readouterr()
    assert cli.run(["compare", str(one), str(tmp_path / "s.nns")]) == 3
    assert "predictions are not compared" in capsys.readouterr().err
    assert cli.run(["compare", str(one), str(tmp_path / "none.nns")]) == 2


def dense_file(folder: Path, project, scale: float = 1.0, end: bool = False) -> Path:
    """The network of the iris example as another program writes it, without a description."""
    session = project.predictor()
    nodes, source, arrays = [], "x", {}
    for name, node in session.layout.nodes.items():
        if node.layer.id in ("dense", "tanh", "relu", "softmax"):
            kind = {"dense": "Gemm", "tanh": "Tanh", "relu": "Relu", "softmax": "Softmax"}[node.layer.id]
            if kind == "Softmax" and not end:
                continue
            own = [f"{name}.weight", f"{name}.bias"] if kind == "Gemm" else []
            arrays |= {key: session.arrays()[key] * scale for key in own}
            nodes.append(helper.make_node(kind, [source, *own], [f"after {name}"], name))
            source = f"after {name}"
    nodes[-1].output[0] = "y"
    return saved(folder, nodes, (4,), (3,), arrays)


@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("is_first", [False, True])
def test_a_file_of_another_program_is_compared_in_memory(is_first, end, tmp_path, capsys):
    path = iris(tmp_path / "a.nns", 3)
    file = dense_file(tmp_path, Project.open(path), end=end)
    before = sorted(tmp_path.iterdir())
    capsys.readouterr()
    both = [str(file), str(path)] if is_first else [str(path), str(file)]
    assert cli.run(["compare", *both, "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    rows = [row for row in told["layers"] if row["kind"] == "Dense"]
    assert rows and all(array["largest"] == 0 for row in rows for array in row["arrays"])
    assert any("names no classes" in note for note in told["notes"]), told["notes"]
    assert any("how inputs are scaled" in note for note in told["notes"])
    assert told["predictions"]["samples"] == 45 and told["why_not"] == ""
    assert sorted(tmp_path.iterdir()) == before


def test_two_files_are_compared_without_predictions(tmp_path, capsys):
    path = iris(tmp_path / "a.nns", 1)
    (tmp_path / "one").mkdir()
    one, two = dense_file(tmp_path / "one", Project.open(path)), dense_file(tmp_path, Project.open(path), 2.0)
    capsys.readouterr()
    assert cli.run(["compare", str(one), str(two)]) == 3
    told = capsys.readouterr()
    assert "typical difference 100.0% of a typical value" in told.out and "Neither has data" in told.err


def test_where_the_data_is_gone_layers_are_compared_or_predictions_on_the_data_of_the_other(
    tmp_path, monkeypatch, capsys
):
    by_reference(monkeypatch)
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    for name in ("gone", "here"):
        (tmp_path / name).mkdir()
        saved_table(tmp_path / name)
    (tmp_path / "gone" / "table.csv").unlink()
    gone, here = (str(tmp_path / name / "p.nns") for name in ("gone", "here"))
    for pair in ((gone, here), (here, gone)):
        assert cli.run(["compare", *pair]) == 0
        assert "the same class for 100.00%" in capsys.readouterr().out
    (tmp_path / "here" / "table.csv").unlink()
    assert cli.run(["compare", gone, here]) == 3
    told = capsys.readouterr()
    assert "weight equal" in told.out and "not compared" in told.err
    project = Project.open(Path(gone))
    project.state = None
    project.save(Path(gone))
    assert cli.run(["compare", gone, here]) == 2 and "--data" in capsys.readouterr().err
