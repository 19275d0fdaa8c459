"""Steps that let a trained network grow without changing what it predicts, on the canvas.

What their new layers begin with, and so that nothing changes, is decided where the weights are; here they
only get shapes that allow for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from nnkernels.spec import Role, Shape
from nnstudio.model.arrange import ACROSS, HEIGHT, WIDTH
from nnstudio.model.commands import AddNode, ChangeNode, InsertLink, MoveNodes, RemoveLink
from nnstudio.model.graph import Graph, Link, LinkError, Node
from nnstudio.model.history import Command, Compound
from nnstudio.model.inference import NodeFacts

# Options that say how many units a layer has.
UNIT_OPTIONS = ("units", "filters")
# Layers whose units know nothing of each other.
SPLIT = ("dense", "conv1d", "conv2d")


def unit_option(graph: Graph, node: str) -> str:
    """The option that says how many units a layer has; "" where it has none."""
    layer = graph.registry[graph[node].kind]
    return next((name for name in UNIT_OPTIONS if layer.has_option(name)), "")


def width_of(graph: Graph, node: str) -> int:
    """How many units a layer has. Raises LinkError for a layer without any."""
    option = unit_option(graph, node)
    if not option:
        raise LinkError(f"{graph[node].name} has no units of its own. Select a Dense layer, or one like it.")
    return int({**graph.registry[graph[node].kind].defaults(), **graph[node].options}[option])


def widening(graph: Graph, node: str, units: int) -> ChangeNode:
    """Give a layer so many units. Raises LinkError or SpecError."""
    width_of(graph, node)
    return ChangeNode(graph, node, unit_option(graph, node), units)


class _Behind(Compound):
    """New nodes behind one, in the place of its links to others."""

    def __init__(self, graph: Graph, node: str, facts: NodeFacts, title: str) -> None:
        """Raises LinkError with a sentence where nothing can stand there."""
        super().__init__()
        here = graph[node]
        self.graph, self.node, self.title = graph, node, title.format(here.name)
        if graph.registry[here.kind].role == Role.OUTPUT:
            raise LinkError(f"{here.name} is where the network ends. Select a layer before it.")
        if facts.shape is None or len(facts.shape) > 3:
            raise LinkError(f"It is not known what {here.name} gives. Mend the network before it first.")
        self.shape: Shape = facts.shape
        self.nodes: list[Node] = []
        self.links: list[Link] = []

    def add(self, kind: str, columns: int, rows: int = 0, **options: Any) -> str:
        """A new node so many columns behind the one and rows below it; its identifier."""
        graph, here = self.graph, self.graph[self.node]
        layer = graph.registry[kind]
        name = graph.new_id(kind, [n.id for n in self.nodes])
        title = graph.new_name(layer.title, [n.name for n in self.nodes])
        x, y = here.x + columns * (WIDTH + ACROSS), here.y + rows * (HEIGHT + ACROSS)
        self.nodes.append(Node(name, kind, title, x, y, {**layer.defaults(), **options}))
        return name

    def free_row(self, columns: int, is_beside: bool = False) -> int:
        """The nearest row, above or below, in which so many columns behind the node cover nothing; nor does
        its own column, where something is to stand ``is_beside`` it.
        """
        graph, here = self.graph, self.graph[self.node]
        behind = graph.downstream(self.node)
        shift = (columns + 1) * (WIDTH + ACROSS)
        left, right = here.x + (0 if is_beside else WIDTH), here.x + shift
        standing = [(n.x + (shift if n.id in behind else 0), n.y) for n in graph.nodes]
        row = -1
        while any(
            left - WIDTH < x < right and abs(y - here.y - row * (HEIGHT + ACROSS)) < HEIGHT + ACROSS / 2
            for x, y in standing
        ):
            row = -row if row < 0 else -row - 1
        return row

    def add_weights(self, columns: int, rows: int = 0) -> str:
        """A new layer with weights that gives the shape which it gets."""
        if len(self.shape) == 3:
            return self.add("conv2d", columns, rows, filters=self.shape[-1], kernel_size=3, padding="same")
        return self.add("dense", columns, rows, units=self.shape[-1])

    def lead(self, *names: str) -> None:
        """Links from each to the next."""
        self.links += [Link(a, b) for a, b in pairwise(names)]

    def steps(self) -> Iterator[Command]:
        graph, end = self.graph, self.nodes[-1].id
        leaving = [k for k in graph.links if k.source == self.node]
        behind = graph.downstream(self.node)
        step = max(n.x for n in self.nodes) - graph[self.node].x
        positions = {n.id: (n.x + step, n.y) for n in graph.nodes if n.id in behind}
        if positions:
            yield MoveNodes(graph, positions, object())
        for node in self.nodes:
            yield AddNode(graph, node)
        for link in leaving:
            old = RemoveLink(graph, link)
            yield old
            # At the old link's index, so that the target's inputs keep their order.
            yield InsertLink(graph, Link(end, link.target), old.index)
        for link in self.links:
            yield InsertLink(graph, link)


class Deepen(_Behind):
    """A layer with weights behind a node, and a nonlinearity that leaves it as it is.

    Behind what is never negative that is a ReLU (as in Net2DeeperNet, Chen, Goodfellow and Shlens 2015); else
    a PReLU whose slope is 1, and learned.
    """

    def __init__(self, graph: Graph, node: str, facts: NodeFacts) -> None:
        super().__init__(graph, node, facts, "Insert a layer behind {}")
        weights = self.add_weights(1)
        bent = self.add("relu", 2) if facts.bounds[0] >= 0 else self.add("prelu", 2, start=1.0)
        self.lead(node, weights, bent)


class Branch(_Behind):
    """A residual branch: what a node gives, plus what two layers make of it (He et al. 2016)."""

    def __init__(self, graph: Graph, node: str, facts: NodeFacts) -> None:
        super().__init__(graph, node, facts, "Add a branch behind {}")
        row = self.free_row(3)
        first, bent = self.add_weights(1, row), self.add("relu", 2, row)
        last, join = self.add_weights(3, row), self.add("add", 4)
        self.lead(node, first, bent, last, join)
        self.links.append(Link(node, join))


class Split(_Behind):
    """A layer in two: the second half of its units goes into a new one beside it, and both are concatenated.

    Attributes:
        other: identifier of the new layer; ``left``: how many units stay, of ``units``.
    """

    def __init__(self, graph: Graph, node: str, facts: NodeFacts) -> None:
        super().__init__(graph, node, facts, "Split {} in two")
        here, self.units = graph[node], width_of(graph, node)
        name = here.name
        if here.kind not in SPLIT or here.options.get("groups", 1) != 1 or here.options.get("shares"):
            raise LinkError(f"{name} cannot be split, because its units work together. Select a Dense layer.")
        if self.units < 2:
            raise LinkError(f"{name} has just one unit, so it cannot be split.")
        self.left = (self.units + 1) // 2
        row = self.free_row(1, is_beside=True)
        options = {**here.options, unit_option(graph, node): self.units - self.left}
        self.other = self.add(here.kind, 0, row, **options)
        join = self.add("concatenate", 1)
        self.links = [Link(source, self.other) for source in graph.sources(node)]
        self.lead(node, join)
        self.lead(self.other, join)

    def steps(self) -> Iterator[Command]:
        yield ChangeNode(self.graph, self.node, unit_option(self.graph, self.node), self.left)
        yield from super().steps()
