"""One open project: graph, settings and choice of data, with the history of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from nnkernels.graph.network import NetworkSpec
from nnkernels.spec import SUBNETWORK, Layer, layers
from nnkernels.spec.registry import Registry
from nnstudio.model.event import Event
from nnstudio.model.graph import Graph
from nnstudio.model.history import History
from nnstudio.model.settings import TrainingSettings


@dataclass(frozen=True)
class DataReference:
    """Which data: the identifier of a data set or importer, and its options."""

    kind: str = "spiral"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Subnetwork:
    """A part of a network with a name and a canvas of its own; nodes refer to it by ``id``."""

    id: str
    title: str
    graph: Graph


class Document:
    """What a project file holds apart from results; changed by commands through its history.

    Events: settings_changed(), data_changed(), network_changed() when the network computes something
    else, subnetworks_changed() when one came, went or was named anew; each graph has its own, too.
    """

    def __init__(self, registry: Registry[Layer] = layers) -> None:
        self.graph = Graph(registry)
        self.settings = TrainingSettings()
        self.data = DataReference()
        self.history = History()
        self.settings_changed, self.data_changed = Event(), Event()
        self.network_changed, self.subnetworks_changed = Event(), Event()
        self._subnetworks: dict[str, Subnetwork] = {}
        self._follow(self.graph)

    def _follow(self, graph: Graph) -> None:
        for event in graph.structure_events():
            event.connect(self._on_structure)

    def _on_structure(self, _fact: object = None) -> None:
        self.network_changed.emit()

    @property
    def subnetworks(self) -> dict[str, Subnetwork]:
        """By identifier, in the order in which they came."""
        return dict(self._subnetworks)

    def graphs(self) -> dict[str, Graph]:
        """Graphs of the sub-networks by identifier."""
        return {s.id: s.graph for s in self._subnetworks.values()}

    def add_subnetwork(self, subnetwork: Subnetwork, index: int | None = None) -> None:
        """Called by commands."""
        items = list(self._subnetworks.items())
        items.insert(len(items) if index is None else index, (subnetwork.id, subnetwork))
        self._subnetworks = dict(items)
        self._follow(subnetwork.graph)
        self.subnetworks_changed.emit()

    def remove_subnetwork(self, name: str) -> int:
        """Called by commands; returns its index."""
        index = list(self._subnetworks).index(name)
        for event in self._subnetworks.pop(name).graph.structure_events():
            event.disconnect(self._on_structure)
        self.subnetworks_changed.emit()
        return index

    def retitle_subnetwork(self, name: str, title: str) -> None:
        """Called by commands."""
        self._subnetworks[name].title = title
        self.subnetworks_changed.emit()

    def uses(self, network: str) -> int:
        """How many nodes stand for a sub-network."""
        everywhere = (n for g in (self.graph, *self.graphs().values()) for n in g.nodes)
        return sum(n.kind == SUBNETWORK and n.options.get("network") == network for n in everywhere)

    def needed_by(self, graph: Graph) -> list[str]:
        """Sub-networks that a graph holds, also those inside of others."""
        needed: list[str] = []
        waiting = [graph]
        while waiting:
            for node in waiting.pop().nodes:
                name = str(node.options.get("network", ""))
                if node.kind == SUBNETWORK and name in self._subnetworks and name not in needed:
                    needed.append(name)
                    waiting.append(self._subnetworks[name].graph)
        return needed

    def to_network(self) -> NetworkSpec:
        """The whole network as the engine takes it."""
        graphs = self.graphs()
        return NetworkSpec(self.graph.specs(), {n: graphs[n].specs() for n in self.needed_by(self.graph)})

    def set_settings(self, settings: TrainingSettings) -> None:
        """Called by commands."""
        self.settings = settings
        self.settings_changed.emit()

    def set_data(self, data: DataReference) -> None:
        """Called by commands."""
        self.data = data
        self.data_changed.emit()

    def copy(self) -> Document:
        """The same project without its history, to try something on."""
        return self.copying()()

    def copying(self) -> Callable[[], Document]:
        """What makes the same copy later, and on any thread, whatever is edited meanwhile: reading a graph
        takes far less time than filling one.
        """
        registry, graph, subnetworks = (
            self.graph.registry, self.graph.to_dict(), self.subnetwork_dicts(self._subnetworks)
        )  # fmt: skip
        settings, data = self.settings, self.data

        def copy() -> Document:
            document = Document(registry)
            document.graph.fill(graph)
            for each in subnetworks:
                document.add_subnetwork(document.subnetwork_from_dict(each))
            document.settings, document.data = settings, data
            return document

        return copy

    def subnetwork_dicts(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Plain data of some sub-networks."""
        chosen = [self._subnetworks[n] for n in names]
        return [{"id": s.id, "title": s.title, "graph": s.graph.to_dict()} for s in chosen]

    def subnetwork_from_dict(self, data: dict[str, Any]) -> Subnetwork:
        """One from plain data, not yet added. Raises as `Graph.fill` does."""
        graph = Graph(self.graph.registry)
        graph.fill(data["graph"])
        return Subnetwork(str(data["id"]), str(data["title"]), graph)

    def to_dict(self) -> dict[str, Any]:
        """Plain data of everything but results."""
        return {
            "graph": self.graph.to_dict(),
            "subnetworks": self.subnetwork_dicts(self._subnetworks),
            "settings": self.settings.to_dict(),
            "data": {"kind": self.data.kind, "options": dict(self.data.options)},
        }
