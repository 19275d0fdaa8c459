"""In what two networks differ, in a few words; what computes the same does not differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.model.commands import ChangeNode, InsertBetween, MoveNodes, Remove
from nnstudio.model.graph import Link
from nnstudio.model.insertion import DOT
from nnstudio.model.regroup import MakeSubnetwork
from nnstudio.project import Project, open_example
from nnstudio.runs.network_changes import computed, network_changes, without_dots


def plain(project: Project) -> dict:
    return project.document.to_dict()


@pytest.fixture
def project() -> Project:
    return open_example("xor")


def told(project: Project) -> tuple[str, ...]:
    before = plain(open_example("xor"))
    assert (computed(plain(project)) == computed(before)) == (not network_changes(plain(project), before))
    return network_changes(plain(project), before)


def insert(project: Project, kind: str, link: Link, **options) -> str:
    graph = project.document.graph
    node = graph.new_node(kind, 0, 0)
    node = replace(node, options={**node.options, **options})
    project.document.history.push(InsertBetween(graph, node, link))
    return node.id


def test_dots_positions_names_and_loose_nodes_are_no_difference(project):
    graph, history = project.document.graph, project.document.history
    for link in graph.links:
        insert(project, DOT, link)
    history.push(MoveNodes(graph, {"dense_1": (7.0, 8.0)}, object()))
    history.push(ChangeNode(graph, "dense_1", "name", "Hidden"))
    graph.insert_node(graph.new_node("dropout", 0, 0))
    assert told(project) == ()


def test_a_part_that_became_a_sub_network_is_no_difference_and_what_differs_in_it_is(project):
    graph, history = project.document.graph, project.document.history
    history.push(MakeSubnetwork(project.document, graph, ["dense_1", "tanh_1"]))
    assert told(project) == ()
    before = plain(project)
    (inner,) = project.document.subnetworks.values()
    history.push(ChangeNode(inner.graph, "dense_1", "units", 9))
    (sentence,) = network_changes(plain(project), before)
    assert sentence == f"{inner.title}: Dense: 9 units instead of 4"


def test_each_change_in_a_few_words(project):
    graph, history = project.document.graph, project.document.history
    history.push(ChangeNode(graph, "dense_1", "units", 64))
    assert told(project) == ("Dense: 64 units instead of 4",)
    insert(project, "dropout", Link("tanh_1", "dense_2"))
    assert told(project) == ("Dense: 64 units instead of 4", "+ Dropout")
    history.push(Remove(graph, ["sigmoid_1"]))
    assert told(project) == ("Dense: 64 units instead of 4", "+ Dropout", "\N{MINUS SIGN} Sigmoid")
    history.push(ChangeNode(graph, "dense_2", "frozen", True))
    assert "Dense 2: frozen on instead of off" in told(project)


def test_links_that_lead_elsewhere_are_a_difference():
    one, other = (plain(open_example("xor")) for _ in range(2))
    other["graph"]["links"] = [
        [a, b] if (a, b) != ("tanh_1", "dense_2") else ["dense_1", "dense_2"]
        for a, b in other["graph"]["links"]
    ]
    assert network_changes(one, other) == ("linked in another way",)


def test_a_layer_that_is_not_installed_is_compared_as_it_is_written():
    one, other = (plain(open_example("xor")) for _ in range(2))
    for each in (one, other):
        each["graph"]["nodes"][1]["kind"] = "gone_with_its_package"
    assert computed(one) == computed(other)
    other["graph"]["nodes"][1]["options"] = {"strength": 2}
    assert computed(one) != computed(other) and network_changes(one, other)


def test_dots_in_a_circle_end():
    nodes = [{"id": name, "kind": DOT, "options": {}} for name in ("a", "b")]
    assert without_dots({"nodes": nodes, "links": [["a", "b"], ["b", "a"]]})["links"] == []
