"""Weights in the units of the data: of a linear network, the law that the data follows."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import Dataset
from nnstudio.explain.data_units import in_data_units, in_words
from nnstudio.from_data import project_from_data
from nnstudio.model.commands import Remove


@pytest.fixture
def session(tmp_path):
    """A network that is one Dense layer, on prices 3 size - 20 age + 1000."""
    rng = np.random.default_rng(4)
    rows = [
        (int(s), int(a)) for s, a in zip(rng.integers(20, 200, 300), rng.integers(0, 90, 300), strict=True)
    ]
    path = tmp_path / "flats.csv"
    path.write_text("size,age,price\n" + "".join(f"{s},{a},{3 * s - 20 * a + 1000}\n" for s, a in rows))
    project = project_from_data(path, {}).project
    graph = project.document.graph
    hidden = [n.id for n in graph.nodes if n.kind in ("dense", "relu")][:-1]
    Remove(graph, hidden, (), True).redo()
    for name, value in (("epochs", 60), ("learning_rate", 0.03)):
        project.document.set_settings(project.document.settings.with_option(name, value))
    session = project.session()
    list(session.slices())
    return session


def dense_of(session):
    return next(n.id for n in session.layout.nodes.values() if n.layer.id == "dense")


def test_a_linear_network_shows_the_law_of_its_data(session):
    told = in_data_units(session, dense_of(session))
    assert told.arrays["weight"][:, 0] == pytest.approx([3, -20], abs=0.02)
    assert told.arrays["bias"] == pytest.approx([1000], abs=1)
    assert told.said == "in the unit of price, for one unit of an input of the data"


def test_they_predict_what_the_network_predicts(session):
    data, told = session.data, in_data_units(session, dense_of(session))
    raw = data.x_test * data.x_scale + data.x_shift
    expected = session.predict(data.x_test) * data.y_scale + data.y_shift
    assert np.allclose(raw @ told.arrays["weight"] + told.arrays["bias"], expected, rtol=1e-4)


def test_layers_in_between_have_none(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},{i % 7},{i * 2.5}\n" for i in range(900)))
    session = project_from_data(path, {}).project.session()
    names = [n.id for n in session.layout.nodes.values() if n.layer.id == "dense"]
    said = [in_data_units(session, name) for name in names]
    assert [bool(told.arrays) for told in said] == [True, *[False] * (len(names) - 2), True]
    assert "Only a Dense layer" in said[1].said
    data = session.data
    first = said[0].arrays["weight"]
    assert np.allclose(first * np.asarray(data.x_scale)[:, None], session.arrays()[f"{names[0]}.weight"])


def test_a_sample_is_told_with_names_and_in_its_units():
    x = np.array([[1.0, -0.5]], np.float32)
    data = Dataset("toy", x, x, x, x, features=("size", "age"), x_shift=np.array([40.0, 30]), x_scale=20.0)
    assert in_words(data, x[0]) == "size: 60\nage: 20"
    many = np.zeros((1, 5, 5), np.float32)
    assert in_words(Dataset("toy", many, x, many, x, x_shift=7.0), many[0]).endswith("7, 7\nand 5 more")
