"""The names that a teacher can pick from: what is in the lesson's project, and what is open in the studio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nnkernels.spec import SUBNETWORK, Option, layers, losses, optimizers, schedules
from nnstudio.data.dataset import sources
from nnstudio.data.option_titles import data_option_title
from nnstudio.lessons.names import Names
from nnstudio.lessons.panels import BUTTONS
from nnstudio.lessons.positions import Positions
from nnstudio.model.document import Document
from nnstudio.model.graph import Node
from nnstudio.model.locations import engine_names
from nnstudio.model.quantity import on_or_off
from nnstudio.model.settings import BATCH_SIZE, EPOCHS, EXTRAS, SEED
from nnstudio.model.titles import titled
from nnstudio.training.weights import slots_in
from nnstudio.ui.lessons.judge import Docks
from nnstudio.ui.project.workspace import Workspace

# A value, and what to show for it.
Pairs = list[tuple[str, str]]
# What most layers call what they train: for a node that is not known yet.
PARAMETERS = ("weight", "bias")


@dataclass
class LessonNames:
    """Looks at both each time it is asked.

    Attributes:
        start: what the lesson's project holds; None until it is read.
        positions: of the numbers in its weights.
    """

    workspace: Workspace
    docks: Docks
    start: Document | None = None
    positions: Positions = field(default_factory=dict)

    def offered(self, names: Names, item: Mapping[str, Any], step: Mapping[str, Any]) -> Pairs:
        """What can stand in a field of ``item``, a part of ``step``."""
        match names:
            case Names.NODE:
                return _as_they_are(self._nodes())
            case Names.PANEL:
                return self.panels()
            case Names.LAYER:
                return [(layer.id, layer.title) for layer in layers if layer.id != SUBNETWORK]
            case Names.DATA:
                return [(source.id, source.title) for source in sources if not source.picks]
            case Names.OPTION:
                return [(option.name, titled(option.name)) for option in self._options(item)]
            case Names.SETTING:
                return [(option.name, titled(option.name)) for option in self._settings()]
            case Names.DATA_OPTION:
                return [(option.name, data_option_title(option.name)) for option in self._data_options()]
            case Names.PARAMETER:
                return _as_they_are(self._arrays().get(str(item.get("node", "")), PARAMETERS))
            case Names.CHOICE:
                return _as_they_are((step.get("question") or {}).get("choices") or ())
            case Names.POSITION:
                return self._positions(item)
            case Names.TARGET:
                return self._targets()
        return self._values(item)

    def _documents(self) -> list[Document]:
        """That of the lesson first."""
        return [document for document in (self.start, self.workspace.document) if document is not None]

    def _nodes(self) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for document in self._documents():
            for node in document.graph.nodes:
                nodes.setdefault(node.name, node)
        return nodes

    def panels(self) -> Pairs:
        """All panels of the window, with their titles."""
        # The number of problems stands behind that panel's title.
        titles = ((name, self.docks[name].windowTitle().partition(" (")[0]) for name in self.docks)
        return list(titles)

    def _targets(self) -> Pairs:
        buttons = [(f"button {name}", f"Button: {name.capitalize()}") for name in BUTTONS]
        nodes = [(f"node {name}", f"Node: {name}") for name in self._nodes()]
        panels = [(f"panel {name}", f"Panel: {title}") for name, title in self.panels()]
        arrays = [
            (f"array {node} {array}", f"Array: {node} {array}")
            for node, names in self._arrays().items()
            for array in names
        ]
        return [*nodes, *arrays, *buttons, *panels]

    def _arrays(self) -> dict[str, list[str]]:
        """The names of the arrays of each node, as far as its network could be planned."""
        arrays: dict[str, list[str]] = {}
        for node, array in self.positions:
            arrays.setdefault(node, []).append(array)
        document = self.workspace.document
        known = {node.name for node in self.start.graph.nodes} if self.start is not None else set()
        others = [node for node in document.graph.nodes if node.name not in known]
        # Nothing is planned where the studio shows what the lesson begins with.
        layout = self.workspace.runner.layout() if others else None
        if layout is not None:
            engine = engine_names(document, ())
            for other in others:
                arrays[other.name] = list(slots_in(layout, engine[other.id]))
        return arrays

    def _positions(self, item: Mapping[str, Any]) -> Pairs:
        """In the array that is named; the weights where none is."""
        named = (str(item.get("node", "")), str(item.get("parameter") or "weight"))
        return list(self.positions.get(named, ()))

    def _options(self, item: Mapping[str, Any]) -> tuple[Option, ...]:
        """Those of the node that is named, or of the kind of a layer."""
        node = self._nodes().get(str(item.get("node", "")))
        return layers[node.kind].options if node is not None and node.kind in layers else ()

    def _settings(self) -> list[Option]:
        settings = self._documents()[0].settings
        loss, optimizer = losses[settings.loss], optimizers[settings.optimizer]
        chosen = [
            Option("loss", settings.loss, "What is made small.", choices=tuple(one.id for one in losses)),
            Option("optimizer", settings.optimizer, "How.", choices=tuple(one.id for one in optimizers)),
            Option("schedule", settings.schedule, "How fast.", choices=tuple(one.id for one in schedules)),
        ]
        schedule = schedules[settings.schedule].options
        return [
            *optimizer.options, EPOCHS, BATCH_SIZE, SEED, *chosen, *loss.options, *schedule, *EXTRAS,
        ]  # fmt: skip

    def _data_options(self) -> list[Option]:
        kind = self._documents()[0].data.kind
        # That of a package which is missing has none that are known.
        options = sources[kind].options if kind in sources else ()
        return [option for option in options if option.name != "path"]

    def _values(self, item: Mapping[str, Any]) -> Pairs:
        """What the option or setting can be that is named beside the value."""
        options: Iterable[Option] = self._settings() if "setting" in item else ()
        if "option" in item:
            options = self._options(item) if "node" in item else self._data_options()
        name = item.get("setting") or item.get("option")
        option = next((one for one in options if one.name == name), None)
        if option is None:
            return []
        is_switch = isinstance(option.default, bool)
        choices = (on_or_off(True), on_or_off(False)) if is_switch else option.choices
        return _as_they_are(choices)


def _as_they_are(names: Iterable[str]) -> Pairs:
    return [(name, name) for name in names]
