"""Faults and warnings, and repairs that were tried before they are offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.model.document import Document
from nnstudio.model.graph import Link, Node
from nnstudio.model.inference import DataFacts, OtherReading
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems, problems_of_training, repairs
from nnstudio.model.tokens import Tokens

SOFTMAX = "softmax_cross_entropy"
DIGITS = DataFacts((28, 28, 1), 10, 1, ("softmax_cross_entropy", "hinge"))
NUMBERS = DataFacts((4,), 0, 1, ("mse", "mae"))


def chain(*layers, loss="softmax_cross_entropy") -> Document:
    """A document with these (kind, options) in a row, named by their kinds."""
    document = Document()
    document.settings = document.settings.with_option("loss", loss)
    graph = document.graph
    for i, (kind, options) in enumerate(layers):
        layer = graph.registry[kind]
        graph.insert_node(Node(kind, kind, layer.title, i * 220.0, 0.0, {**layer.defaults(), **options}))
        if i:
            graph.insert_link(Link(layers[i - 1][0], kind))
    return document


def mend(document: Document, data: DataFacts, title: str) -> None:
    """Apply the repair with this title to the first problem, and take it back and do it again."""
    problem = find_problems(document.graph, facts_at(document, data))[0]
    offered = {r.title: r for r in repairs(document, problem, data)}
    assert title in offered, list(offered)
    before = document.to_dict()
    document.history.push(offered[title].make(document, document.graph))
    after = document.to_dict()
    document.history.undo()
    assert document.to_dict() == before
    document.history.redo()
    assert document.to_dict() == after


def problems(document: Document, data: DataFacts) -> list[str]:
    return [p.text for p in find_problems(document.graph, facts_at(document, data))]


@pytest.mark.parametrize(
    ("layers", "loss", "data", "title"),
    [
        ([("input", {}), ("conv2d", {}), ("dense", {"units": 10}), ("output", {})], SOFTMAX, DIGITS,
         "Insert Flatten"),
        ([("input", {}), ("flatten", {}), ("dense", {"units": 3}), ("output", {})], SOFTMAX, DIGITS,
         "Set Dense to 10 units"),
        ([("input", {}), ("dense", {"units": 10}), ("output", {})], "mse", DIGITS,
         "Insert Flatten"),
        ([("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("output", {})], "mse", DIGITS,
         "Use softmax cross-entropy"),
        ([("input", {}), ("dense", {"units": 1}), ("output", {})], SOFTMAX, NUMBERS,
         "Use mean squared error"),
        ([("input", {}), ("conv2d", {"kernel_size": 31, "padding": "valid"}), ("flatten", {}),
          ("dense", {"units": 10}), ("output", {})], SOFTMAX, DIGITS, "Set padding to same"),
        ([("input", {}), ("flatten", {}), ("dense", {"units": 10})], SOFTMAX, DIGITS,
         "Add an Output"),
        ([("flatten", {}), ("dense", {"units": 10}), ("output", {})], SOFTMAX, DIGITS,
         "Add an Input"),
    ],
)  # fmt: skip
def test_a_repair_mends_and_can_be_taken_back(layers, loss, data, title):
    document = chain(*layers, loss=loss)
    assert problems(document, data)
    if title == "Add an Input":
        problem = next(p for p in find_problems(document.graph, facts_at(document, data)) if not p.node)
        offered = {r.title: r for r in repairs(document, problem, data)}
        document.history.push(offered[title].make(document, document.graph))
        assert problems(document, data) == []
        return
    mend(document, data, title)
    left = problems(document, data)
    assert len(left) <= (1 if loss == "mse" and title == "Insert Flatten" else 0), left


def test_a_missing_link_is_offered_from_the_neighbour():
    document = chain(("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("output", {}))
    document.graph.remove_link(Link("flatten", "dense"))
    mend(document, DIGITS, "Connect Flatten to Dense")
    assert problems(document, DIGITS) == []


def test_a_link_to_what_does_not_fit_yet_stays_offered_once_its_shape_is_known():
    document = chain(("input", {}), ("dense", {"units": 16}), ("output", {}))
    data = DataFacts((2,), 2, 1, ("softmax_cross_entropy",))
    for link in list(document.graph.links):
        document.graph.remove_link(link)
    (problem,) = [p for p in find_problems(document.graph, facts_at(document, data)) if p.node == "output"]
    title = "Connect Dense to Output"
    assert title in [r.title for r in repairs(document, problem, data)]
    document.graph.insert_link(Link("input", "dense"))
    (problem,) = find_problems(document.graph, facts_at(document, data))
    assert [r.title for r in repairs(document, problem, data)] == [title]
    mend(document, data, title)
    assert "2 classes" in problems(document, data)[0]
    mend(document, data, "Set Dense to 2 units")
    assert problems(document, data) == []


def test_good_nodes_stay_good_and_only_the_first_guilty_one_is_named():
    document = chain(("input", {}), ("relu", {}), ("dense", {}), ("output", {}), loss="mse")
    facts = facts_at(document, DIGITS)
    assert facts["relu"].shape == (28, 28, 1)
    assert [n for n, f in facts.items() if f.error] == ["dense"]
    assert facts.get("output").shape is None and facts["output"].error == ""


def test_an_idle_node_is_a_warning_and_can_be_deleted():
    document = chain(("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("output", {}))
    relu = document.graph.registry["relu"]
    document.graph.insert_node(Node("idle", "relu", "Idle", 0, 200, relu.defaults()))
    document.graph.insert_link(Link("input", "idle"))
    (problem,) = find_problems(document.graph, facts_at(document, DIGITS))
    assert not problem.serious and problem.node == "idle"
    assert "Delete Idle" in [r.title for r in repairs(document, problem, DIGITS)]


def loose_chain() -> Document:
    """An Input and an Output, and between them what is joined to neither."""
    document = chain(
        ("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("softmax", {}), ("output", {})
    )
    document.graph.remove_link(Link("input", "flatten"))
    document.graph.remove_link(Link("softmax", "output"))
    return document


def test_one_cause_is_one_problem():
    document = chain(("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("output", {}))
    document.graph.remove_link(Link("dense", "output"))
    (problem,) = find_problems(document.graph, facts_at(document, DIGITS))
    assert (problem.node, problem.follows) == ("output", ("input", "flatten", "dense"))
    document = chain(("flatten", {}), ("dense", {"units": 10}), ("output", {}))
    (problem,) = find_problems(document.graph, facts_at(document, DIGITS))
    assert (problem.node, problem.follows) == ("", ("flatten",))


def test_an_idle_part_is_one_warning_and_goes_at_once():
    document = chain(("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("output", {}))
    for name, source in (("tanh", "input"), ("relu", "tanh")):
        document.graph.insert_node(Node(name, name, name, 0, 200))
        document.graph.insert_link(Link(source, name))
    (problem,) = find_problems(document.graph, facts_at(document, DIGITS))
    assert (problem.node, problem.follows) == ("relu", ("tanh",))
    mend(document, DIGITS, "Delete these 2 nodes")
    assert problems(document, DIGITS) == []


def test_a_loose_part_is_joined_as_a_whole():
    for at, title in ((0, "Connect Input → Flatten → Softmax → Output"), (1, "Connect Softmax to Output")):
        document = loose_chain()
        facts = facts_at(document, DIGITS)
        assert [p.node for p in find_problems(document.graph, facts)] == ["flatten", "output"]
        problem = find_problems(document.graph, facts)[at]
        assert title in [r.title for r in repairs(document, problem, DIGITS)]
    mend(document, DIGITS, "Connect Input → Flatten → Softmax → Output")
    assert problems(document, DIGITS) == []


def test_a_problem_of_a_node_that_is_gone_has_no_repairs():
    document = chain(("input", {}), ("dense", {"units": 10}))
    (problem,) = find_problems(document.graph, facts_at(document, DIGITS))[:1]
    gone = type(problem)("nobody_1", problem.text)
    assert repairs(document, gone, DIGITS) == []


SCALED = DataFacts((4,), 0, 1, ("mse", "mae"), (-1.7, 2.3))


def offered(document: Document, data: DataFacts) -> list[list[str]]:
    facts = facts_at(document, data)
    return [[r.title for r in repairs(document, p, data)] for p in find_problems(document.graph, facts)]


@pytest.mark.parametrize("data", [NUMBERS, SCALED])
def test_numbers_behind_a_softmax_get_no_repair_that_always_predicts_one(data):
    document = chain(("input", {}), ("dense", {"units": 3}), ("softmax", {}), ("output", {}), loss="mse")
    titles = [title for of_problem in offered(document, data) for title in of_problem]
    assert "Set Dense to 1 unit" not in titles
    mend(document, data, "Make the end fit: Dense to 1 unit, without Softmax")
    assert problems(document, data) == [] and "softmax" not in document.graph


def test_one_unit_behind_a_softmax_is_a_problem_by_itself():
    document = chain(("input", {}), ("dense", {"units": 1}), ("softmax", {}), ("output", {}), loss="mse")
    assert "gives 1 whatever comes in" in problems(document, NUMBERS)[0]
    mend(document, NUMBERS, "Delete Softmax")
    assert problems(document, NUMBERS) == []


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "relu", "softplus", "elu"])
def test_an_output_that_cannot_reach_the_scaled_targets_is_named(kind):
    document = chain(("input", {}), ("dense", {"units": 1}), (kind, {}), ("output", {}), loss="mse")
    assert problems(document, NUMBERS) == [], "nothing is known of the targets"
    assert "range from -1.7 to 2.3" in problems(document, SCALED)[0]
    assert offered(document, SCALED) == [[f"Delete {document.graph[kind].name}"]]


def test_what_only_passes_values_on_is_not_to_blame():
    document = chain(
        ("input", {}), ("dense", {"units": 1}), ("sigmoid", {}), ("dropout", {}), ("output", {}), loss="mse"
    )
    (problem,) = find_problems(document.graph, facts_at(document, SCALED))
    assert problem.node == "sigmoid" and problem.serious


def test_a_bounded_output_within_reach_of_the_targets_is_no_problem():
    document = chain(("input", {}), ("dense", {"units": 1}), ("sigmoid", {}), ("output", {}), loss="mse")
    assert problems(document, DataFacts((4,), 0, 1, ("mse",), (0.0, 1.0))) == []


def test_a_softmax_that_becomes_known_by_a_repair_is_a_problem_then():
    document = chain(("input", {}), ("dense", {"units": 1}), ("softmax", {}), ("output", {}), loss="mse")
    document.graph.remove_link(Link("input", "dense"))
    mend(document, SCALED, "Connect Input to Dense")
    assert "gives 1 whatever comes in" in problems(document, SCALED)[0]
    mend(document, SCALED, "Delete Softmax")
    assert problems(document, SCALED) == []


def test_a_learning_rate_of_0_is_a_warning_that_no_change_of_the_graph_mends():
    document = Document()
    assert problems_of_training(document) == []
    document.settings = document.settings.with_option("learning_rate", 0.0)
    (problem,) = problems_of_training(document)
    assert "learning rate is 0" in problem.text and not problem.serious
    assert repairs(document, problem, DIGITS) == []


@pytest.mark.parametrize(
    ("units", "title"),
    [(5, "Guess the next letter at every step"),
     (7, "Guess the next letter at every step, Set Dense to 5 units")],
)  # fmt: skip
def test_a_text_may_be_read_as_the_network_guesses(units, title):
    letters = (Tokens(tuple(range(6)), 5),)
    other = OtherReading("Guess the next letter at every step", "guess", "each", 6)
    data = DataFacts((6,), 5, 1, ("softmax_cross_entropy",), tokens=letters, otherwise=other)
    layers = [("input", {}), ("embedding", {"size": 5}), ("dense", {"units": units})]
    document = chain(*layers, ("softmax", {}), ("output", {}))
    mend(document, data, title)
    assert document.data.options["guess"] == "each" and document.graph["dense"].options["units"] == 5
    assert problems(document, replace(data, targets=6)) == []


def test_another_reading_is_not_offered_for_a_fault_that_it_leaves():
    other = OtherReading("Guess at every step", "guess", "each", 6)
    data = DataFacts((6,), 5, 1, ("softmax_cross_entropy",), tokens=(Tokens((0,), 5),), otherwise=other)
    document = chain(("input", {}), ("dense", {"units": 3}), ("output", {}))
    (problem,) = (p for p in find_problems(document.graph, facts_at(document, data)) if p.node == "output")
    assert all(repair.data is None for repair in repairs(document, problem, data))
