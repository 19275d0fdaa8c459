"""Sub-networks: made from a part of a graph, named, dissolved again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nnkernels.graph.subnetworks import inner_names
from nnkernels.spec import SUBNETWORK, NodeError, Role
from nnstudio.model.arrange import ACROSS, GRID, WIDTH
from nnstudio.model.commands import AddNode, ChangeNode, InsertLink, RemoveLink, RemoveNode
from nnstudio.model.document import Document, Subnetwork
from nnstudio.model.graph import Graph, Link, LinkError, Node, moved
from nnstudio.model.history import Command, Compound, Step


class _Rewire(Compound):
    """Exchange nodes for others, and all links for a new list."""

    def __init__(self, graph: Graph, title: str) -> None:
        super().__init__()
        self.graph, self.title = graph, title
        self.gone: list[str] = []
        self.new: list[Node] = []
        self.links: list[Link] = []

    def steps(self) -> Iterator[Command]:
        graph = self.graph
        yield from (RemoveLink(graph, link) for link in reversed(graph.links))
        yield from (RemoveNode(graph, name) for name in self.gone)
        yield from (AddNode(graph, node) for node in self.new)
        yield from (InsertLink(graph, link) for link in self.links)


class MakeSubnetwork(_Rewire):
    """Put nodes into a sub-network, and one node in their place.

    What fed them feeds the Inputs inside, in the order of its links. Raises LinkError where they cannot be
    one node: only one of them may feed others, and Input and Output stay outside.
    """

    def __init__(self, document: Document, graph: Graph, nodes: Sequence[str]) -> None:
        inside = set(nodes)
        self.document = document
        chosen = [n for n in graph.nodes if n.id in inside]
        end = _end(graph, inside)
        title = _free_title(document)
        super().__init__(graph, f"Make {title}")
        left, top = min(n.x for n in chosen), min(n.y for n in chosen)
        middle = sum(n.x for n in chosen) / len(chosen), sum(n.y for n in chosen) / len(chosen)
        inner = Graph(graph.registry)
        for node in chosen:
            inner.insert_node(moved(node, node.x - left + WIDTH + ACROSS, node.y - top))
        entering: dict[str, str] = {}
        for link in graph.links:
            if link.target not in inside:
                continue
            source = link.source
            if source not in inside:
                if source not in entering:
                    entrance = inner.new_node("input", 0.0, len(entering) * (WIDTH / 2))
                    inner.insert_node(entrance)
                    entering[source] = entrance.id
                source = entering[source]
            inner.insert_link(Link(source, link.target))
        right = max(n.x for n in inner.nodes) + WIDTH + ACROSS
        output = inner.new_node("output", right, inner[end].y)
        inner.insert_node(output)
        inner.insert_link(Link(end, output.id))
        self.subnetwork = Subnetwork(uuid.uuid4().hex[:12], title, inner)
        x, y = (round(v / GRID) * GRID for v in middle)
        options = graph.registry[SUBNETWORK].defaults() | {"network": self.subnetwork.id}
        self.node = Node(graph.new_id(SUBNETWORK), SUBNETWORK, graph.new_name(title), x, y, options)
        self.gone, self.new = [n.id for n in chosen], [self.node]
        self.links = _joined(graph.links, inside, end, self.node.id, list(entering))

    def steps(self) -> Iterator[Command]:
        yield AddSubnetwork(self.document, self.subnetwork)
        yield from super().steps()


class Dissolve(_Rewire):
    """Put the nodes of a sub-network in the place of the node; the sub-network stays in the project."""

    def __init__(self, document: Document, graph: Graph, node: str) -> None:
        """Raises LinkError with a sentence where its ends do not match its links."""
        here = graph[node]
        super().__init__(graph, f"Dissolve {here.name}")
        inner = document.subnetworks[str(here.options["network"])].graph
        try:
            inner_names(node, inner.specs(), graph.sources(node), here.name)
        except NodeError as error:
            raise LinkError(str(error)) from error
        roles = {n.id: inner.registry[n.kind].role for n in inner.nodes}
        fed = dict(zip((n for n in roles if roles[n] == Role.INPUT), graph.sources(node), strict=True))
        body = [n for n in inner.nodes if n.id not in fed and roles[n.id] != Role.OUTPUT]
        (end,) = inner.sources(next(n for n in roles if roles[n] == Role.OUTPUT))
        left, top = min(n.x for n in body), min(n.y for n in body)
        names: dict[str, str] = {}
        for each in body:
            names[each.id] = graph.new_id(each.kind, names.values())
            title = graph.new_name(each.name, [n.name for n in self.new])
            x, y = here.x + each.x - left, here.y + each.y - top
            self.new.append(replace(each, id=names[each.id], name=title, x=x, y=y))
        for i, each in enumerate(self.new):
            if each.options.get("shares"):
                self.new[i] = replace(each, options={**each.options, "shares": names[each.options["shares"]]})
        self.gone = [node]
        names |= fed
        inside = [Link(names[k.source], names[k.target]) for k in inner.links if k.target in names]
        outside = [Link(names[end], k.target) if k.source == node else k for k in graph.links]
        self.links = inside + [k for k in outside if k.target != node]


class AddSubnetwork(Step):
    """Bring a sub-network into the project, as a paste from another one does."""

    def __init__(self, document: Document, subnetwork: Subnetwork) -> None:
        self.document, self.subnetwork = document, subnetwork
        self.title = f"Add {subnetwork.title}"

    def redo(self) -> None:
        self.document.add_subnetwork(self.subnetwork)

    def undo(self) -> None:
        self.document.remove_subnetwork(self.subnetwork.id)


class RemoveSubnetworks(Step):
    """Take sub-networks out of the project that no node stands for."""

    title = "Forget unused sub-networks"

    def __init__(self, document: Document, names: Sequence[str]) -> None:
        self.document, self.names = document, list(names)
        self._removed: list[tuple[int, Subnetwork]] = []

    def redo(self) -> None:
        held = self.document.subnetworks
        self._removed = [(self.document.remove_subnetwork(n), held[n]) for n in self.names]

    def undo(self) -> None:
        for index, subnetwork in reversed(self._removed):
            self.document.add_subnetwork(subnetwork, index)


class RenameSubnetwork(ChangeNode):
    """Rename a node that is the only one of its sub-network, and the sub-network with it."""

    def __init__(self, document: Document, graph: Graph, node: str, name: str) -> None:
        super().__init__(graph, node, "name", name)
        self.document = document
        self.network = str(graph[node].options["network"])
        self.old_title = document.subnetworks[self.network].title

    def redo(self) -> None:
        super().redo()
        self.document.retitle_subnetwork(self.network, self.after.name)

    def undo(self) -> None:
        super().undo()
        self.document.retitle_subnetwork(self.network, self.old_title)


def _end(graph: Graph, inside: set[str]) -> str:
    """The node of a part that the rest reads. Raises LinkError."""
    chosen = [n for n in graph.nodes if n.id in inside]
    if not chosen:
        raise LinkError("First select the nodes that the sub-network should hold.")
    if any(graph.registry[n.kind].role in (Role.INPUT, Role.OUTPUT) for n in chosen):
        raise LinkError("Input and Output stay outside a sub-network; select only the layers between them.")
    feeding = [n for n in chosen if any(t not in inside for t in graph.targets(n.id))]
    ends = feeding or [n for n in chosen if not graph.targets(n.id)]
    for n in graph.nodes:
        other = str(n.options.get("shares", ""))
        if other in graph and (n.id in inside) != (other in inside):
            raise LinkError(f"{n.name} shares the weights of {graph[other].name}; select both or neither.")
    if len(ends) != 1:
        names = " and ".join(n.name for n in ends[:2])
        raise LinkError(f"A sub-network has one output, but {names} both lead out of it. Select other nodes.")
    end = ends[0].id
    for name in graph.downstream(end) - inside:
        back = [t for t in graph.targets(name) if t in inside]
        if back:
            raise LinkError(
                f"A signal would leave the sub-network at {graph[end].name} and come back at "
                f"{graph[back[0]].name}. Select what lies between, too."
            )
    return end


def _joined(links: Sequence[Link], inside: set[str], end: str, node: str, entering: list[str]) -> list[Link]:
    """The links of the outer graph with one node in the place of many; what feeds it in this order."""
    joined: list[Link] = []
    for link in links:
        if link.source == end and link.target not in inside:
            joined.append(Link(node, link.target))
        elif link.source not in inside and link.target not in inside:
            joined.append(link)
    return joined + [Link(source, node) for source in entering]


def _free_title(document: Document) -> str:
    taken = {s.title for s in document.subnetworks.values()}
    number = 1
    while f"Block {number}" in taken:
        number += 1
    return f"Block {number}"
