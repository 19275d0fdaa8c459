"""`nnstudio compare`: layers are matched, weights subtracted, predictions set against each other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnkernels.spec import Role
from nnstudio import cli
from nnstudio.explain.comparison import agreement, layer_pairs, why_apart
from nnstudio.from_data import project_from_data
from nnstudio.project import open_example


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
    assert cli.run(["compare", str(one), str(tmp_path / "s.nns")]) == 0
    assert "predictions are not compared" in capsys.readouterr().err
    assert cli.run(["compare", str(one), str(tmp_path / "none.nns")]) == 2
