"""What a repair or a remedy inserts covers no other node, and the flow stays as it was."""

from __future__ import annotations

import itertools
import random

import pytest

from nnstudio.doctor.remedies import hidden_layer, insertions
from nnstudio.model.arrange import ACROSS, GRID, HEIGHT, WIDTH, arranged
from nnstudio.model.commands import MoveNodes
from nnstudio.model.document import Document
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.inference import DataFacts
from nnstudio.model.insertion import insertion_on_the_way
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems, repairs

PICTURES = DataFacts((12, 12, 1), 5, 1, ("softmax_cross_entropy",))


def overlapping(graph: Graph) -> list[tuple[str, str]]:
    return [
        (a.id, b.id)
        for a, b in itertools.combinations(graph.nodes, 2)
        if abs(a.x - b.x) < WIDTH and abs(a.y - b.y) < HEIGHT
    ]


def to_the_right(graph: Graph) -> set[Link]:
    return {k for k in graph.links if graph[k.target].x >= graph[k.source].x + WIDTH}


def scattered(seed: int) -> Document:
    """Nodes that overlap nowhere, some in rows, linked at random."""
    rng, document = random.Random(seed), Document()
    graph = document.graph
    cells = rng.sample([(i, j) for i in range(5) for j in range(4)], 14)
    loose = rng.choice([0.0, 25.0])
    for n, (i, j) in enumerate(cells):
        x, y = i * 230 + rng.uniform(-loose, loose), j * 140 + rng.uniform(-loose, loose)
        graph.insert_node(Node(f"n{n}", "add", f"N{n}", x, y))
    for n in range(1, 14):
        for m in rng.sample(range(n), min(n, rng.randint(1, 2))):
            graph.insert_link(Link(f"n{m}", f"n{n}"))
    return document


@pytest.mark.parametrize("seed", range(20))
def test_a_node_put_into_any_link_of_any_graph_covers_none(seed):
    for index in range(len(scattered(seed).graph.links)):
        document = scattered(seed)
        graph = document.graph
        link = graph.links[index]
        assert overlapping(graph) == []
        before, kept = to_the_right(graph), document.to_dict()
        new = graph.new_node("relu", 0.0, 0.0)
        document.history.push(insertion_on_the_way(graph, new, link))
        assert overlapping(graph) == [], link
        assert before - {link} <= to_the_right(graph)
        if link in before:
            assert {Link(link.source, new.id), Link(new.id, link.target)} <= to_the_right(graph)
        document.history.undo()
        assert document.to_dict() == kept


def chain(*kinds: str, across: int = 100, step: tuple[float, float] = (220.0, 0.0)) -> Document:
    """A network of these layers; a new row begins after ``across`` of them."""
    document = Document()
    graph = document.graph
    for i, kind in enumerate(kinds):
        row, column = divmod(i, across)
        x, y = column * step[0], column * step[1] + row * 150.0
        layer = graph.registry[kind]
        graph.insert_node(Node(f"{kind}_{i}", kind, graph.new_name(layer.title), x, y, layer.defaults()))
        if i:
            graph.insert_link(Link(f"{kinds[i - 1]}_{i - 1}", f"{kind}_{i}"))
    return document


LAYOUTS = [{}, {"across": 3}, {"step": (0.0, 120.0)}, {"step": (-220.0, 0.0)}, {"step": (180.0, 60.0)}]
NETWORKS = [
    ("input", "conv2d", "dense", "relu", "output"),
    ("input", "conv2d", "relu", "output"),
    ("input", "dense", "relu", "dense", "relu", "output"),
    ("flatten", "dense", "output"),
    ("input", "flatten", "dense"),
    ("input", "output"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kinds", NETWORKS)
def test_after_any_repair_no_two_nodes_overlap(kinds, layout):
    document = chain(*kinds, **layout)
    graph = document.graph
    count = 0
    for problem in find_problems(graph, facts_at(document, PICTURES)):
        for repair in repairs(document, problem, PICTURES):
            document.history.push(repair.make(document, graph))
            assert overlapping(graph) == [], repair.title
            if not layout:
                assert to_the_right(graph) == set(graph.links), repair.title
            document.history.undo()
            count += 1
    assert count


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_doctor_inserts_stands_in_order(layout):
    document = chain("input", "flatten", "dense", "relu", "dense", "output", **layout)
    graph = document.graph
    for remedy in (
        hidden_layer("More", "relu_3", 8),
        insertions("Normalise", ("dense_2", "dense_4"), "batchnorm"),
    ):
        kept = document.to_dict()
        document.history.push(remedy.make(document, graph))
        assert overlapping(graph) == []
        at = "input_0"
        spots = [(graph[at].x, graph[at].y)]
        while graph.targets(at):
            (at,) = graph.targets(at)
            spots.append((graph[at].x, graph[at].y))
        if not layout:
            assert spots == sorted(spots) and len(spots) == 8
        document.history.undo()
        assert document.to_dict() == kept


def test_a_branch_keeps_its_row():
    document = Document()
    graph = document.graph
    for name, x, y in (("a", 0, 0), ("b", 220, 0), ("c", 220, 130), ("d", 440, 0)):
        graph.insert_node(Node(name, "add", name, x, y))
    for source, target in (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")):
        graph.insert_link(Link(source, target))
    new = graph.new_node("relu", 0.0, 0.0)
    document.history.push(insertion_on_the_way(graph, new, Link("a", "c")))
    assert graph[new.id].y == graph["c"].y and graph["b"].x == 220
    assert to_the_right(graph) == set(graph.links)


def test_an_arranged_network_looks_arranged_afterwards():
    document = chain("input", "dense", "relu", "output")
    graph = document.graph
    document.history.push(MoveNodes(graph, arranged(graph), object()))
    document.history.push(
        insertion_on_the_way(graph, graph.new_node("dense", 0.0, 0.0), Link("relu_2", "output_3"))
    )
    spots = sorted((n.x, n.y) for n in graph.nodes)
    assert {y for _x, y in spots} == {0.0}
    # Positions are rounded to the grid.
    assert all(ACROSS - GRID <= b[0] - a[0] - WIDTH <= ACROSS + GRID for a, b in itertools.pairwise(spots))
