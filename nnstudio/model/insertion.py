"""Putting a node into a link, so that it covers nothing: what stands behind it in its row makes room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nnkernels.spec import IDENTITY, Role
from nnstudio.model.annotate import ChangeNote
from nnstudio.model.arrange import HEIGHT, WIDTH, Position, refitted, room_between, with_room
from nnstudio.model.commands import InsertBetween, MoveNodes
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.history import Command, Together

# A node that is only a place for links to bend; it is small enough to lie between others.
DOT = IDENTITY
# Between a node and a new one that stands beside it.
GAP = 50.0


def insertion(graph: Graph, node: Node, link: Link) -> Command:
    """Put a node, which may be new or one of the graph without links, into a link, with room for it."""
    if node.kind == DOT:
        return InsertBetween(graph, node, link)
    (x, y), moved = with_room(graph, (node.x, node.y), [node.id])
    if node.id in graph and (x, y) != (node.x, node.y):
        moved = {**moved, node.id: (x, y)}
    return _with_shift(graph, moved, node if node.id in graph else replace(node, x=x, y=y), link)


def insertion_on_the_way(graph: Graph, node: Node, link: Link) -> Command:
    """Put a new node into a link, at a position of its own choice, with room for it; see `room_between`."""
    (x, y), moved = room_between(graph, link.source, link.target)
    return _with_shift(graph, moved, replace(node, x=x, y=y), link)


def _with_shift(graph: Graph, moved: dict[str, Position], node: Node, link: Link) -> Command:
    insert = InsertBetween(graph, node, link)
    return Together(insert.title, [_shift(graph, moved), insert]) if moved else insert


def bends(graph: Graph, positions: Mapping[Link, Position]) -> Command:
    """Put a dot into each of some links, at these positions."""
    steps: list[Command] = []
    dots: list[Node] = []
    for link, (x, y) in positions.items():
        name = graph.new_name(graph.registry[DOT].title, [dot.name for dot in dots])
        dot = replace(graph.new_node(DOT, x, y), id=graph.new_id(DOT, [dot.id for dot in dots]), name=name)
        dots.append(dot)
        steps.append(InsertBetween(graph, dot, link))
    return steps[0] if len(steps) == 1 else Together(f"Bend {len(steps)} links", steps)


def link_behind(graph: Graph, node: str, kind: str) -> Link | None:
    """The link from a node that a new layer of a kind goes into: its only one; None for an end of a network,
    and for what is no layer.
    """
    links = [link for link in graph.links if link.source == node]
    fits = kind in graph.registry and graph.registry[kind].role not in (Role.INPUT, Role.OUTPUT)
    return links[0] if fits and len(links) == 1 else None


def free_position(graph: Graph, x: float, y: float) -> Position:
    """The position, or the next one below where a new node covers no other."""
    while any(abs(n.x - x) < WIDTH and abs(n.y - y) < HEIGHT for n in graph.nodes):
        y += HEIGHT + GAP / 2
    return x, y


def _shift(graph: Graph, positions: dict[str, Position]) -> Command:
    """Move nodes, and the frames around them."""
    fit = [ChangeNote(graph, frame, object()) for frame in refitted(graph, positions)]
    return Together("Make room", [MoveNodes(graph, positions, object(), "Make room"), *fit])
