"""Layouts: links run forward, nothing overlaps, what a person placed stays."""

from __future__ import annotations

import itertools
import random

import pytest

from nnstudio.model.arrange import (
    HEIGHT,
    WIDTH,
    aligned,
    are_piled,
    arranged,
    distributed,
    refitted,
    with_room,
)
from nnstudio.model.graph import Graph, Link, Node, Note
from nnstudio.model.history import History
from nnstudio.model.insertion import insertion


def random_graph(seed: int, count: int = 30) -> Graph:
    rng, graph = random.Random(seed), Graph()
    for i in range(count):
        graph.insert_node(Node(f"n{i}", "add", f"N{i}", rng.uniform(0, 500), rng.uniform(0, 500)))
    for i in range(1, count):
        for j in rng.sample(range(i), min(i, rng.randint(1, 2))):
            graph.insert_link(Link(f"n{j}", f"n{i}"))
    return graph


@pytest.mark.parametrize("seed", range(6))
def test_links_run_forward_and_nodes_do_not_overlap(seed):
    graph = random_graph(seed)
    positions = arranged(graph)
    assert set(positions) == {n.id for n in graph.nodes}
    for link in graph.links:
        assert positions[link.target][0] >= positions[link.source][0] + WIDTH
    spots = list(positions.values())
    for i, (x, y) in enumerate(spots):
        assert not any(abs(x - a) < WIDTH and abs(y - b) < HEIGHT for a, b in spots[:i])


def test_the_same_graph_is_arranged_the_same_each_time():
    graph = random_graph(7)
    assert len({str(sorted(arranged(graph).items())) for _ in range(10)}) == 1


def test_a_chain_becomes_a_straight_line_at_its_own_corner():
    graph = Graph()
    for i in range(5):
        graph.insert_node(Node(f"n{i}", "relu", "R", 700.0 - i * 40, 300.0 + i * 90))
        if i:
            graph.insert_link(Link(f"n{i - 1}", f"n{i}"))
    positions = arranged(graph)
    assert {y for _, y in positions.values()} == {300.0}
    assert min(x for x, _ in positions.values()) == 540.0


def test_two_branches_lie_on_both_sides_of_what_joins_them():
    graph = Graph()
    for name in ("from", "up", "down", "join"):
        graph.insert_node(Node(name, "add", name))
    for a, b in (("from", "up"), ("from", "down"), ("up", "join"), ("down", "join")):
        graph.insert_link(Link(a, b))
    positions = arranged(graph)
    assert positions["up"][1] < positions["join"][1] < positions["down"][1]
    assert positions["from"][1] == positions["join"][1]


def test_a_link_that_skips_columns_passes_beside_the_nodes_between():
    graph = Graph()
    for i in range(4):
        graph.insert_node(Node(f"n{i}", "add", f"N{i}"))
    for a, b in ((0, 1), (1, 2), (2, 3), (0, 3)):
        graph.insert_link(Link(f"n{a}", f"n{b}"))
    positions = arranged(graph)
    line = positions["n0"][1]
    assert positions["n3"][1] == line
    assert all(abs(positions[n][1] - line) > HEIGHT / 2 for n in ("n1", "n2"))


def test_branches_keep_the_order_that_a_person_gave_them():
    graph = Graph()
    for name, y in (("from", 0), ("first", 300), ("second", 100), ("join", 0)):
        graph.insert_node(Node(name, "add", name, 0, y))
    for a in ("first", "second"):
        graph.insert_link(Link("from", a))
        graph.insert_link(Link(a, "join"))
    positions = arranged(graph)
    assert positions["second"][1] < positions["first"][1]


def test_parts_and_single_nodes_lie_below_each_other():
    graph = Graph()
    for name in ("a", "b", "c", "d", "alone", "single"):
        graph.insert_node(Node(name, "add", name))
    graph.insert_link(Link("a", "b"))
    graph.insert_link(Link("c", "d"))
    positions = arranged(graph)
    rows = [{positions[n][1] for n in names} for names in (("a", "b"), ("c", "d"), ("alone",), ("single",))]
    assert all(len(row) == 1 for row in rows)
    assert len(set.union(*rows)) == 4


def test_kept_nodes_stay_and_are_not_covered():
    graph = random_graph(1)
    positions = arranged(graph, keep=["n3", "n4"])
    assert "n3" not in positions
    for name in ("n3", "n4"):
        spot = graph[name]
        assert not any(abs(x - spot.x) < WIDTH and abs(y - spot.y) < HEIGHT for x, y in positions.values())


def test_only_the_chosen_ones_are_arranged():
    graph = random_graph(2)
    assert set(arranged(graph, ["n1", "n5", "n9"])) == {"n1", "n5", "n9"}
    assert arranged(Graph()) == {}


