"""Sub-networks: made, opened, dissolved, renamed, saved; what they compute stays the same."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.spec import SUBNETWORK
from nnstudio.data.dataset import load
from nnstudio.model import commands, projectfile
from nnstudio.model.document import Document
from nnstudio.model.graph import Link, LinkError, Node, Note
from nnstudio.model.inference import DataFacts
from nnstudio.model.locations import engine_names, facts_at, graph_at, names_of_all, path_to
from nnstudio.model.regroup import Dissolve, MakeSubnetwork, RenameSubnetwork
from nnstudio.training.session import Session

POINTS = DataFacts((2,), 2, 1, ("softmax_cross_entropy",))
LAYERS = (("input", {}), ("dense", {"units": 6}), ("relu", {}), ("dense", {"units": 6}), ("add", {}),
          ("dense", {"units": 2}), ("output", {}))  # fmt: skip
LINKS = ((0, 1), (1, 2), (2, 3), (1, 4), (3, 4), (4, 5), (5, 6))


def residual() -> Document:
    """Points through a dense layer, a residual block and a dense layer."""
    document = Document()
    document.settings = document.settings.with_option("loss", "softmax_cross_entropy")
    graph = document.graph
    for i, (kind, options) in enumerate(LAYERS):
        layer = graph.registry[kind]
        graph.insert_node(Node(f"n{i}", kind, f"{layer.title} {i}", i * 220.0, 0, layer.defaults() | options))
    for a, b in LINKS:
        graph.insert_link(Link(f"n{a}", f"n{b}"))
    return document


def block(document: Document, nodes=("n2", "n3", "n4")) -> str:
    step = MakeSubnetwork(document, document.graph, nodes)
    document.history.push(step)
    return step.node.id


def test_the_part_is_replaced_by_one_node_and_comes_back_as_it_was():
    document = residual()
    before = document.to_dict()
    node = block(document)
    assert [n.id for n in document.graph.nodes] == ["n0", "n1", "n5", "n6", node]
    assert document.graph.sources(node) == ["n1"] and document.graph.targets(node) == ["n5"]
    after = document.to_dict()
    document.history.undo()
    assert document.to_dict() == before
    document.history.redo()
    assert document.to_dict() == after


def test_facts_go_in_and_come_out():
    document = residual()
    plain = facts_at(document, POINTS, ())
    node = block(document)
    outer, inner = facts_at(document, POINTS, ()), facts_at(document, POINTS, (node,))
    assert outer[node].shape == (6,) and outer["n6"] == plain["n6"]
    assert outer[node].parameters == plain["n3"].parameters
    assert inner["n3"] == plain["n3"]
    graph_at(document, (node,)).replace_node(Node("n3", "dense", "Dense", 0, 0, {"units": 5}))
    assert "Inside, at Add 4" in facts_at(document, POINTS, ())[node].error
    assert facts_at(document, POINTS, (node,))["n4"].error


def test_it_computes_what_the_flat_network_does():
    data = load("spiral", {})
    settings = residual().settings
    flat = Session(residual().to_network(), data, settings)
    document = residual()
    node = block(document)
    grouped = Session(document.to_network(), data, settings)
    names = engine_names(document, (node,))
    assert names["n4"] == node and names["n3"] == f"{node}/n3"
    own = {f"{node}/n3": "n3"}
    for slot in grouped.layout.parameters:
        twin = next(
            s for s in flat.layout.parameters
            if (s.node, s.name) == (own.get(slot.node, slot.node), slot.name)
        )  # fmt: skip
        values = flat.parameters[twin.offset : twin.offset + twin.size]
        grouped.parameters[slot.offset : slot.offset + slot.size] = values
    x = data.x_test[:32]
    np.testing.assert_array_equal(grouped.predict(x), flat.predict(x))


def test_used_twice_it_is_edited_once_and_has_weights_twice():
    document = residual()
    node = block(document)
    document.history.push(commands.Paste(document.graph, document.graph.to_dict([node]), 0, 90))
    twin = document.graph.nodes[-1]
    assert document.uses(twin.options["network"]) == 2
    graph = document.graph
    for link in (Link(node, twin.id), Link(twin.id, "n5")):
        document.history.push(commands.AddLink(graph, link))
    facts = facts_at(document, POINTS, ())
    assert facts[twin.id].parameters == facts[node].parameters == 42
    assert graph_at(document, (twin.id,)) is graph_at(document, (node,))


def test_dissolving_puts_the_nodes_back():
    document = residual()
    plain = facts_at(document, POINTS, ())
    node = block(document)
    before = document.to_dict()
    document.history.push(Dissolve(document, document.graph, node))
    names = [n.name for n in document.graph.nodes]
    assert {"ReLU 2", "Dense 3", "Add 4"} <= set(names)
    assert facts_at(document, POINTS, ())["n6"] == plain["n6"]
    assert sum(f.parameters for f in facts_at(document, POINTS, ()).values()) == sum(
        f.parameters for f in plain.values()
    )
    document.history.undo()
    assert document.to_dict() == before


def test_inside_each_other_with_a_path_and_a_loop_is_refused():
    document = residual()
    outer = block(document)
    inner_graph = graph_at(document, (outer,))
    step = MakeSubnetwork(document, inner_graph, ["n2", "n3"])
    document.history.push(step)
    deep = graph_at(document, (outer, step.node.id))
    assert path_to(document, deep) == (outer, step.node.id)
    assert path_to(document, document.graph) == ()
    assert engine_names(document, (outer, step.node.id))["n2"] == f"{outer}/{step.node.id}/n2"
    assert facts_at(document, POINTS, (outer, step.node.id))["n3"].shape == (6,)
    network = document.graph[outer].options["network"]
    deep.insert_node(Node("loop", SUBNETWORK, "Loop", 0, 0, {"network": network}))
    deep.insert_link(Link("n2", "loop"))
    assert "contains itself" in facts_at(document, POINTS, ())[outer].error


@pytest.mark.parametrize(
    "nodes, words",
    [
        ([], "First select the nodes"),
        (["n0", "n1"], "stay outside"),
        (["n1", "n3"], "one output"),
        (["n2", "n5"], "one output"),
    ],
)
def test_what_cannot_be_one_node_is_said(nodes, words):
    document = residual()
    before = document.to_dict()
    with pytest.raises(LinkError, match=words):
        MakeSubnetwork(document, document.graph, nodes)
    assert document.to_dict() == before


def test_a_signal_may_not_leave_and_come_back():
    document = residual()
    document.graph.insert_node(Node("dead", "relu", "Dead end", 0, 0))
    document.graph.insert_link(Link("n4", "dead"))
    with pytest.raises(LinkError, match="leave the sub-network at Dense 3 and come back at Dead end"):
        MakeSubnetwork(document, document.graph, ["n3", "dead"])


def test_renaming_the_only_one_renames_the_sub_network():
    document = residual()
    node = block(document)
    network = document.graph[node].options["network"]
    document.history.push(RenameSubnetwork(document, document.graph, node, "Encoder"))
    assert document.subnetworks[network].title == document.graph[node].name == "Encoder"
    document.history.undo()
    assert document.subnetworks[network].title == document.graph[node].name == "Block 1"


def test_a_project_file_holds_them_and_notes(tmp_path):
    document = residual()
    node = block(document)
    graph_at(document, (node,)).insert_note(Note("note_1", "the skip", 5, 6, 100, 40))
    document.graph.insert_note(Note("note_1", "all", -20, -20, 900, 200, True))
    projectfile.write(tmp_path / "p.nns", document.to_dict(), None)
    again = Document()
    projectfile.read(tmp_path / "p.nns", again)
    assert again.to_dict() == document.to_dict()
    assert again.to_network() == document.to_network()


def test_nodes_of_the_whole_network_have_names():
    document = residual()
    outer = block(document)
    (inside,) = (part.graph for part in document.subnetworks.values())
    nested = MakeSubnetwork(document, inside, ["n2"])
    nested.redo()
    names, title = names_of_all(document), document.graph[outer].name
    assert {names[n.id] for n in document.graph.nodes} == {n.name for n in document.graph.nodes}
    assert names[f"{outer}/n3"] == f"{title} › {inside['n3'].name}"
    assert names[f"{outer}/{nested.node.id}"] == f"{title} › {inside[nested.node.id].name}"
    assert not any(name.endswith(("Input", "Output")) and "›" in name for name in names.values())
