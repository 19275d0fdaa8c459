"""A long chain stands in rows, in which its letters are large on a canvas that is broad."""

from __future__ import annotations

import pytest

from nnkernels.spec import layers
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.rows import in_rows


def chain(count: int) -> Graph:
    graph = Graph(layers)
    for i in range(count):
        graph.insert_node(Node(f"n{i}", "relu", f"ReLU {i}", 0.0, 0.0, {}))
        if i:
            graph.insert_link(Link(f"n{i - 1}", f"n{i}"))
    return graph


@pytest.mark.parametrize(
    ("count", "rows"), [(6, [3, 3]), (8, [4, 4]), (10, [4, 4, 2]), (12, [4, 4, 4]), (14, [5, 5, 4])]
)
def test_rows_are_as_many_as_leave_large_letters(count, rows):
    positions = in_rows(chain(count))
    tops = sorted({y for _, y in positions.values()})
    assert [sum(y == top for _, y in positions.values()) for top in tops] == rows
    read = sorted(positions, key=lambda n: positions[n][::-1])
    assert read == [f"n{i}" for i in range(count)], "as one reads"


def test_a_short_chain_and_branches_stand_otherwise():
    assert in_rows(chain(5)) == {} and in_rows(Graph(layers)) == {}
    branched = chain(8)
    branched.insert_node(Node("add", "add", "Add", 0.0, 0.0, {}))
    for source in ("n7", "n3"):
        branched.insert_link(Link(source, "add"))
    assert in_rows(branched) == {}
