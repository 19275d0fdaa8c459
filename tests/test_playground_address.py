"""Addresses of the TensorFlow Playground: network, features, data and settings, and what is not the same."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.project_text import project_of

HOST = "https://playground.tensorflow.org/"
# As the playground itself writes it.
ADDRESS = (
    HOST + "#activation=relu&regularization=L2&batchSize=30&dataset=spiral&regDataset=reg-gauss"
    "&learningRate=0.1&regularizationRate=0.003&noise=10&networkShape=8,6,4&seed=0.4&showTestData=false"
    "&discretize=false&percTrainData=70&x=true&y=true&xTimesY=false&xSquared=false&ySquared=false&cosX=false"
    "&sinX=false&cosY=false&sinY=false&collectStats=false&problem=classification&initZero=false"
    "&hideText=false"
)
FEATURES = {
    "x": lambda x, y: x, "y": lambda x, y: y, "xSquared": lambda x, y: x * x, "ySquared": lambda x, y: y * y,
    "xTimesY": lambda x, y: x * y, "sinX": lambda x, y: np.sin(x), "sinY": lambda x, y: np.sin(y),
    "cosX": lambda x, y: np.cos(x), "cosY": lambda x, y: np.cos(y),
}  # fmt: skip


def kinds(project) -> list[tuple[str, object]]:
    return [(node.kind, node.options.get("units")) for node in project.document.graph.nodes]


def test_an_address_becomes_a_project_that_trains():
    opened = project_of(ADDRESS)
    document = opened.project.document
    hidden = [("dense", 8), ("relu", None), ("dense", 6), ("relu", None), ("dense", 4), ("relu", None)]
    ends = [("dense", 1), ("sigmoid", None), ("output", None)]
    assert kinds(opened.project) == [("input", None), *hidden, *ends]
    settings = document.settings
    assert settings.optimizer == "sgd" and settings.hyperparameters()["learning_rate"] == 0.1
    assert settings.batch_size == 30 and settings.extra("l2") == 0.003 and not settings.extra("l1")
    data = opened.project.load_data()
    assert document.data.kind == "spiral" and document.data.options["noise"] == 0.1
    assert (len(data.x_train), len(data.x_validation), len(data.x_test)) == (350, 0, 150)
    assert 0 < opened.project.session().single_step().loss < 10


@pytest.mark.parametrize(
    "chosen",
    [
        ("x", "y"), ("x",), ("y", "sinY"), ("ySquared",), ("xSquared", "ySquared", "xTimesY"),
        ("x", "cosX", "xTimesY", "sinX"), tuple(FEATURES),
    ],
)  # fmt: skip
def test_features_are_those_of_the_playground(chosen):
    state = "&".join(f"{key}={str(key in chosen).lower()}" for key in FEATURES)
    project = project_of(f"{HOST}#{state}&networkShape=3").project
    first = project.document.graph["dense_1"]
    (source,) = project.document.graph.sources(first.id)
    session = project.session()
    points = session.data.x_test[:20]
    given = points if len(session.layout.nodes[source].shape) != 1 else session.predict(points, source)
    expected = np.stack([FEATURES[key](*points.T.astype(float)) for key in chosen], 1)
    # The order of columns is that of the nodes.
    order = [np.abs(expected - column[:, None]).max(0).argmin() for column in given.T.astype(float)]
    assert sorted(order) == list(range(len(chosen)))
    np.testing.assert_allclose(given, expected[:, order], atol=1e-5)


def test_numbers_are_learned_where_the_problem_is_regression():
    opened = project_of(ADDRESS.replace("problem=classification", "problem=regression"))
    project = opened.project
    assert project.document.data.kind == "multi_gauss" and project.document.settings.loss == "mse"
    assert "sigmoid" not in [kind for kind, _ in kinds(project)]
    assert "halves the squared error" in opened.notes[0]


def test_what_is_not_the_same_is_said():
    notes = project_of(
        f"{ADDRESS}&tutorial=intro&play_hide=true".replace("discretize=false", "discretize=true")
    )
    told = " ".join(notes.notes)
    for words in ("cross-entropy", "drawn anew", "after 500 epochs", "turn off Shades"):
        assert words in told
    assert told.endswith("Not taken over: tutorial, play_hide.")
    assert "Not taken over" not in " ".join(project_of(ADDRESS).notes)


def test_without_a_state_it_is_what_the_playground_begins_with():
    for text in (HOST, "playground.tensorflow.org", "HTTP://Playground.TensorFlow.org/#"):
        opened = project_of(text)
        assert opened.notes[0].startswith("The address has no settings")
        assert [k for k in kinds(opened.project) if k[0] == "dense"] == [
            ("dense", 4),
            ("dense", 2),
            ("dense", 1),
        ]
        assert opened.project.document.data.kind == "circle"
        assert opened.project.document.settings.hyperparameters()["learning_rate"] == 0.03


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("noise=80", "'noise=80' cannot be taken as it is; it is 50 here."),
        ("noise=nan", "it is 0 here"),
        ("learningRate=fast", "it is 0.03 here"),
        ("batchSize=1e999", "it is 1000 here"),
        ("batchSize=10.5", "'batchSize=10.5' cannot be taken as it is; it is 10 here."),
        ("dataset=moons", "'dataset=moons' cannot be taken as it is; it is circle here."),
        ("activation=" + "a" * 99, "aaa…'"),
        ("networkShape=4,x", "it is 4 here"),
        ("networkShape=99999999999,0,7", "it is 7 here"),
        ("networkShape=" + ",".join("9" * 50), "networkShape"),
        ("x=false&y=false", "chooses no feature"),
        ("&".join(f"k{i}=1" for i in range(500)), "The address has no settings"),
    ],
)
def test_what_cannot_be_read_is_said_and_replaced(state, said):
    opened = project_of(f"{HOST}#{state}")
    assert any(said in note for note in opened.notes)
    assert len(opened.project.document.graph.nodes) < 60
    opened.project.load_data()


def test_no_hidden_layer_and_weights_of_zero():
    project = project_of(f"{HOST}#networkShape=&initZero=true&activation=linear&regularization=L1").project
    assert [k for k in kinds(project) if k[0] == "dense"] == [("dense", 1)]
    assert not any(values.any() for values in project.session().arrays().values())
