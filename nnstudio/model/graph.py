"""The network as a person edits it: nodes with a place on the canvas, and links between them.

Only commands (commands.py) change a graph in the program; views listen to its events. Knows no
Qt and no numba; the registry of layers is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from nnkernels.network import NetworkSpec, NodeSpec
from nnkernels.registry import Registry
from nnkernels.spec import Layer, layers
from nnstudio.model.event import Event


@dataclass(frozen=True)
class Node:
    """A layer on the canvas. ``id`` never changes; ``name`` is what people read."""

    id: str
    kind: str
    name: str
    x: float = 0.0
    y: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """The output of ``source`` feeds ``target``."""

    source: str
    target: str


class LinkError(ValueError):
    """A link that cannot be; the text says why, for a person."""


class Graph:
    """Nodes and links, in a stable order.

    Events carry what changed: node_added(Node), node_removed(Node), node_changed(Node) after a
    move, rename or new option, link_added(Link), link_removed(Link).
    """

    def __init__(self, registry: Registry[Layer] = layers) -> None:
        self.registry = registry
        self._nodes: dict[str, Node] = {}
        self._links: list[Link] = []
        self.node_added, self.node_removed, self.node_changed = Event(), Event(), Event()
        self.link_added, self.link_removed = Event(), Event()

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(self._nodes.values())

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links)

    def __getitem__(self, node: str) -> Node:
        return self._nodes[node]

    def __contains__(self, node: object) -> bool:
        return node in self._nodes

    def links_of(self, nodes: Iterable[str]) -> list[Link]:
        """Links that touch any of these nodes."""
        touched = set(nodes)
        return [k for k in self._links if k.source in touched or k.target in touched]

    def sources(self, node: str) -> list[str]:
        """Nodes that feed a node, in the order of its links."""
        return [k.source for k in self._links if k.target == node]

    def new_id(self, kind: str, taken: Iterable[str] = ()) -> str:
        """A free identifier: the kind and a number."""
        used = set(self._nodes) | set(taken)
        number = 1
        while f"{kind}_{number}" in used:
            number += 1
        return f"{kind}_{number}"

    def new_name(self, wanted: str, taken: Iterable[str] = ()) -> str:
        """The wanted name, or the same with the first free number behind it."""
        used = {n.name for n in self._nodes.values()} | set(taken)
        if wanted not in used:
            return wanted
        stem = re.sub(r" \d+$", "", wanted)
        number = 2
        while f"{stem} {number}" in used:
            number += 1
        return f"{stem} {number}"

    def insert_node(self, node: Node, index: int | None = None) -> None:
        """Add a node, by default as the last. Raises ValueError for an identifier in use."""
        if node.id in self._nodes:
            raise ValueError(f"There is a node '{node.id}' already.")
        items = list(self._nodes.items())
        items.insert(len(items) if index is None else index, (node.id, node))
        self._nodes = dict(items)
        self.node_added.emit(node)

    def remove_node(self, node: str) -> int:
        """Remove a node without links; returns its index."""
        if self.links_of([node]):
            raise ValueError(f"Remove the links of '{node}' first.")
        index = list(self._nodes).index(node)
        self.node_removed.emit(self._nodes.pop(node))
        return index

    def replace_node(self, node: Node) -> None:
        """Put a changed node in the place of the one with its identifier."""
        self._nodes[node.id] = node
        self.node_changed.emit(node)

    def insert_link(self, link: Link, index: int | None = None) -> None:
        """Add a link. Raises LinkError where it cannot be."""
        self.check_link(link)
        self._links.insert(len(self._links) if index is None else index, link)
        self.link_added.emit(link)

    def remove_link(self, link: Link) -> int:
        """Remove a link; returns its index."""
        index = self._links.index(link)
        del self._links[index]
        self.link_removed.emit(link)
        return index

    def replaced_by(self, link: Link) -> list[Link]:
        """Links that must go when this one comes, because its target takes only one."""
        if self.registry[self._nodes[link.target].kind].joins:
            return []
        return [k for k in self._links if k.target == link.target]

    def check_link(self, link: Link, replacing: bool = False) -> None:
        """Raise LinkError with a sentence if this link cannot be.

        With ``replacing``, an occupied input is no fault: its link would go.
        """
        source, target = self._nodes[link.source], self._nodes[link.target]
        out, into = self.registry[source.kind], self.registry[target.kind]
        if out.role == "output":
            raise LinkError(f"'{source.name}' is where the network ends; nothing can follow it.")
        if into.role == "input":
            raise LinkError(f"'{target.name}' is where data comes in; nothing can lead into it.")
        if source.id == target.id:
            raise LinkError(f"'{source.name}' cannot feed itself.")
        if link in self._links:
            raise LinkError(f"'{source.name}' feeds '{target.name}' already.")
        if self._reaches(link.target, link.source):
            raise LinkError(
                f"'{target.name}' already feeds '{source.name}'; a signal must not run in a circle."
            )
        if not replacing and self.replaced_by(link):
            raise LinkError(f"'{target.name}' takes one link and has it. Use Add or Concatenate to join.")

    def can_link(self, link: Link, replacing: bool = False) -> bool:
        """Whether `check_link` finds no fault."""
        try:
            self.check_link(link, replacing)
        except LinkError:
            return False
        return True

    def _reaches(self, start: str, goal: str) -> bool:
        following: dict[str, list[str]] = {}
        for k in self._links:
            following.setdefault(k.source, []).append(k.target)
        seen, stack = set(), [start]
        while stack:
            node = stack.pop()
            if node == goal:
                return True
            if node not in seen:
                seen.add(node)
                stack.extend(following.get(node, ()))
        return False

    def to_network(self) -> NetworkSpec:
        """The network as the engine takes it."""
        return NetworkSpec(
            tuple(
                NodeSpec(n.id, n.kind, dict(n.options), tuple(self.sources(n.id)))
                for n in self._nodes.values()
            )
        )

    def to_dict(self, only: Iterable[str] | None = None) -> dict[str, Any]:
        """Plain data of all or some nodes and the links among them."""
        chosen = [n for n in self._nodes.values() if only is None or n.id in set(only)]
        ids = {n.id for n in chosen}
        return {
            "nodes": [
                {"id": n.id, "kind": n.kind, "name": n.name, "x": n.x, "y": n.y, "options": dict(n.options)}
                for n in chosen
            ],
            "links": [[k.source, k.target] for k in self._links if k.source in ids and k.target in ids],
        }


def node_from_dict(data: dict[str, Any]) -> Node:
    """A node from plain data. Raises KeyError, TypeError or ValueError for anything else."""
    return Node(
        str(data["id"]), str(data["kind"]), str(data["name"]),
        float(data["x"]), float(data["y"]), dict(data["options"]),
    )  # fmt: skip


def moved(node: Node, x: float, y: float) -> Node:
    """The same node elsewhere."""
    return replace(node, x=x, y=y)
