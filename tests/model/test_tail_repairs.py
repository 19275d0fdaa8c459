"""Ends with several Outputs, sub-networks, activations that others read, and without a Dense layer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnkernels.spec import SUBNETWORK
from nnstudio.data.facts import facts_of_data
from nnstudio.model.document import Document, Subnetwork
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.inference import DataFacts
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import Problem, find_problems, repairs
from nnstudio.model.templates import templates
from nnstudio.project import Project, example_names, open_example

CLASSES = DataFacts((4,), 5, 1, ("softmax_cross_entropy", "hinge"))
# The first target is a share, the second is not.
TWO = DataFacts(
    (4,), 0, 2, ("mse", "mae", "huber", "kl_divergence"), (-2.0, 2.5), ((0.0, 1.0), (-2.0, 2.5)), (-1.9, 3.0)
)
NUMBER = DataFacts((4,), 0, 1, ("mse", "mae", "huber"), (-2.0, 2.5), ((-2.0, 2.5),), (-2.0, 2.5))


def add(graph: Graph, kind: str, *sources: str, name: str = "", **options: object) -> str:
    """A node of this kind that reads others; its identifier, which is its kind unless it is named."""
    layer, name = graph.registry[kind], name or kind
    title = graph.new_name(layer.title)
    graph.insert_node(Node(name, kind, title, 0.0, 0.0, {**layer.defaults(), **options}))
    for source in sources:
        graph.insert_link(Link(source, name))
    return name


def learning(loss: str) -> Document:
    document = Document()
    document.settings = document.settings.with_option("loss", loss)
    add(document.graph, "input")
    return document


def problems(document: Document, data: DataFacts) -> list[Problem]:
    return find_problems(document.graph, facts_at(document, data))


def titles(document: Document, data: DataFacts) -> list[list[str]]:
    return [[r.title for r in repairs(document, p, data)] for p in problems(document, data)]


def mend(document: Document, data: DataFacts) -> str:
    """Take the first repair of the first problem."""
    first = repairs(document, problems(document, data)[0], data)[0]
    document.history.push(first.make(document, document.graph))
    return first.title


def test_each_output_is_held_against_its_own_columns():
    document = learning("mse")
    graph = document.graph
    add(graph, "dense", "input", units=1)
    add(graph, "sigmoid", "dense")
    add(graph, "output", "sigmoid", columns="1")
    assert problems(document, TWO) == []
    add(graph, "dense", "input", name="other", units=3)
    add(graph, "sigmoid", "other", name="squash")
    add(graph, "output", "squash", name="second", columns="2")
    assert [p.node for p in problems(document, TWO)] == ["squash", "second"]
    assert mend(document, TWO) == "Make the end fit: Dense 2 to 1 unit, without Sigmoid 2"
    assert problems(document, TWO) == [] and "sigmoid" in graph


def test_one_of_two_faulty_outputs_is_mended_at_a_time():
    document = learning("mse")
    for name in ("a", "b"):
        add(document.graph, "dense", "input", name=f"dense_{name}", units=1)
        add(document.graph, "softmax", f"dense_{name}", name=f"softmax_{name}")
        add(document.graph, "output", f"softmax_{name}", name=name)
    assert titles(document, NUMBER) == [["Delete Softmax"], ["Delete Softmax 2"]]
    mend(document, NUMBER)
    mend(document, NUMBER)
    assert problems(document, NUMBER) == []


def test_two_outputs_with_the_same_fault_are_mended_together():
    document = learning("mse")
    add(document.graph, "dense", "input", units=3)
    add(document.graph, "softmax", "dense")
    add(document.graph, "output", "softmax")
    add(document.graph, "output", "softmax", name="second")
    title = "Make the end fit: Dense to 1 unit, without Softmax"
    assert titles(document, NUMBER) == [[title]] * 3
    assert mend(document, NUMBER) == title
    assert problems(document, NUMBER) == [] and "softmax" not in document.graph


def test_the_loss_of_an_output_of_its_own_is_changed_there():
    document = learning("softmax_cross_entropy")
    add(document.graph, "dense", "input", units=5)
    add(document.graph, "softmax", "dense")
    add(document.graph, "output", "softmax", loss="mse")
    assert mend(document, CLASSES) == "Use softmax cross-entropy for Output"
    assert document.graph["output"].options["loss"] == "softmax_cross_entropy"
    assert problems(document, CLASSES) == []


def test_a_softmax_that_others_read_too_is_gone_past():
    document = learning("softmax_cross_entropy")
    graph = document.graph
    add(graph, "dense", "input", units=5)
    add(graph, "softmax", "dense")
    add(graph, "output", "softmax")
    assert problems(document, CLASSES) == []
    add(graph, "dense", "softmax", name="further", units=5)
    add(graph, "output", "further", name="second")
    (problem,) = problems(document, CLASSES)
    assert problem.node == "softmax" and not problem.serious, "the loss cannot compute it itself"
    assert mend(document, CLASSES) == "Link past Softmax"
    assert problems(document, CLASSES) == [] and graph.sources("softmax") == ["dense"]
    assert graph.sources("further") == ["softmax"]


def test_a_softmax_that_others_read_and_no_number_can_come_through():
    document = learning("mse")
    graph = document.graph
    add(graph, "dense", "input", units=1)
    add(graph, "tanh", "dense")
    add(graph, "output", "tanh")
    add(graph, "dense", "tanh", name="further", units=1)
    add(graph, "output", "further", name="second")
    assert [p.node for p in problems(document, NUMBER)] == ["tanh"]
    mend(document, NUMBER)
    assert problems(document, NUMBER) == []
    assert graph.sources("output") == ["dense"] and graph.sources("further") == ["tanh"]


def with_subnetwork(loss: str, units: int, activation: str) -> Document:
    """Input, a sub-network of Dense and an activation, Output."""
    document = learning(loss)
    inner = Graph(document.graph.registry)
    add(inner, "input")
    add(inner, "dense", "input", units=units)
    add(inner, activation, "dense")
    add(inner, "output", activation)
    document.add_subnetwork(Subnetwork("block", "Block", inner))
    add(document.graph, SUBNETWORK, "input", name="block_1", network="block")
    add(document.graph, "output", "block_1")
    return document


def test_a_softmax_at_the_end_of_a_subnetwork_is_computed_by_the_loss():
    assert problems(with_subnetwork("softmax_cross_entropy", 5, "softmax"), CLASSES) == []


@pytest.mark.parametrize(
    "loss, units, activation, data",
    [
        ("mse", 1, "sigmoid", NUMBER),
        ("mse", 3, "softmax", NUMBER),
        ("softmax_cross_entropy", 5, "tanh", CLASSES),
    ],
)
def test_behind_a_subnetwork_that_does_not_fit_comes_a_layer(loss, units, activation, data):
    document = with_subnetwork(loss, units, activation)
    assert "block_1" in [p.node for p in problems(document, data)]
    assert mend(document, data).startswith("Insert Dense of")
    assert problems(document, data) == []
    document.history.undo()
    assert document.graph.sources("output") == ["block_1"]


@pytest.mark.parametrize(
    "shape, kind, data, title",
    [
        ((4, 3), "lstm", CLASSES, "Insert Dense of 5 units"),
        ((4, 3), "lstm", NUMBER, "Insert Dense of 1 unit"),
        ((6, 6, 1), "conv2d", CLASSES, "Insert Flatten and Dense of 5 units"),
        ((4,), "relu", NUMBER, "Insert Dense of 1 unit"),
        ((4,), "batchnorm", CLASSES, "Insert Dense of 5 units"),
    ],
)
def test_an_end_without_a_dense_layer_gets_one(shape, kind, data, title):
    data = replace(data, input_shape=shape)
    document = learning(data.losses[0])
    add(document.graph, kind, "input")
    add(document.graph, "output", kind)
    assert mend(document, data) == title
    assert problems(document, data) == []


def test_units_are_set_through_a_layer_that_keeps_their_number():
    document = learning("softmax_cross_entropy")
    add(document.graph, "dense", "input", units=3)
    add(document.graph, "batchnorm", "dense")
    add(document.graph, "softmax", "batchnorm")
    add(document.graph, "output", "softmax")
    assert mend(document, CLASSES) == "Set Dense to 5 units"


def test_a_hidden_layer_stays_one():
    document = learning("mse")
    graph = document.graph
    add(graph, "dense", "input")
    add(graph, "relu", "dense")
    add(graph, "output", "relu")
    assert mend(document, NUMBER) == "Insert Dense of 1 unit"
    assert problems(document, NUMBER) == [] and graph["dense"].options["units"] == 16


def test_units_that_others_read_too_stay():
    document = learning("mse")
    graph = document.graph
    add(graph, "dense", "input")
    add(graph, "output", "dense")
    add(graph, "dense", "dense", name="further", units=1)
    add(graph, "output", "further", name="second")
    assert mend(document, NUMBER) == "Insert Dense of 1 unit"
    assert problems(document, NUMBER) == [] and graph["dense"].options["units"] == 16


def test_a_network_without_weights_cannot_learn():
    document = learning("mse")
    data = replace(NUMBER, input_shape=(1,))
    add(document.graph, "output", "input")
    (problem,) = problems(document, data)
    assert problem.serious and "weights" in problem.text
    assert mend(document, data) == "Insert Dense of 1 unit"
    assert problems(document, data) == []


def test_a_margin_that_tanh_cannot_reach_is_told():
    document = learning("hinge")
    add(document.graph, "dense", "input", units=5)
    add(document.graph, "tanh", "dense")
    add(document.graph, "output", "tanh")
    assert problems(document, CLASSES) == []
    document.settings = document.settings.with_option("margin", 5.0)
    (problem,) = problems(document, CLASSES)
    assert problem.node == "tanh" and "margin of 5" in problem.text


def test_units_activation_and_loss_change_in_one_step():
    document = learning("softmax_cross_entropy")
    add(document.graph, "dense", "input", units=3)
    add(document.graph, "softmax", "dense")
    add(document.graph, "output", "softmax")
    assert mend(document, NUMBER) == "Make the end fit: Dense to 1 unit, without Softmax, mean squared error"
    assert document.settings.loss == "mse" and "softmax" not in document.graph
    document.history.undo()
    assert document.settings.loss == "softmax_cross_entropy" and document.graph.sources("output") == [
        "softmax"
    ]


@pytest.mark.parametrize("name", example_names())
def test_shipped_examples_have_no_problems(name):
    project = open_example(name)
    assert problems(project.document, facts_of_data(project.load_data())) == []


@pytest.mark.parametrize("name", [t.id for t in templates if t.data])
def test_shipped_templates_have_no_problems_with_their_data(name):
    template, project = templates[name], Project()
    project.document.data = replace(
        project.document.data, kind=template.data, options=dict(template.data_options)
    )
    data = project.load_data()
    facts = facts_of_data(data)
    project.document.graph.fill(template.graph(facts).to_dict())
    project.document.settings = project.document.settings.with_option("loss", data.fitting_loss)
    assert problems(project.document, facts) == []


@pytest.mark.parametrize("data", [CLASSES, NUMBER])
@pytest.mark.parametrize("units", [1, 5, 16, 0])
@pytest.mark.parametrize("kind", ["relu", "sigmoid", "softmax", "tanh", "softplus", "elu", "dropout"])
def test_the_sentence_and_the_first_repair_agree(kind, units, data):
    document = learning(data.losses[0])
    graph = document.graph
    # Without units, 4 values as they come.
    source = add(graph, "dense", "input", units=units) if units else add(graph, "batchnorm", "input")
    add(graph, kind, source)
    add(graph, "output", kind)
    for problem in problems(document, data):
        first = repairs(document, problem, data)[0].title
        if problem.text.endswith("or delete it."):
            assert "by Softmax" in first or "Softmax in place of" in first, (problem.text, first)
        elif problem.text.endswith("Delete it."):
            assert "Delete" in first or "without" in first, (problem.text, first)
        elif problem.text.endswith("Put a Dense layer behind it."):
            assert "Dense of" in first, (problem.text, first)