def test_align_and_distribute():
    graph = Graph()
    for i, (x, y) in enumerate([(0, 0), (50, 90), (200, 30)]):
        graph.insert_node(Node(f"n{i}", "relu", "R", x, y))
    names = ["n0", "n1", "n2"]
    assert {x for x, _ in aligned(graph, names, "right").values()} == {200}
    assert {y for _, y in aligned(graph, names, "top").values()} == {0}
    assert distributed(graph, names, "x") == {"n0": (0, 0), "n1": (100, 90), "n2": (200, 30)}
    assert distributed(graph, names, "y") == {"n0": (0, 0), "n2": (200, 45), "n1": (50, 90)}


def test_frames_follow_what_they_hold():
    graph = Graph()
    for i in range(6):
        graph.insert_node(Node(f"n{i}", "add", f"N{i}", 300.0 * (i % 3), 400.0 * (i // 3)))
    for a, b in ((0, 1), (1, 2), (3, 4), (4, 5)):
        graph.insert_link(Link(f"n{a}", f"n{b}"))
    graph.insert_note(Note("inner", "I", -10, 390, 600, 200, True))
    graph.insert_note(Note("outer", "O", -60, 300, 1200, 400, True))
    graph.insert_note(Note("empty", "E", 2000, 0, 300, 300, True))
    graph.insert_note(Note("words", "W", 0, 380, 2000, 600))
    positions = arranged(graph)
    moved = {note.id: note for note in refitted(graph, positions)}
    assert set(moved) == {"inner", "outer"}
    for name, nodes in (("inner", {"n3", "n4"}), ("outer", {"n3", "n4", "n5"})):
        holding = {n for n, (x, y) in positions.items() if moved[name].holds(x, y, WIDTH, HEIGHT)}
        assert holding == nodes
    outer, inner = moved["outer"], moved["inner"]
    assert outer.holds(inner.x, inner.y, inner.width, inner.height)


def test_frames_around_parts_do_not_meet():
    graph = Graph()
    for i in range(4):
        graph.insert_node(Node(f"n{i}", "add", f"N{i}", 300.0 * (i % 2), 400.0 * (i // 2)))
    for a, b in ((0, 1), (2, 3)):
        graph.insert_link(Link(f"n{a}", f"n{b}"))
        graph.insert_note(Note(f"f{a}", "F", -20, 200.0 * a - 60, 600, 160, True))
    first, second = refitted(graph, arranged(graph))
    assert first.y + first.height <= second.y


def row_of(*left: float) -> Graph:
    graph = Graph()
    for i, x in enumerate(left):
        graph.insert_node(Node(f"n{i}", "relu", f"N{i}", x, 0.0))
    for i in range(1, len(left)):
        graph.insert_link(Link(f"n{i - 1}", f"n{i}"))
    return graph


@pytest.mark.parametrize("is_new", [True, False])
def test_a_node_that_is_put_into_a_link_covers_nothing_and_it_is_one_step(is_new):
    graph, new = row_of(0.0, 240.0, 480.0), Node("new", "tanh", "New", 120.0, 10.0)
    if not is_new:
        graph.insert_node(new)
    graph.insert_node(Node("low", "relu", "Low", 240.0, 150.0))
    before, history = graph.to_dict(), History()
    history.push(insertion(graph, new, Link("n0", "n1")))
    row = sorted(n.x for n in graph.nodes if n.id != "low")
    assert all(b - a >= WIDTH for a, b in itertools.pairwise(row))
    assert graph["n0"].x < graph["new"].x < graph["n1"].x < graph["n2"].x
    assert (graph["n0"].x, graph["low"].x) == (0.0, 240.0)
    history.undo()
    assert graph.to_dict() == before


def test_where_there_is_room_nothing_moves():
    graph = row_of(0.0, 600.0)
    assert with_room(graph, (300.0, 0.0)) == ((300.0, 0.0), {})


def test_what_makes_room_covers_nothing_in_a_row_that_is_not_quite_its_own():
    graph = Graph()
    for name, x, y in (("a", 0, 0), ("b", 222, 0), ("c", 444, 60), ("d", 666, 120), ("e", 444, -200)):
        graph.insert_node(Node(name, "add", name, x, y))
    position, moved = with_room(graph, (150.0, -40.0))
    spots = {n.id: moved.get(n.id, (n.x, n.y)) for n in graph.nodes} | {"new": position}
    for one, other in itertools.combinations(spots.values(), 2):
        assert abs(one[0] - other[0]) >= WIDTH or abs(one[1] - other[1]) >= HEIGHT, spots
    assert "b" in moved and "e" not in moved


@pytest.mark.parametrize(
    "spots, piled",
    [
        ([(0, 0), (0, 0), (0, 0)], True),
        ([(10 * i, 0) for i in range(30)], True),
        ([(0, 0)], False),
        ([(0, 0), (0, 0), (500, 0)], False),
        ([(0, 0), (222, 0), (444, 0)], False),
    ],
    ids=["no positions", "a step apart", "one node", "one stands alone", "laid out"],
)
def test_nodes_are_a_pile_where_none_of_them_stands_free(spots, piled):
    graph = Graph()
    for i, (x, y) in enumerate(spots):
        graph.insert_node(Node(f"n{i}", "add", f"N{i}", x, y))
    assert are_piled(graph) == piled
