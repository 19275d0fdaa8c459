"""Positions of a long chain in rows, as one reads, so that all of it is seen at once in large letters.

For networks that come as a whole; what a person laid out, or asks to have laid out, does not come here.
"""

from __future__ import annotations

from itertools import pairwise

from nnstudio.model.arrange import ACROSS, DOWN, HEIGHT, WIDTH, Position
from nnstudio.model.graph import Graph

# A chain of so many nodes stands in one row. Longer ones stand in so few as leave letters nearly as large as
# they can be where the canvas is about so many times as broad as it is high, with room for links around.
ROW, NEARLY, BROAD, AROUND = 5, 0.88, 2.1, 100.0


def at(column: int, row: int) -> Position:
    """Where a node stands in rows and columns, counted from 0."""
    return column * (WIDTH + ACROSS), row * (HEIGHT + DOWN)


def in_rows(graph: Graph) -> dict[str, Position]:
    """Positions of a long chain; nothing for any other network."""
    nodes = [n.id for n in graph.nodes]
    straight = all(graph.sources(b) == [a] for a, b in pairwise(nodes))
    if len(nodes) <= ROW or not straight or graph.sources(nodes[0]):
        return {}
    zooms = [_zoom(len(nodes), rows) for rows in range(1, len(nodes) + 1)]
    rows = next(i for i, zoom in enumerate(zooms, 1) if zoom >= NEARLY * max(zooms))
    across = -(-len(nodes) // rows)
    return {n: at(i % across, i // across) for i, n in enumerate(nodes)}


def _zoom(nodes: int, rows: int) -> float:
    """How large so many nodes in rows are seen, against others."""
    right, bottom = at(-(-nodes // rows) - 1, rows - 1)
    return min(BROAD / (right + WIDTH + AROUND), 1 / (bottom + HEIGHT + AROUND))
