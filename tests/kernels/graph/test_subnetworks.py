"""Networks inside networks: names, sharing, freezing, nesting, and the sentences for what cannot be."""

from __future__ import annotations

import pytest

from nnkernels.graph.network import NetworkSpec, NodeError, NodeSpec, resolve
from nnkernels.graph.subnetworks import flatten


def sub(name, source, network="block", **options):
    return NodeSpec(name, "subnetwork", {"network": network, **options}, (source,))


BLOCK = (
    NodeSpec("in", "input"),
    NodeSpec("a", "dense", {"units": 4}, ("in",)),
    NodeSpec("b", "relu", {}, ("a",)),
    NodeSpec("out", "output", {}, ("b",)),
)
SUBNETWORKS = {"block": BLOCK}
ENDS = (NodeSpec("x", "input"), NodeSpec("y", "output", {}, ("s2",)))


def flat(*nodes, subnetworks=SUBNETWORKS):
    return {n.id: n for n in flatten((*ENDS, *nodes), subnetworks)}


def test_inner_nodes_get_the_node_before_their_names_and_the_last_takes_its_own():
    nodes = flat(sub("s1", "x"), sub("s2", "s1"))
    assert list(nodes) == ["x", "y", "s1/a", "s1", "s2/a", "s2"]
    assert nodes["s1/a"].inputs == ("x",) and nodes["s2/a"].inputs == ("s1",)
    assert nodes["y"].inputs == ("s2",)


def test_each_has_weights_of_its_own_unless_it_shares_them():
    nodes = flat(sub("s1", "x"), sub("s2", "s1", shares="s1"))
    assert "shares" not in nodes["s1/a"].options
    assert nodes["s2/a"].options["shares"] == "s1/a"


def test_sharing_inside_stays_inside():
    block = (*BLOCK[:2], NodeSpec("b", "dense", {"units": 4, "shares": "a"}, ("a",)), BLOCK[3])
    nodes = flat(sub("s1", "x"), sub("s2", "s1"), subnetworks={"block": block})
    assert nodes["s2"].options["shares"] == "s2/a"


def test_freezing_passes_to_everything_inside():
    nodes = flat(sub("s1", "x", frozen=True), sub("s2", "s1"))
    assert nodes["s1/a"].options["frozen"] and not nodes["s2/a"].options["frozen"]


def test_sub_networks_nest():
    outer = (
        NodeSpec("in", "input"), sub("p", "in"), NodeSpec("q", "relu", {}, ("p",)),
        NodeSpec("out", "output", {}, ("q",)),
    )  # fmt: skip
    nodes = flat(sub("s2", "x", "outer"), subnetworks={**SUBNETWORKS, "outer": outer})
    assert list(nodes) == ["x", "y", "s2/p/a", "s2/p", "s2"]
    assert nodes["s2"].inputs == ("s2/p",) and nodes["s2/p/a"].inputs == ("x",)


def test_several_inputs_take_the_links_in_order():
    join = (
        NodeSpec("first", "input"), NodeSpec("second", "input"),
        NodeSpec("c", "concatenate", {}, ("second", "first")), NodeSpec("out", "output", {}, ("c",)),
    )  # fmt: skip
    node = NodeSpec("s2", "subnetwork", {"network": "join"}, ("x", "s1"))
    nodes = flat(sub("s1", "x"), node, subnetworks={**SUBNETWORKS, "join": join})
    assert nodes["s2"].inputs == ("s1", "x")


def test_a_network_resolves_with_it():
    nodes = (*ENDS, sub("s1", "x"), sub("s2", "s1"))
    done = resolve(NetworkSpec(nodes, SUBNETWORKS), (3,))
    assert done["s2"].shape == (4,) and done["s1/a"].parameter_count == 16


@pytest.mark.parametrize(
    "inside, words",
    [
        (BLOCK[:3], "exactly one Output"),
        ((BLOCK[1], BLOCK[2], BLOCK[3]), "no Input inside"),
        ((BLOCK[0], NodeSpec("out", "output", {}, ("in",))), "does nothing"),
        ((*BLOCK, NodeSpec("more", "input")), "2 Inputs inside, and 1 link to them"),
        ((BLOCK[0], sub("a", "in"), NodeSpec("b", "relu", {}, ("a",)), BLOCK[3]), "contains itself"),
    ],
)
def test_what_cannot_be_is_a_sentence_on_the_node(inside, words):
    with pytest.raises(NodeError, match=words) as caught:
        flat(sub("s2", "x"), subnetworks={"block": inside})
    assert caught.value.node.startswith("s2")


def test_an_unknown_sub_network_and_sharing_with_another_kind_are_refused():
    with pytest.raises(NodeError, match="not in this project"):
        flat(sub("s2", "x", "gone"))
    with pytest.raises(NodeError, match="a different sub-network"):
        flat(
            sub("s1", "x"), sub("s2", "s1", "other", shares="s1"), subnetworks={**SUBNETWORKS, "other": BLOCK}
        )
