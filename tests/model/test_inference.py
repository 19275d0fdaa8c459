"""Shapes while editing: good nodes stay good, the guilty one says why, the rest is unknown."""

from __future__ import annotations

from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.inference import NodeFacts, infer, own_parameters
from nnstudio.model.tokens import Tokens


def graph_of(*kinds: str, **options) -> Graph:
    graph = Graph()
    for i, kind in enumerate(kinds):
        graph.insert_node(Node(kind, kind, kind, options=options.get(kind, {})))
        if i:
            graph.insert_link(Link(kinds[i - 1], kind))
    return graph


def test_shapes_and_parameters_of_a_convnet():
    facts = infer(graph_of("input", "conv2d", "maxpool2d", "flatten", "dense", "output"), (28, 28, 1))
    assert [facts[k].shape for k in ("conv2d", "maxpool2d", "flatten", "dense")] == [
        (28, 28, 16), (14, 14, 16), (3136,), (16,),
    ]  # fmt: skip
    assert facts["conv2d"].parameters == 3 * 3 * 16 + 16
    assert facts["dense"].parameters == 3136 * 16 + 16
    assert not any(f.error for f in facts.values())


def test_the_first_guilty_node_is_marked_and_what_follows_is_unknown():
    facts = infer(graph_of("input", "conv2d", "dense", "relu", "output"), (28, 28, 1))
    assert facts["conv2d"].shape and not facts["conv2d"].error
    assert "Flatten" in facts["dense"].error
    assert facts["relu"].shape is None and not facts["relu"].error


def test_an_unconnected_node_says_so():
    graph = graph_of("input", "relu")
    graph.insert_node(Node("dense", "dense", "dense"))
    assert "not connected" in infer(graph, (3,))["dense"].error


def test_the_output_is_held_against_the_data():
    graph = graph_of("input", "dense", "output", dense={"units": 4})
    fact = infer(graph, (2,), "softmax_cross_entropy", classes=3)["output"]
    assert "3 classes" in fact.error and "3 units" in fact.error
    assert not infer(graph, (2,), "softmax_cross_entropy", classes=4)["output"].error


def test_numbers_of_tokens_in_a_dense_layer_are_warned_of():
    tokens = (Tokens((0,), 5), Tokens((2, 3), 9))
    mixed = infer(graph_of("input", "dense", "output"), (5,), tokens=tokens)
    assert mixed["dense"].warning.startswith("Columns 1, 3-4 of the data are numbers of tokens")
    others = graph_of("input", "dense", "output", input={"columns": "2, 5"})
    assert not infer(others, (5,), tokens=tokens)["dense"].warning
    embedded = graph_of("input", "embedding", "flatten", "dense", "output", input={"columns": "3-4"})
    assert not any(f.warning or f.error for f in infer(embedded, (5,), tokens=tokens).values())


def test_facts_of_a_node_that_went_since_count_as_they_did():
    graph = Graph()
    graph.insert_node(Node("a", "dense", "A", 0, 0))
    graph.insert_node(Node("b", "dense", "B", 0, 0, {"shares": "a"}))
    facts = {name: NodeFacts(parameters=10) for name in ("a", "b", "gone")}
    assert own_parameters(graph, facts) == 20
    del facts["a"]
    assert own_parameters(graph, facts) == 20, "what it shares is not there"
