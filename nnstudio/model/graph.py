"""The network as a person edits it: nodes with a place on the canvas, and links between them.

Only commands (commands.py) change a graph in the program; views listen to its events. Knows no
Qt and no numba; the registry of layers is handed in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import PLACEHOLDER, Layer, Role, layers
from nnkernels.spec.registry import Registry
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


@dataclass(frozen=True)
class Note:
    """Words on the canvas; a ``frame`` is drawn around what lies in it and carries it along.

    Sizes are in the canvas's units, as the positions of nodes.
    """

    id: str
    text: str
    x: float
    y: float
    width: float
    height: float
    frame: bool = False

    def holds(self, x: float, y: float, width: float, height: float) -> bool:
        """Whether it is a frame and this box lies in it."""
        inside = self.x <= x and self.y <= y
        return (
            self.frame and inside and x + width <= self.x + self.width and y + height <= self.y + self.height
        )


class LinkError(ValueError):
    """A link that cannot be; the text says why, for a person."""


class Graph:
    """Nodes and links, in a stable order, and notes.

    Events carry what changed: node_added(Node), node_removed(Node), node_moved(Node), node_changed(Node)
    after a rename or new option, link_added(Link), link_removed(Link), note_added(Note),
    note_removed(Note), note_changed(Note) after a move, too.
    """

    def __init__(self, registry: Registry[Layer] = layers) -> None:
        self.registry = registry
        self._nodes: dict[str, Node] = {}
        self._links: list[Link] = []
        self._notes: dict[str, Note] = {}
        # Identifiers of nodes that a person deleted: a new node of that name would be taken for the old one,
        # and get what that had learned.
        self.retired: set[str] = set()
        # The same links by their ends, in the same order: large graphs are asked for these often.
        self._into: dict[str, list[Link]] = {}
        self._out: dict[str, list[Link]] = {}
        self.node_added, self.node_removed = Event(), Event()
        self.node_moved, self.node_changed = Event(), Event()
        self.link_added, self.link_removed = Event(), Event()
        self.note_added, self.note_removed, self.note_changed = Event(), Event(), Event()

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(self._nodes.values())

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links)

    @property
    def notes(self) -> dict[str, Note]:
        """Notes and frames by identifier, in the order in which they came."""
        return dict(self._notes)

    def structure_events(self) -> tuple[Event, ...]:
        """The events after which the network computes something else."""
        return (self.node_added, self.node_removed, self.node_changed, self.link_added, self.link_removed)

    def __getitem__(self, node: str) -> Node:
        return self._nodes[node]

    def __contains__(self, node: object) -> bool:
        return node in self._nodes

    def links_of(self, nodes: Iterable[str]) -> list[Link]:
        """Links that touch any of these nodes."""
        touched = set(nodes)
        if len(touched) == 1:
            (node,) = touched
            return self._into.get(node, []) + self._out.get(node, [])
        return [k for k in self._links if k.source in touched or k.target in touched]

    def sources(self, node: str) -> list[str]:
        """Nodes that feed a node, in the order of its links."""
        return [k.source for k in self._into.get(node, ())]

    def targets(self, node: str) -> list[str]:
        """Nodes that a node feeds, in the order of its links."""
        return [k.target for k in self._out.get(node, ())]

    def new_id(self, kind: str, taken: Iterable[str] = ()) -> str:
        """A free identifier: the kind and a number; none of a node that was deleted."""
        also = self.retired.union(taken)
        number = 1
        while (name := f"{kind}_{number}") in self._nodes or name in self._notes or name in also:
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

    def new_node(self, kind: str, x: float, y: float) -> Node:
        """A node of a kind with a free identifier and name and default options; it is not inserted."""
        layer = self.registry[kind]
        return Node(self.new_id(kind), kind, self.new_name(layer.title), x, y, layer.defaults())

    def insert_node(self, node: Node, index: int | None = None) -> None:
        """Add a node, by default as the last. Raises ValueError for an identifier in use."""
        if node.id in self._nodes:
            raise ValueError(f"There is a node '{node.id}' already.")
        if index is None or index == len(self._nodes):
            self._nodes[node.id] = node
        else:
            items = list(self._nodes.items())
            items.insert(index, (node.id, node))
            self._nodes = dict(items)
        self.node_added.emit(node)

    def remove_node(self, node: str) -> int:
        """Remove a node without links; returns its index."""
        if self._into.get(node) or self._out.get(node):
            raise ValueError(f"Remove the links of '{node}' first.")
        # The last node is the one that an undo takes away.
        last = next(reversed(self._nodes)) == node
        index = len(self._nodes) - 1 if last else list(self._nodes).index(node)
        self.node_removed.emit(self._nodes.pop(node))
        return index

    def replace_node(self, node: Node) -> None:
        """Put a changed node in the place of the one with its identifier."""
        before, self._nodes[node.id] = self._nodes[node.id], node
        only_moved = moved(before, node.x, node.y) == node
        (self.node_moved if only_moved else self.node_changed).emit(node)

    def insert_note(self, note: Note, index: int | None = None) -> None:
        """Add a note or frame. Raises ValueError for an identifier in use."""
        if note.id in self._notes or note.id in self._nodes:
            raise ValueError(f"There is a '{note.id}' already.")
        items = list(self._notes.items())
        items.insert(len(items) if index is None else index, (note.id, note))
        self._notes = dict(items)
        self.note_added.emit(note)

    def remove_note(self, note: str) -> int:
        """Remove a note or frame; returns its index."""
        index = list(self._notes).index(note)
        self.note_removed.emit(self._notes.pop(note))
        return index

    def replace_note(self, note: Note) -> None:
        """Put a changed note in the place of the one with its identifier."""
        self._notes[note.id] = note
        self.note_changed.emit(note)

    def position_of(self, item: str) -> tuple[float, float]:
        """Where a node or note stands. Raises KeyError."""
        placed = self._nodes.get(item) or self._notes[item]
        return placed.x, placed.y

    def put(self, item: str, x: float, y: float) -> None:
        """Put a node or note elsewhere."""
        if item in self._nodes:
            self.replace_node(replace(self._nodes[item], x=x, y=y))
        else:
            self.replace_note(replace(self._notes[item], x=x, y=y))

    def insert_link(self, link: Link, index: int | None = None) -> None:
        """Add a link. Raises LinkError where it cannot be."""
        self.check_link(link)
        at = len(self._links) if index is None else index
        self._links.insert(at, link)
        for ends, node in ((self._into, link.target), (self._out, link.source)):
            known = ends.setdefault(node, [])
            known.append(link)
            if at < len(self._links) - 1 and len(known) > 1:
                known.sort(key=self._links.index)
        self.link_added.emit(link)

    def remove_link(self, link: Link) -> int:
        """Remove a link; returns its index."""
        last = self._links[-1] == link
        index = len(self._links) - 1 if last else self._links.index(link)
        del self._links[index]
        self._into[link.target].remove(link)
        self._out[link.source].remove(link)
        self.link_removed.emit(link)
        return index

    def replaced_by(self, link: Link) -> list[Link]:
        """Links that must go when this one comes, because its target takes only one."""
        if self.registry[self._nodes[link.target].kind].joins:
            return []
        return list(self._into.get(link.target, ()))

    def check_link(self, link: Link, replacing: bool = False) -> None:
        """Raise LinkError with a sentence if this link cannot be.

        With ``replacing``, an occupied input is no fault: its link would go.
        """
        source, target = self._nodes[link.source], self._nodes[link.target]
        out, into = self.registry[source.kind], self.registry[target.kind]
        if out.role == Role.OUTPUT:
            raise LinkError(f"'{source.name}' is where the network ends; nothing can follow it.")
        if into.role == Role.INPUT:
            raise LinkError(f"'{target.name}' is where data comes in; nothing can lead into it.")
        if source.id == target.id:
            raise LinkError(f"'{source.name}' cannot feed itself.")
        if link in self._out.get(link.source, ()):
            raise LinkError(f"'{source.name}' feeds '{target.name}' already.")
        if self._reaches(link.target, link.source):
            raise LinkError(f"'{target.name}' already feeds '{source.name}'; links must not form a cycle.")
        if not replacing and self.replaced_by(link):
            raise LinkError(
                f"'{target.name}' takes only one link and already has one. Use Add or Concatenate to join."
            )

    def can_link(self, link: Link, replacing: bool = False) -> bool:
        """Whether `check_link` finds no fault."""
        try:
            self.check_link(link, replacing)
        except LinkError:
            return False
        return True

    def targets_for(self, source: str) -> set[str]:
        """All nodes that a link from ``source`` could lead to, replacing what is there."""
        if self.registry[self._nodes[source].kind].role == Role.OUTPUT:
            return set()
        barred = self.upstream(source) | set(self.targets(source)) | {source}
        roles = ((n.id, self.registry[n.kind].role) for n in self._nodes.values())
        return {node for node, role in roles if role != Role.INPUT and node not in barred}

    def _reaches(self, start: str, goal: str) -> bool:
        # Most links are drawn to a node that feeds nothing yet.
        return goal == start or (bool(self._out.get(start)) and goal in self.downstream(start))

    def downstream(self, start: str) -> set[str]:
        """All nodes that a signal from ``start`` reaches, without ``start``."""
        return _reached(start, self.targets)

    def upstream(self, goal: str) -> set[str]:
        """All nodes whose signal reaches ``goal``, without ``goal``."""
        return _reached(goal, self.sources)

    def names(self) -> dict[str, str]:
        """What a person calls each node, by identifier."""
        return {node.id: node.name for node in self._nodes.values()}

    def specs(self) -> tuple[NodeSpec, ...]:
        """The nodes as the engine takes them."""
        return tuple(
            NodeSpec(n.id, n.kind, dict(n.options), tuple(self.sources(n.id))) for n in self._nodes.values()
        )

    def to_network(self) -> NetworkSpec:
        """The network as the engine takes it, where it holds no sub-networks."""
        return NetworkSpec(self.specs())

    def to_dict(self, only: Iterable[str] | None = None) -> dict[str, Any]:
        """Plain data of all or some nodes and notes, and the links among them."""
        wanted = None if only is None else set(only)
        chosen = [n for n in self._nodes.values() if wanted is None or n.id in wanted]
        ids = {n.id for n in chosen}
        return {
            "nodes": [_node_to_dict(n) for n in chosen],
            "links": [[k.source, k.target] for k in self._links if k.source in ids and k.target in ids],
            "notes": [asdict(n) for n in self._notes.values() if wanted is None or n.id in wanted],
        }

    def fill(self, data: dict[str, Any]) -> None:
        """Add what `to_dict` gave. Raises KeyError, TypeError, ValueError or LinkError."""
        for item in data["nodes"]:
            self.insert_node(node_from_dict(item, self.registry))
        for source, target in data["links"]:
            self.insert_link(Link(source, target))
        for item in data.get("notes", ()):
            self.insert_note(note_from_dict(item))


def _reached(start: str, beside: Callable[[str], list[str]]) -> set[str]:
    """All nodes that one comes to by stepping on and on, without the first."""
    seen: set[str] = set()
    stack = [start]
    while stack:
        for node in beside(stack.pop()):
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return seen


def node_from_dict(data: dict[str, Any], registry: Registry[Layer] = layers) -> Node:
    """A node from plain data. Raises KeyError, TypeError or ValueError for anything else.

    A kind that is not known becomes a placeholder, which keeps it and its options.
    """
    kind, options = str(data["kind"]), dict(data["options"])
    if kind not in registry or kind == PLACEHOLDER:
        kind, options = PLACEHOLDER, {"kind": kind, "data": json.dumps(options)}
    return Node(str(data["id"]), kind, str(data["name"]), float(data["x"]), float(data["y"]), options)


def _node_to_dict(node: Node) -> dict[str, Any]:
    kind, options = node.kind, dict(node.options)
    if kind == PLACEHOLDER:
        kind, options = options["kind"], json.loads(options["data"])
    return {"id": node.id, "kind": kind, "name": node.name, "x": node.x, "y": node.y, "options": options}


def note_from_dict(data: dict[str, Any]) -> Note:
    """A note from plain data. Raises KeyError, TypeError or ValueError for anything else."""
    x, y, width, height = (float(data[k]) for k in ("x", "y", "width", "height"))
    return Note(str(data["id"]), str(data["text"]), x, y, width, height, bool(data["frame"]))


def moved(node: Node, x: float, y: float) -> Node:
    """The same node elsewhere."""
    return replace(node, x=x, y=y)
