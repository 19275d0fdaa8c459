"""Changes that findings propose: each one undo step on the main graph, its settings or its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnstudio.model import commands
from nnstudio.model.document import Document
from nnstudio.model.graph import Graph, Link, LinkError
from nnstudio.model.history import Command, Compound, Together
from nnstudio.model.insertion import insertion_on_the_way
from nnstudio.model.problems import Repair

# Commands raise KeyError for a node that is gone meanwhile, as repairs do.


def setting(title: str, **values: Any) -> Repair:
    """Other values for settings of the training, by name."""

    return Repair(title, lambda document, _graph: _Settings(document, title, values))


def other_rates(rate: float, *factors: float) -> tuple[Repair, ...]:
    """Learning rates that are so many times the one there is, in one digit."""
    rates = [float(f"{rate * factor:.1g}") for factor in factors]
    return tuple(
        setting(f"Set the learning rate to {value:g}", learning_rate=value)
        for value in rates
        if 0 < value <= 1
    )


def smaller_rates(rate: float) -> tuple[Repair, ...]:
    """A tenth and less of a learning rate that is too high; from rates that suit nothing, usual ones."""
    return other_rates(min(rate, 1.0), 0.1, 0.01, 0.001)


def option(title: str, node: str, name: str, value: Any) -> Repair:
    """Another value for an option of a node."""
    return Repair(title, lambda document, _g: commands.ChangeNode(document.graph, node, name, value))


def options(title: str, nodes: tuple[str, ...], name: str, value: Any) -> Repair:
    """The same value for an option of several nodes."""

    def make(document: Document, _graph: Graph) -> Command:
        return Together(title, [commands.ChangeNode(document.graph, n, name, value) for n in nodes])

    return Repair(title, make)


def removal(title: str, *nodes: str) -> Repair:
    """Nodes deleted, what fed them feeding what they fed."""

    def make(document: Document, _graph: Graph) -> Command:
        for node in nodes:
            document.graph[node]  # a node that is gone already is no repair
        return commands.Remove(document.graph, nodes, (), True)

    return Repair(title, make)


def together(title: str, *repairs: Repair) -> Repair:
    """Several changes of different nodes as one."""
    return Repair(title, lambda document, graph: Together(title, [r.make(document, graph) for r in repairs]))


def insertion(title: str, node: str, kind: str, **values: Any) -> Repair:
    """A new layer behind a node, in its first link."""
    return insertions(title, (node,), kind, **values)


def insertions(title: str, nodes: tuple[str, ...], kind: str, **values: Any) -> Repair:
    """A new layer behind each of several nodes."""
    items = tuple((node, kind, values) for node in nodes)
    return Repair(title, lambda document, _graph: _Insertions(document.graph, title, items))


def layers_behind(title: str, node: str, *layers: tuple[str, Mapping[str, Any]]) -> Repair:
    """New layers in a row behind a node: their kinds, with those options that are not the usual ones."""
    items = tuple((node, kind, values) for kind, values in reversed(layers))
    return Repair(title, lambda document, _graph: _Insertions(document.graph, title, items))


def hidden_layer(title: str, node: str, units: int) -> Repair:
    """A Dense layer and a ReLU behind a node."""
    return layers_behind(title, node, ("dense", {"units": units}), ("relu", {}))


class _Settings(Compound):
    """Several settings as one step, each checked as the one before leaves them."""

    def __init__(self, document: Document, title: str, values: Mapping[str, Any]) -> None:
        super().__init__()
        self.document, self.title, self.values = document, title, dict(values)

    def steps(self) -> Iterator[Command]:
        for name, value in self.values.items():
            yield commands.ChangeSettings(self.document, name, value)


def replacement(title: str, nodes: tuple[str, ...], kind: str) -> Repair:
    """Layers of another kind, with its usual options, in the stead of nodes."""
    return Repair(title, lambda document, _graph: _Replacement(document.graph, title, nodes, kind))


def moved_behind(title: str, node: str, other: str) -> Repair:
    """A node without weights taken out of its links and put behind another one."""
    return Repair(title, lambda document, _graph: _Move(document.graph, title, node, other))


class _Move(Compound):
    """The same layer under the same name; only its identifier is a new one."""

    def __init__(self, graph: Graph, title: str, node: str, other: str) -> None:
        super().__init__()
        self.graph, self.title, self.node, self.other = graph, title, node, other

    def steps(self) -> Iterator[Command]:
        graph, old = self.graph, self.graph[self.node]
        yield commands.Remove(graph, [old.id], (), True)
        if not graph.targets(self.other):
            raise LinkError(f"{graph[self.other].name} leads nowhere any more.")
        link = Link(self.other, graph.targets(self.other)[0])
        yield insertion_on_the_way(graph, replace(old, id=graph.new_id(old.kind)), link)


class _Replacement(Compound):
    """Each node gives way to a new one, which is put behind it first."""

    def __init__(self, graph: Graph, title: str, nodes: tuple[str, ...], kind: str) -> None:
        super().__init__()
        self.graph, self.title, self.nodes, self.kind = graph, title, nodes, kind

    def steps(self) -> Iterator[Command]:
        for name in self.nodes:
            old = self.graph[name]
            new = self.graph.new_node(self.kind, old.x, old.y)
            yield commands.InsertBetween(self.graph, new, Link(name, self.graph.targets(name)[0]))
            yield commands.Remove(self.graph, [name], (), True)


class _Insertions(Compound):
    """Nodes, each with a layer and its options that go behind it, into the first link that it has by then."""

    def __init__(self, graph: Graph, title: str, items: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        super().__init__()
        self.graph, self.title, self.items = graph, title, items

    def steps(self) -> Iterator[Command]:
        for name, kind, values in self.items:
            if not self.graph.targets(name):
                raise LinkError(f"{self.graph[name].name} leads nowhere any more.")
            link = Link(name, self.graph.targets(name)[0])
            new = self.graph.new_node(kind, 0.0, 0.0)
            new.options.update(values)
            yield insertion_on_the_way(self.graph, new, link)
