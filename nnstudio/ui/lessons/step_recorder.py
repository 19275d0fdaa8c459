"""What a teacher does in the studio, as actions of a lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.data.dataset import sources
from nnstudio.lessons.showing import Showing
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Link, Node
from nnstudio.model.locations import engine_names
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.weights import slots_in
from nnstudio.ui.lessons.judge import LOOK_MS, Docks
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.run.runner import Runner

Item = dict[str, Any]
# A later one of these takes the last one's part where all but this key is the same: typing, dragging.
TYPED = {
    "set weight": "value", "set option": "value", "set setting": "value", "set data": "value",
    "answer": "text",
}  # fmt: skip
# What choosing another one of these brings along by itself.
BROUGHT = {"loss": "loss_options", "optimizer": "optimizer_options", "schedule": "schedule_options"}
ENDED = (Phase.FINISHED, Phase.DIVERGED)


@dataclass(frozen=True)
class Standing:
    """A document at a moment."""

    nodes: dict[str, Node]
    links: tuple[Link, ...]
    settings: TrainingSettings
    data: DataReference


class StepRecorder(QObject):
    """Signals: recorded(item, replaces) of an action, which takes the last one's part where ``replaces`` is
    True; refused(sentence) on what was done and is no action; ended().
    """

    recorded = Signal(object, bool)
    refused = Signal(str)
    ended = Signal()

    def __init__(
        self, workspace: Workspace, runner: Runner, docks: Docks, run_bar: RunBar,
        showing: Callable[[str], Showing | None],
    ) -> None:  # fmt: skip
        """``showing`` is as in `Judge`."""
        super().__init__(workspace)
        self.workspace, self.runner, self.docks, self._showing = workspace, runner, docks, showing
        # What was chosen in views that draw something, as far as it was told.
        self._chosen: dict[str, Showing] = {}
        self.is_on = self._trains = self._waiting = False
        self._before = Standing({}, (), TrainingSettings(), DataReference())
        self._snapshot = Snapshot()
        self._seen: set[str] = set()
        self._last: Item | None = None
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look_at_panels)
        self._timer.timeout.connect(self._look_into_views)
        workspace.history_changed.connect(self._on_edited)
        workspace.shown.connect(self.stop)
        workspace.editor.view.selection_changed.connect(self._on_selected)
        runner.snapshot_changed.connect(self._on_snapshot)
        run_bar.train_requested.connect(self._on_train)
        run_bar.reset_requested.connect(lambda: self._tell({"do": "reset"}))
        run_bar.step_requested.connect(self._on_step)

    def begin(self) -> None:
        """Record from now on."""
        self._before, self._snapshot = _standing(self.workspace.document), self.runner.snapshot
        self._seen, self._last, self._chosen = self._panels(), None, {}
        self._look_into_views()
        self._trains = self._waiting = False
        self.is_on = True
        self._timer.start()

    def stop(self) -> None:
        """Record no more."""
        if self.is_on:
            self.is_on = False
            self._timer.stop()
            self.ended.emit()
            if self._waiting:
                self.refused.emit("A layer that is not connected is no action, and was not recorded.")

    def _tell(self, item: Item) -> None:
        if not self.is_on:
            return
        last, self._last = self._last, item
        typed = TYPED.get(item["do"])
        replaces = last is not None and typed is not None and _but(last, typed) == _but(item, typed)
        self.recorded.emit(item, replaces)

    # The network, its settings and its data

    def _on_edited(self) -> None:
        if not self.is_on:
            return
        before, now = self._before, _standing(self.workspace.document)
        self._before = now
        items = [
            *self._changes_of_nodes(before.nodes, now.nodes),
            *_changes_of_settings(before.settings, now.settings),
            *_changes_of_data(before.data, now.data),
        ]
        for item in items:
            self._tell(item)
        self._waiting = len(now.nodes) < len(self.workspace.document.graph.nodes)
        if self.workspace.editor.path and not items:
            self.refused.emit("What is done inside of a sub-network is no action, and is not recorded.")
        elif before.links != now.links and not items and not self._waiting:
            self.refused.emit("Links that are drawn or cut by hand are no action, and are not recorded.")

    def _changes_of_nodes(self, before: dict[str, Node], now: dict[str, Node]) -> Iterator[Item]:
        graph = self.workspace.document.graph
        for name in before.keys() - now.keys():
            yield {"do": "remove layer", "node": before[name].name}
        for name, node in list(now.items()):
            if name not in before:
                behind = graph.sources(name)
                if len(behind) != 1 or not graph.targets(name):
                    # It is an action once it is connected.
                    del now[name]
                    continue
                item = {"do": "add layer", "kind": node.kind, "behind": graph[behind[0]].name}
                options = _differing(graph.new_node(node.kind, 0, 0).options, node.options)
                yield item | ({"options": options} if options else {})
            else:
                yield from self._changes_of_node(before[name], node)

    def _changes_of_node(self, before: Node, now: Node) -> Iterator[Item]:
        if before.name != now.name:
            self.refused.emit(
                f"“{before.name}” is called “{now.name}” now. No action renames a node, so do that before "
                "you record, and begin the lesson with it."
            )
        for option, value in _differing(before.options, now.options).items():
            yield {"do": "set option", "node": now.name, "option": option, "value": value}

    # Weights, training, and what is looked at

    def note_weight(self, engine: str, array: str, index: int, value: float) -> None:
        """A value was written by hand: of a node as the engine calls it, at a flat index."""
        layout = self.runner.layout()
        if not self.is_on or layout is None:
            return
        document = self.workspace.document
        names = {engine_names(document, ())[node.id]: node.name for node in document.graph.nodes}
        slot = slots_in(layout, engine).get(array)
        if engine not in names or slot is None:
            self.refused.emit("That weight lies inside of a sub-network: no action can set it.")
            return
        at = [int(i) for i in np.unravel_index(index, slot.shape)]
        item = {"do": "set weight", "node": names[engine], "parameter": array, "at": at, "value": value}
        self._tell(item)

    def note_answer(self, text: str) -> None:
        """The question of the step was answered, in a trial."""
        self._tell({"do": "answer", "text": text})

    def _on_train(self) -> None:
        self._trains, self._snapshot = True, self.runner.snapshot

    def _on_step(self) -> None:
        if self.is_on:
            self.refused.emit("A single step of training is no action: press Train instead.")

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if not self.is_on or not self._trains or snapshot.steps == self._snapshot.steps:
            return
        if snapshot.phase in ENDED:
            self._trains = False
            self._tell({"do": "train"})
        elif snapshot.phase == Phase.PAUSED:
            self._trains = False
            self._tell({"do": "train", "epochs": max(snapshot.epoch, 1)})

    def _on_selected(self) -> None:
        chosen, graph = self.workspace.editor.view.canvas.selected_nodes(), self.workspace.document.graph
        # A node that was added just now is selected by itself, perhaps before its action is told.
        if self.is_on and len(chosen) == 1 and chosen[0] in graph and chosen[0] in self._before.nodes:
            self._tell({"do": "select", "node": graph[chosen[0]].name})

    def _panels(self) -> set[str]:
        return {name for name in self.docks if self.docks.is_seen(name)}

    def _look_at_panels(self) -> None:
        now = self._panels()
        for name in sorted(now - self._seen):
            self._tell({"do": "show", "panel": name})
        self._seen |= now

    def _look_into_views(self) -> None:
        """Tell what was chosen in a view since the last look, once it is drawn."""
        for name in self._panels():
            showing = self._showing(name)
            if showing is None or not showing.is_whole:
                continue
            before, self._chosen[name] = self._chosen.get(name), showing
            chosen = _chosen_since(before, showing) if before is not None else {}
            if chosen:
                self._tell({"do": "choose in view", "panel": name, "chosen": chosen})


def _chosen_since(before: Showing, now: Showing) -> dict[str, Any]:
    """What was chosen between two looks, with what came of it."""
    if before.chosen.keys() != now.chosen.keys():
        # Other data has other names, and nobody chose its values.
        return {}
    chosen = _differing(before.chosen, now.chosen)
    if not chosen and before.told != now.told and before.step == now.step:
        # Such as another drawing.
        chosen = dict(now.chosen)
    return {**now.told, **chosen} if chosen else {}


def _standing(document: Document) -> Standing:
    graph = document.graph
    nodes = {node.id: node for node in graph.nodes}
    return Standing(nodes, tuple(graph.links), document.settings, document.data)


def _but(item: Item, key: str) -> Item:
    return {name: value for name, value in item.items() if name != key}


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if name not in before or before[name] != value}


def _changes_of_settings(before: TrainingSettings, now: TrainingSettings) -> Iterator[Item]:
    brought: set[str] = set()
    for field in fields(now):
        old, new = getattr(before, field.name), getattr(now, field.name)
        if old == new or isinstance(new, dict):
            continue
        brought.add(BROUGHT.get(field.name, ""))
        yield {"do": "set setting", "setting": field.name, "value": new}
    for field in fields(now):
        old, new = getattr(before, field.name), getattr(now, field.name)
        if isinstance(new, dict) and field.name not in brought:
            for name, value in _differing(old, new).items():
                yield {"do": "set setting", "setting": name, "value": value}


def _changes_of_data(before: DataReference, now: DataReference) -> Iterator[Item]:
    if before.kind != now.kind:
        options = _differing(sources[now.kind].complete({}), now.options)
        yield {"do": "choose data", "kind": now.kind, **({"options": options} if options else {})}
        return
    for name, value in _differing(before.options, now.options).items():
        yield {"do": "set data", "option": name, "value": value}
