"""Turns requests of the views into commands on the document; the only place of the UI that does."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QGuiApplication

from nnkernels.spec import SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.model import arrange, commands
from nnstudio.model.arrange import GRID, HEIGHT, WIDTH
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Link, LinkError
from nnstudio.model.history import Command
from nnstudio.model.problems import Repair
from nnstudio.ui.canvas.view import CanvasView

# Distance from a node to the one that is added behind it.
GAP = 50.0
# How far pasted nodes lie from what they were copied from.
SHIFT = 30.0


class Editor(QObject):
    """Holds the document that is edited and its canvas. ``refused(sentence)`` for what cannot be."""

    refused = Signal(str)

    def __init__(self, document: Document, view: CanvasView) -> None:
        super().__init__()
        self.document, self.view = document, view
        view.add_requested.connect(self.add)
        view.insert_requested.connect(self.insert)
        view.duplicate_requested.connect(lambda gesture: self.duplicate(0.0, gesture))
        view.renamed.connect(lambda node, name: self.change_node(node, "name", name))
        view.link_requested.connect(self.connect_nodes)
        view.move_requested.connect(self.move)
        view.remove_requested.connect(self.remove)
        view.refused.connect(self.refused)

    def set_document(self, document: Document) -> None:
        """Edit another document."""
        self.document = document
        self.view.set_graph(document.graph)

    def do(self, command: Command) -> bool:
        """Do one step; False and a sentence where it cannot be."""
        try:
            self.document.history.push(command)
        except (LinkError, SpecError) as error:
            self.refused.emit(str(error))
            return False
        return True

    def add(self, kind: str, place: QPointF, source: str = "", link: Link | None = None) -> None:
        """Add a layer at a place, connected from ``source`` where that fits, or put into ``link``."""
        graph = self.document.graph
        x, y = (round(v / GRID) * GRID for v in (place.x(), place.y()))
        node = graph.new_node(kind, x, y)
        step: Command = commands.AddNode(graph, node)
        if link is not None:
            step = commands.InsertBetween(graph, node, link)
        elif source and graph.registry[kind].role != "input":
            step = commands.AddConnected(graph, node, Link(source, node.id))
        if self.do(step):
            self.view.canvas.select([node.id])

    def add_behind_selection(self, kind: str) -> None:
        """Add a layer to the right of the selected node and connect it, or in the middle."""
        graph, chosen = self.document.graph, self.view.canvas.selected_nodes()
        if len(chosen) != 1:
            self.add(kind, self._free_place(self.view.centre() - QPointF(WIDTH / 2, HEIGHT / 2)))
            return
        node = graph[chosen[0]]
        leads_on = graph.registry[node.kind].role != "output"
        place = self._free_place(QPointF(node.x + WIDTH + GAP, node.y))
        self.add(kind, place, node.id if leads_on else "")

    def _free_place(self, place: QPointF) -> QPointF:
        """The place, or the next one below that no node covers."""
        nodes = self.document.graph.nodes
        while any(abs(n.x - place.x()) < WIDTH and abs(n.y - place.y()) < HEIGHT for n in nodes):
            place = place + QPointF(0, HEIGHT + GAP / 2)
        return place

    def connect_nodes(self, link: Link, taken: Link | None) -> None:
        """Draw a link; ``taken`` is the one whose end was moved here."""
        graph = self.document.graph
        steps: list[Command] = [commands.AddLink(graph, link)]
        if taken is not None and taken.target != link.target:
            steps.insert(0, commands.Remove(graph, [], [taken]))
        self.do(steps[0] if len(steps) == 1 else commands.Together(steps[-1].title, steps))

    def insert(self, node: str, link: Link) -> None:
        """Put a node that was dragged onto a link into it; the drag and this are one step."""
        graph, history = self.document.graph, self.document.history
        place = (graph[node].x, graph[node].y)
        history.undo()
        move = commands.MoveNodes(graph, {node: place}, object())
        insert = commands.InsertBetween(graph, graph[node], link)
        self.do(commands.Together(insert.title, [move, insert]))

    def move(self, places: dict[str, tuple[float, float]], gesture: object) -> None:
        """Move nodes; one gesture is one step."""
        self.do(commands.MoveNodes(self.document.graph, places, gesture))

    def arrange(self, keep_selected: bool = False) -> None:
        """Lay the selected nodes out, or all; with ``keep_selected`` all but the selected."""
        chosen, graph = self.view.canvas.selected_nodes(), self.document.graph
        if keep_selected:
            self._place(arrange.arranged(graph, keep=chosen), "Arrange")
        else:
            self._place(arrange.arranged(graph, chosen if len(chosen) > 1 else None), "Arrange")

    def align(self, edge: str) -> None:
        """Put the selected nodes' edges in a line."""
        self._place(arrange.aligned(self.document.graph, self._several(), edge), f"Align {edge}")

    def distribute(self, axis: str) -> None:
        """Put the selected nodes at equal distances."""
        self._place(arrange.distributed(self.document.graph, self._several(), axis), "Distribute")

    def _several(self) -> list[str]:
        chosen = self.view.canvas.selected_nodes()
        if len(chosen) < 2:
            self.refused.emit("Select two nodes or more first: hold Ctrl and click, or drag a frame.")
            return []
        return chosen

    def _place(self, places: dict[str, tuple[float, float]], title: str) -> None:
        graph = self.document.graph
        places = {n: p for n, p in places.items() if p != (graph[n].x, graph[n].y)}
        if places:
            self.do(commands.MoveNodes(graph, places, object(), title))

    def remove(self, nodes: list[str], links: list[Link], bridge: bool = False) -> None:
        """Delete nodes and links; ``bridge`` keeps chains connected."""
        if nodes or links:
            self.do(commands.Remove(self.document.graph, nodes, links, bridge))

    def remove_selected(self, bridge: bool = False) -> None:
        """Delete what is selected."""
        canvas = self.view.canvas
        self.remove(canvas.selected_nodes(), canvas.selected_links(), bridge)

    def change_node(self, node: str, option: str, value: Any) -> None:
        """Set an option of a node, or its name."""
        try:
            command = commands.ChangeNode(self.document.graph, node, option, value)
        except SpecError as error:
            self.refused.emit(str(error))
            return
        if command.after != command.before:
            self.do(command)

    def change_setting(self, name: str, value: Any) -> None:
        """Set one setting of the training."""
        try:
            command = commands.ChangeSettings(self.document, name, value)
        except SpecError as error:
            self.refused.emit(str(error))
            return
        if command.after != command.before:
            self.do(command)

    def choose_data(self, data: DataReference, loaded: Dataset | None) -> None:
        """Use other data; the loss follows where the old one would not fit."""
        if data == self.document.data:
            return
        loss = self.document.settings.loss
        if loaded is not None and not loaded.suits(loss):
            loss = loaded.fitting_loss
        self.do(commands.ChooseData(self.document, data, loss))

    def repair(self, repair: Repair) -> None:
        """Make a change that mends a problem, as one step."""
        try:
            self.do(repair.make(self.document))
        except (SpecError, LinkError, ValueError, KeyError) as error:
            # The network was edited since the repair was offered.
            self.refused.emit(f"This repair no longer fits: {error}")

    def copy(self) -> None:
        """Put the selected nodes on the clipboard, as JSON text."""
        chosen = self.view.canvas.selected_nodes()
        if chosen:
            data = {"nnstudio": "nodes", **self.document.graph.to_dict(chosen)}
            QGuiApplication.clipboard().setText(json.dumps(data, indent=1))

    def cut(self) -> None:
        """Copy, then delete."""
        self.copy()
        self.remove(self.view.canvas.selected_nodes(), [])

    def paste(self) -> None:
        """Add the nodes of the clipboard under new names."""
        try:
            data = json.loads(QGuiApplication.clipboard().text())
            if not isinstance(data, dict) or data.get("nnstudio") != "nodes":
                raise ValueError
            self._insert(data, "Paste")
        except (ValueError, KeyError, TypeError, RecursionError):
            self.refused.emit("The clipboard holds no layers. Copy some nodes first.")

    def duplicate(self, shift: float = SHIFT, gesture: object | None = None) -> None:
        """Copy and paste without the clipboard; moves with the same ``gesture`` belong to this step."""
        chosen = self.view.canvas.selected_nodes()
        if chosen:
            self._insert(self.document.graph.to_dict(chosen), "Duplicate", shift, gesture)

    def _insert(
        self, data: dict[str, Any], title: str, shift: float = SHIFT, gesture: object | None = None
    ) -> None:
        command = commands.Paste(self.document.graph, data, shift, shift, title, gesture)
        if self.do(command):
            self.view.canvas.select([n.id for n in command.nodes])
