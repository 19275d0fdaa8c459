"""The changes a person can make. Each touches only the model, and takes back exactly what it did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Generic, TypeVar

from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Graph, Link, Node, Note, moved, node_from_dict, note_from_dict
from nnstudio.model.history import Command, Compound, Step
from nnstudio.model.quantity import to_value
from nnstudio.model.settings import TrainingSettings

T = TypeVar("T")
# Changes of the same field within this many seconds are one step: typing, turning a wheel.
MERGE_SECONDS = 1.5


class AddNode(Step):
    """Put a node on the canvas."""

    def __init__(self, graph: Graph, node: Node) -> None:
        self.graph, self.node = graph, node
        self.title = f"Add {node.name}"

    def redo(self) -> None:
        self.graph.insert_node(self.node)

    def undo(self) -> None:
        self.graph.remove_node(self.node.id)


class AddConnected(Compound):
    """Put a node on the canvas and draw a link to or from it, where that can be."""

    def __init__(self, graph: Graph, node: Node, link: Link) -> None:
        super().__init__()
        self.graph, self.node, self.link = graph, node, link
        self.title = f"Add {node.name}"

    def steps(self) -> Iterator[Command]:
        yield AddNode(self.graph, self.node)
        if self.graph.can_link(self.link, replacing=True):
            yield AddLink(self.graph, self.link)


class AddLink(Step):
    """Draw a link; the one that it replaces goes."""

    def __init__(self, graph: Graph, link: Link) -> None:
        self.graph, self.link = graph, link
        self.title = f"Connect {graph[link.source].name} to {graph[link.target].name}"
        self._replaced: list[tuple[int, Link]] = []

    def redo(self) -> None:
        self.graph.check_link(self.link, replacing=True)
        gone = self.graph.replaced_by(self.link)
        self._replaced = [(self.graph.remove_link(k), k) for k in gone]
        self.graph.insert_link(self.link)

    def undo(self) -> None:
        self.graph.remove_link(self.link)
        for index, link in reversed(self._replaced):
            self.graph.insert_link(link, index)


class InsertLink(Step):
    """Put a link at an index of the list of links, by default at its end."""

    def __init__(self, graph: Graph, link: Link, index: int | None = None) -> None:
        self.graph, self.link, self.index = graph, link, index

    def redo(self) -> None:
        self.graph.insert_link(self.link, self.index)

    def undo(self) -> None:
        self.graph.remove_link(self.link)


class RemoveLink(Step):
    """Take a link away; ``index`` is where it was."""

    def __init__(self, graph: Graph, link: Link) -> None:
        self.graph, self.link, self.index = graph, link, 0

    def redo(self) -> None:
        self.index = self.graph.remove_link(self.link)

    def undo(self) -> None:
        self.graph.insert_link(self.link, self.index)


class RemoveNode(Step):
    """Take a node without links away."""

    def __init__(self, graph: Graph, node: str) -> None:
        self.graph, self.node, self._index = graph, graph[node], 0

    def redo(self) -> None:
        self._index = self.graph.remove_node(self.node.id)
        self.graph.retired.add(self.node.id)

    def undo(self) -> None:
        self.graph.insert_node(self.node, self._index)
        self.graph.retired.discard(self.node.id)


class AddNote(Step):
    """Put a note or frame on the canvas."""

    def __init__(self, graph: Graph, note: Note) -> None:
        self.graph, self.note = graph, note
        self.title = "Add frame" if note.frame else "Add note"

    def redo(self) -> None:
        self.graph.insert_note(self.note)

    def undo(self) -> None:
        self.graph.remove_note(self.note.id)


class RemoveNote(Step):
    """Take a note or frame away."""

    def __init__(self, graph: Graph, note: str) -> None:
        self.graph, self.note, self._index = graph, graph.notes[note], 0

    def redo(self) -> None:
        self._index = self.graph.remove_note(self.note.id)

    def undo(self) -> None:
        self.graph.insert_note(self.note, self._index)


class Remove(Compound):
    """Delete nodes and notes with their links, and links; optionally keep chains connected."""

    def __init__(
        self, graph: Graph, items: Iterable[str], links: Iterable[Link] = (), bridge: bool = False
    ) -> None:
        super().__init__()
        items = list(items)
        self.graph, self.nodes = graph, [n for n in items if n in graph]
        self.notes = [n for n in items if n not in graph]
        touched, self.bridge = graph.links_of(self.nodes), bridge
        self.links = touched + [k for k in links if k not in touched]
        what = [graph[n].name for n in self.nodes] + ["note" for _ in self.notes]
        what, kind = (what, "items") if what else (["link"] * len(self.links), "links")
        self.title = f"Delete {what[0] if len(what) == 1 else f'{len(what)} {kind}'}"

    def steps(self) -> Iterator[Command]:
        graph = self.graph
        bridges = self.gaps() if self.bridge else []
        yield from (RemoveNote(graph, name) for name in self.notes)
        yield from (RemoveLink(graph, link) for link in self.links)
        yield from (RemoveNode(graph, name) for name in self.nodes)
        yield from (InsertLink(graph, link) for link in bridges if graph.can_link(link))

    def gaps(self) -> list[Link]:
        """Links from what fed the removed nodes to what they fed."""
        gone = set(self.nodes)
        bridges = []
        for link in self.links:
            if link.source in gone and link.target not in gone:
                sources, seen = [link.source], set()
                while sources:
                    source = sources.pop()
                    if source in gone and source not in seen:
                        seen.add(source)
                        sources.extend(self.graph.sources(source))
                    elif source not in gone:
                        bridges.append(Link(source, link.target))
        return bridges


class MoveNodes(Step):
    """Move nodes and notes; the moves of one drag are one step."""

    moves_alone = True

    def __init__(
        self, graph: Graph, positions: dict[str, tuple[float, float]], gesture: object, title: str = "Move"
    ) -> None:
        self.graph, self.after, self.gesture = graph, dict(positions), gesture
        self.before = {name: graph.position_of(name) for name in positions}
        lone = next(iter(positions)) if len(positions) == 1 else ""
        self.title = f"{title} {graph[lone].name if lone in graph else 'note'}" if lone else title

    def redo(self) -> None:
        self._move_to(self.after)

    def undo(self) -> None:
        self._move_to(self.before)

    def _move_to(self, positions: dict[str, tuple[float, float]]) -> None:
        for name, (x, y) in positions.items():
            self.graph.put(name, x, y)

    def merge(self, later: Command) -> bool:
        if not isinstance(later, MoveNodes) or later.gesture is not self.gesture:
            return False
        if set(later.after) != set(self.after):
            return False
        self.after = later.after
        return True


class ChangeNode(Step):
    """Rename a node or set one of its options; typing in one field is one step."""

    def __init__(self, graph: Graph, node: str, option: str, value: Any) -> None:
        self.graph, self.option, self.time = graph, option, time.monotonic()
        self.before = graph[node]
        if option == "name":
            self.after = replace(self.before, name=str(value))
        else:
            declared = {o.name: o for o in graph.registry[self.before.kind].options}[option]
            options = {**self.before.options, option: declared.check(value)}
            self.after = replace(self.before, options=options)
        what = "Rename" if option == "name" else f"Set {option.replace('_', ' ')} of"
        self.title = f"{what} {self.before.name}{'' if option == 'name' else to_value(value)}"

    def redo(self) -> None:
        self.graph.replace_node(self.after)

    def undo(self) -> None:
        self.graph.replace_node(self.before)

    def may_merge(self, later: Command) -> bool:
        if not isinstance(later, ChangeNode) or later.option != self.option:
            return False
        return later.before.id == self.before.id and later.time - self.time <= MERGE_SECONDS

    def merge(self, later: Command) -> bool:
        if not isinstance(later, ChangeNode) or not self.may_merge(later):
            return False
        self.after, self.time, self.title = later.after, later.time, later.title
        return True


class ChangeSettings(Step):
    """Change one setting of the training; typing in one field is one step."""

    def __init__(self, document: Document, name: str, value: Any) -> None:
        self.document, self.name, self.time = document, name, time.monotonic()
        self.before = document.settings
        self.after: TrainingSettings = self.before.with_option(name, value)
        self.title = f"Set {name.replace('_', ' ')}{to_value(value)}"

    def redo(self) -> None:
        self.document.set_settings(self.after)

    def undo(self) -> None:
        self.document.set_settings(self.before)

    def merge(self, later: Command) -> bool:
        if not isinstance(later, ChangeSettings) or later.name != self.name:
            return False
        if later.time - self.time > MERGE_SECONDS:
            return False
        self.after, self.time, self.title = later.after, later.time, later.title
        return True


class ChooseData(Step):
    """Choose other data."""

    title = "Choose data"

    def __init__(self, document: Document, data: DataReference) -> None:
        self.document, self.before, self.after = document, document.data, data

    def redo(self) -> None:
        self.document.set_data(self.after)

    def undo(self) -> None:
        self.document.set_data(self.before)


class ReplaceNetwork(Step):
    """Another network, and how it is trained, for the same data."""

    title = "Propose a network"

    def __init__(self, document: Document, graph: Graph, settings: TrainingSettings) -> None:
        self.document, self.graph = document, document.graph
        self.before = self.graph.to_dict(), document.settings
        self.after = graph.to_dict(), settings

    def redo(self) -> None:
        self._show(*self.after)

    def undo(self) -> None:
        self._show(*self.before)

    def _show(self, network: dict[str, Any], settings: TrainingSettings) -> None:
        graph = self.graph
        for link in graph.links:
            graph.remove_link(link)
        for node in graph.nodes:
            graph.remove_node(node.id)
        for note in graph.notes:
            graph.remove_note(note)
        graph.fill(network)
        self.document.set_settings(settings)


class Paste(Compound):
    """Add copied nodes and notes with their links, under new names, shifted."""

    def __init__(
        self,
        graph: Graph,
        data: dict[str, Any],
        dx: float,
        dy: float,
        title: str = "Paste",
        gesture: object | None = None,
    ) -> None:
        """Moves that carry the same ``gesture`` belong to this step: copies that are dragged away."""
        super().__init__()
        self.graph, self.title, self.gesture = graph, title, gesture
        self.nodes: list[Node] = []
        renamed: dict[str, str] = {}
        for item in data["nodes"]:
            node = node_from_dict(item, graph.registry)
            new = graph.new_id(node.kind, renamed.values())
            name = graph.new_name(node.name, [n.name for n in self.nodes])
            renamed[node.id] = new
            self.nodes.append(replace(node, id=new, name=name, x=node.x + dx, y=node.y + dy))
        # What shares weights with a copied layer shares those of its copy.
        for i, node in enumerate(self.nodes):
            if node.options.get("shares") in renamed:
                options = {**node.options, "shares": renamed[node.options["shares"]]}
                self.nodes[i] = replace(node, options=options)
        self.links = [Link(renamed[a], renamed[b]) for a, b in data["links"] if a in renamed and b in renamed]
        self.notes: list[Note] = []
        for item in data.get("notes", ()):
            note = note_from_dict(item)
            name = graph.new_id("note", [n.id for n in self.notes])
            self.notes.append(replace(note, id=name, x=note.x + dx, y=note.y + dy))

    def merge(self, later: Command) -> bool:
        if not isinstance(later, MoveNodes) or self.gesture is None or later.gesture is not self.gesture:
            return False
        if not set(later.after) <= {n.id for n in self.nodes} | {n.id for n in self.notes}:
            return False
        self.nodes = [moved(n, *later.after.get(n.id, (n.x, n.y))) for n in self.nodes]
        positions = [later.after.get(n.id, (n.x, n.y)) for n in self.notes]
        self.notes = [replace(n, x=x, y=y) for n, (x, y) in zip(self.notes, positions, strict=True)]
        return True

    def steps(self) -> Iterator[Command]:
        yield from (AddNode(self.graph, node) for node in self.nodes)
        yield from (InsertLink(self.graph, link) for link in self.links)
        yield from (AddNote(self.graph, note) for note in self.notes)


class Exchange(Step, Generic[T]):
    """Replace something outside the model, such as the weights, that can be put aside and brought back.

    ``first`` replaces it for the first time; ``bring_back`` takes what was put aside. Both return what they
    replaced, so that neither undo nor redo loses what came in between.
    """

    def __init__(self, title: str, first: Callable[[], T], bring_back: Callable[[T], T]) -> None:
        self.title, self._first, self._bring_back = title, first, bring_back
        self._aside: list[T] = []

    @property
    def aside(self) -> T | None:
        """What is held now."""
        return self._aside[0] if self._aside else None

    def redo(self) -> None:
        self._aside = [self._bring_back(self._aside[0]) if self._aside else self._first()]

    def undo(self) -> None:
        self._aside = [self._bring_back(self._aside[0])]


class InsertBetween(Compound):
    """Put a node into a link: the link's source feeds it, and it feeds the link's target."""

    def __init__(self, graph: Graph, node: Node, link: Link) -> None:
        """``node`` may be new, or on the canvas without links."""
        super().__init__()
        self.graph, self.node, self.link, self.is_new = graph, node, link, node.id not in graph
        self.title = f"Insert {node.name}"

    def steps(self) -> Iterator[Command]:
        if self.is_new:
            yield AddNode(self.graph, self.node)
        old = RemoveLink(self.graph, self.link)
        yield old
        # At the old link's index, so that the target's inputs keep their order.
        yield InsertLink(self.graph, Link(self.node.id, self.link.target), old.index)
        yield InsertLink(self.graph, Link(self.link.source, self.node.id))
