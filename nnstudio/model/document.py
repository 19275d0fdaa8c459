"""One open project: graph, settings and choice of data, with the history of changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nnkernels.registry import Registry
from nnkernels.spec import Layer, layers
from nnstudio.model.event import Event
from nnstudio.model.graph import Graph
from nnstudio.model.history import History
from nnstudio.model.settings import TrainingSettings


@dataclass(frozen=True)
class DataReference:
    """Which data: the identifier of a data set or importer, and its options."""

    kind: str = "spiral"
    options: dict[str, Any] = field(default_factory=dict)


class Document:
    """What a project file holds apart from results; changed by commands through its history.

    Events: settings_changed(), data_changed(); the graph has its own.
    """

    def __init__(self, registry: Registry[Layer] = layers) -> None:
        self.graph = Graph(registry)
        self.settings = TrainingSettings()
        self.data = DataReference()
        self.history = History()
        self.settings_changed, self.data_changed = Event(), Event()

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
        made = Document(self.graph.registry)
        for node in self.graph.nodes:
            made.graph.insert_node(node)
        for link in self.graph.links:
            made.graph.insert_link(link)
        made.settings, made.data = self.settings, self.data
        return made

    def to_dict(self) -> dict[str, Any]:
        """Plain data of everything but results."""
        return {
            "graph": self.graph.to_dict(),
            "settings": self.settings.to_dict(),
            "data": {"kind": self.data.kind, "options": dict(self.data.options)},
        }
