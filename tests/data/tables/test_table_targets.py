"""Several targets of a table: labels that hold or do not, from the file to the predictions."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.data.dataset import load
from nnstudio.explain.results import ResultsProbe
from nnstudio.explain.scores import scores_of
from nnstudio.from_data import project_from_data
from nnstudio.model.graph import Link
from nnstudio.predict_command import predictions


@pytest.fixture
def songs(tmp_path):
    """Two numbers, and two labels that follow from them, one in words and one as 0 and 1."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(120, 2))
    path = tmp_path / "songs.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["speed", "volume", "lively", "loud"])
        writer.writerows([a, b, "yes" if a > 0 else "no", int(b > 0)] for a, b in rows.tolist())
    return path


def options(path, **others):
    return {"path": str(path), "columns": "lively: target; loud: target", "target": "lively", **others}


def test_columns_of_two_values_are_labels(songs):
    data = load("csv", options(songs))
    assert data.are_labels and data.classes == () and data.targets == ("lively", "loud")
    raw = data.x_train * data.x_scale + data.x_shift
    np.testing.assert_array_equal(data.y_train, raw > 0)
    (note,) = [n for n in data.notes if "labels" in n]
    assert "lively = yes, loud = 1" in note
    assert data.fitting_losses[0] == "multi_label_cross_entropy"


def test_the_order_of_the_values_says_when_a_label_holds(songs):
    turned = load("csv", options(songs, columns="lively: target, ordered yes < no; loud: target"))
    usual = load("csv", options(songs))
    np.testing.assert_array_equal(turned.y_train[:, 0], 1 - usual.y_train[:, 0])


def test_they_are_numbers_where_that_is_asked_for(songs):
    assert not load("csv", options(songs, columns="loud: target; speed: target", target="loud")).are_labels


def test_a_network_learns_them_and_tells_probabilities(songs):
    begun = project_from_data(songs, {}, ("lively", "loud"))
    assert begun.task == "2 labels, each of which holds or does not"
    session = begun.project.session(1)
    assert [n.layer.id for n in session.layout.nodes.values()][-2] == "sigmoid"
    for _ in range(600):
        session.single_step()
    scores = scores_of(session, session.data.judging)
    assert scores.accuracy is not None and scores.accuracy > 0.85 and "accuracy" in scores.sentence
    x, y, _ = session.samples()
    names, rows = predictions(session, session.predict(x))
    assert names == ["lively", "loud"]
    shares = np.array(rows, float)
    assert ((shares >= 0) & (shares <= 1)).all()
    assert ((shares > 0.5) == (y > 0.5)).mean() > 0.85
    (*_, results) = (r for r in ResultsProbe().run(session) if r is not None)
    assert results.predicted.min() >= 0 and results.predicted.max() <= 1


def test_logits_are_told_as_probabilities(songs):
    project = project_from_data(songs, {}, ("lively", "loud")).project
    graph = project.document.graph
    (sigmoid,) = [n.id for n in graph.nodes if n.kind == "sigmoid"]
    before, after = graph.sources(sigmoid)[0], graph.targets(sigmoid)[0]
    graph.remove_link(Link(before, sigmoid))
    graph.remove_link(Link(sigmoid, after))
    graph.remove_node(sigmoid)
    graph.insert_link(Link(before, after))
    session = project.session(1)
    outputs = session.predict(session.data.x_test)
    _, rows = predictions(session, outputs)
    np.testing.assert_allclose(np.array(rows, float), 1 / (1 + np.exp(-outputs)), rtol=1e-5)


def test_from_the_command_line(songs, tmp_path, capsys):
    out = tmp_path / "songs.nns"
    assert cli.run(["new", "--data", str(songs), "--target", "lively", "--target", "loud", str(out)]) == 0
    assert "labels" in capsys.readouterr().out
