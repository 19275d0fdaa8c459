"""The graph: what links may be, and what it says when they may not."""

from __future__ import annotations

import pytest

from nnkernels.spec import Layer
from nnkernels.spec.registry import Registry
from nnstudio.model.graph import Graph, Link, LinkError, Node


class Toy(Layer):
    """A layer without kernels."""


def toy_registry() -> Registry[Layer]:
    registry: Registry[Layer] = Registry("layer", "nnkernels.losses")
    for name, role, joins in (
        ("in", "input", False),
        ("mid", "layer", False),
        ("sum", "layer", True),
        ("out", "output", False),
    ):
        registry.register(type(name, (Toy,), {"id": name, "title": name, "role": role, "joins": joins}))
    return registry


@pytest.fixture
def graph() -> Graph:
    graph = Graph(toy_registry())
    for name, kind in (("i", "in"), ("a", "mid"), ("b", "mid"), ("s", "sum"), ("o", "out")):
        graph.insert_node(Node(name, kind, name))
    return graph


def test_links_are_kept_in_order_and_told(graph):
    told = []
    graph.link_added.connect(told.append)
    graph.insert_link(Link("i", "a"))
    graph.insert_link(Link("i", "b"), 0)
    assert graph.links == (Link("i", "b"), Link("i", "a"))
    assert told == [Link("i", "a"), Link("i", "b")]


@pytest.mark.parametrize(
    "first, link, words",
    [
        ([], Link("o", "a"), "where the network ends"),
        ([], Link("a", "i"), "where data comes in"),
        ([], Link("a", "a"), "cannot feed itself"),
        ([Link("a", "b")], Link("b", "a"), "cycle"),
        ([Link("a", "s"), Link("s", "b")], Link("b", "a"), "cycle"),
        ([Link("i", "a")], Link("i", "a"), "already"),
        ([Link("i", "a")], Link("b", "a"), "takes only one link"),
    ],
)
def test_a_link_that_cannot_be_is_refused_in_a_sentence(graph, first, link, words):
    for k in first:
        graph.insert_link(k)
    with pytest.raises(LinkError, match=words):
        graph.insert_link(link)
    assert not graph.can_link(link)
    assert graph.links == tuple(first)


def test_a_joining_node_takes_several_links(graph):
    graph.insert_link(Link("a", "s"))
    graph.insert_link(Link("b", "s"))
    assert graph.sources("s") == ["a", "b"]


def test_an_occupied_input_may_be_replaced(graph):
    graph.insert_link(Link("i", "a"))
    assert graph.can_link(Link("b", "a"), replacing=True)
    assert graph.replaced_by(Link("b", "a")) == [Link("i", "a")]


def test_a_node_with_links_cannot_go(graph):
    graph.insert_link(Link("i", "a"))
    with pytest.raises(ValueError, match="links"):
        graph.remove_node("a")


def test_names_and_identifiers_are_free_ones(graph):
    assert graph.new_id("mid") == "mid_1"
    assert graph.new_name("a") == "a 2"
    assert graph.new_name("a", ["a 2"]) == "a 3"
    assert graph.new_name("new") == "new"
