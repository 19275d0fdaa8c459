"""A text is tried on a copy before it becomes the value of an option."""

from __future__ import annotations

import itertools

import pytest

from nnstudio.model.document import Document
from nnstudio.model.graph import Link
from nnstudio.model.inference import DataFacts
from nnstudio.model.trials import fault_of_nodes, fault_of_setting

DATA = DataFacts((12,), 2, 1, ("softmax_cross_entropy",))


@pytest.fixture
def document() -> Document:
    """An Input of 12 values, a Reshape to 3, 4 and an Output."""
    document = Document()
    graph = document.graph
    for kind in ("input", "reshape", "output"):
        graph.insert_node(graph.new_node(kind, 0, 0))
    names = [n.id for n in graph.nodes]
    for source, target in itertools.pairwise(names):
        graph.insert_link(Link(source, target))
    graph[names[1]].options["target"] = "3, 4"
    document.settings = document.settings.with_option("loss", "softmax_cross_entropy")
    return document


def named(document: Document, kind: str) -> str:
    return next(n.id for n in document.graph.nodes if n.kind == kind)


def test_what_would_spoil_a_node_is_told_and_nothing_changes(document):
    node, before = named(document, "reshape"), document.to_dict()
    told = fault_of_nodes(document, DATA, (), [node], "target", "5, 5")
    assert told == "12 has 12 values and cannot become '5, 5'."
    assert fault_of_nodes(document, DATA, (), [node], "target", "2, 6") == ""
    assert fault_of_nodes(document, DATA, (), ["gone"], "target", "5, 5") == ""
    assert "1 to 12" in fault_of_nodes(document, DATA, (), [named(document, "input")], "columns", "1-13")
    assert document.to_dict() == before


def test_a_node_that_is_wrong_already_takes_any_text(document):
    node = named(document, "reshape")
    document.graph[node].options["target"] = "7, 7"
    assert fault_of_nodes(document, DATA, (), [node], "target", "5, 5") == ""


def test_class_weights_must_be_as_many_as_the_classes(document):
    assert "received 3" in fault_of_setting(document, DATA, "class_weights", "1, 2, 3")
    for text in ("", "balanced", "2", "1, 2"):
        assert fault_of_setting(document, DATA, "class_weights", text) == ""
