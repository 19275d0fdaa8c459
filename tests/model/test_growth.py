"""Steps that let a network grow: what stands behind makes room, links keep their order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from nnstudio.model.document import Document
from nnstudio.model.graph import Graph, LinkError
from nnstudio.model.growth import Branch, Deepen, Split, widening, width_of
from nnstudio.model.inference import NodeFacts
from nnstudio.project import open_example


@pytest.fixture
def document() -> Document:
    return open_example("spiral").document


def kinds_behind(graph: Graph, node: str) -> list[str]:
    kinds = []
    while targets := graph.targets(node):
        node = targets[0]
        kinds.append(graph[node].kind)
    return kinds


@pytest.mark.parametrize(
    "low, kind", [(0.0, "relu"), (-1.0, "prelu")], ids=["never negative", "of both signs"]
)
def test_a_layer_is_inserted_with_a_nonlinearity_that_leaves_it_as_it_is(document, low, kind):
    graph = document.graph
    before, behind = graph.to_dict(), kinds_behind(graph, "tanh_1")
    step = Deepen(graph, "tanh_1", NodeFacts((8,), bounds=(low, 1.0)))
    document.history.push(step)
    assert kinds_behind(graph, "tanh_1") == ["dense", kind, *behind]
    dense, bent = step.nodes
    assert dense.options["units"] == 8 and bent.options.get("start", 1.0) == 1.0
    positions = sorted((n.x, n.id) for n in graph.nodes if n.y == graph["tanh_1"].y)
    assert all(b[0] - a[0] >= 100 for a, b in pairwise(positions)), "nothing is covered"
    document.history.undo()
    assert graph.to_dict() == before


def test_pictures_get_a_convolution_that_keeps_their_size(document):
    step = Deepen(document.graph, "tanh_1", NodeFacts((9, 9, 5), bounds=(0.0, 1.0)))
    options = step.nodes[0].options
    assert (step.nodes[0].kind, options["filters"], options["padding"]) == ("conv2d", 5, "same")


def test_a_branch_leads_around_and_is_added_again(document):
    graph = document.graph
    before = graph.to_dict()
    target = graph.targets("tanh_1")[0]
    step = Branch(graph, "tanh_1", NodeFacts((8,)))
    document.history.push(step)
    (join,) = graph.sources(target)
    assert graph[join].kind == "add" and "tanh_1" in graph.sources(join) and len(graph.sources(join)) == 2
    first, bent, last, _join = step.nodes
    assert graph.sources(last.id) == [bent.id] and graph.sources(first.id) == ["tanh_1"]
    document.history.undo()
    assert graph.to_dict() == before


def test_a_layer_is_split_in_two_that_are_concatenated_in_the_order_of_its_units(document):
    graph = document.graph
    before, (target,) = graph.to_dict(), graph.targets("dense_1")
    graph.replace_node(replace(graph["dense_1"], options={**graph["dense_1"].options, "units": 7}))
    whole = graph.to_dict()
    step = Split(graph, "dense_1", NodeFacts((7,)))
    document.history.push(step)
    (join,) = graph.sources(target)
    assert graph[join].kind == "concatenate" and graph.sources(join) == ["dense_1", step.other]
    assert [graph[n].options["units"] for n in graph.sources(join)] == [4, 3]
    assert graph.sources(step.other) == graph.sources("dense_1") == ["input_1"]
    assert graph[step.other].y != graph["dense_1"].y and graph[step.other].x == graph["dense_1"].x
    document.history.undo()
    assert graph.to_dict() == whole != before
    with pytest.raises(LinkError, match="no units of its own"):
        Split(graph, "tanh_1", NodeFacts((8,)))
    graph.replace_node(replace(graph["dense_1"], options={**graph["dense_1"].options, "units": 1}))
    with pytest.raises(LinkError, match="just one unit"):
        Split(graph, "dense_1", NodeFacts((1,)))


def test_what_cannot_grow_says_why(document):
    graph = document.graph
    with pytest.raises(LinkError, match="has no units of its own"):
        width_of(graph, "tanh_1")
    with pytest.raises(LinkError, match="is where the network ends"):
        Deepen(graph, "output_1", NodeFacts((1,)))
    with pytest.raises(LinkError, match="not known what"):
        Branch(graph, "tanh_1", NodeFacts())


def test_a_layer_gets_units(document):
    document.history.push(widening(document.graph, "dense_1", 30))
    assert width_of(document.graph, "dense_1") == 30
