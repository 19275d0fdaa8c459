"""Turns requests of the views into commands on the document; the only place of the UI that does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPointF, Signal

from nnkernels.spec import SUBNETWORK, Role, SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.data.own_points import PointChange
from nnstudio.model import annotate, arrange, commands
from nnstudio.model.arrange import GRID, HEIGHT, WIDTH, Axis, Edge, Position
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Graph, Link, LinkError, Note
from nnstudio.model.history import Command, Together
from nnstudio.model.inference import DataFacts
from nnstudio.model.insertion import GAP, free_position, insertion, insertion_on_the_way, link_behind
from nnstudio.model.locations import Path, graph_at, path_to
from nnstudio.model.loose import joining
from nnstudio.model.problems import Repair
from nnstudio.model.regroup import Dissolve, MakeSubnetwork, RemoveSubnetworks, RenameSubnetwork
from nnstudio.model.rejoining import rejoining, told_of_rejoined
from nnstudio.model.templates import framing, free_top, templates
from nnstudio.ui.canvas.catalogue import OF, TEMPLATE
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.editing.clipboard import Clipboard
from nnstudio.ui.editing.in_sight import followed

# Size of a new note.
NOTE_WIDTH, NOTE_HEIGHT = 220.0, 90.0


class Editor(QObject):
    """Holds the document that is edited, its canvas, and which of its graphs is open on it.

    ``refused(sentence)`` for what cannot be; ``opened()`` when another graph is shown.
    """

    refused = Signal(str)
    opened = Signal()

    def __init__(self, document: Document, view: CanvasView) -> None:
        super().__init__(view)
        self.document, self.view = document, view
        self.path: Path = ()
        # What a network must fit, as far as it is known: templates are made for it.
        self.data_facts: DataFacts | None = None
        view.add_requested.connect(self.add)
        view.insert_requested.connect(self.insert)
        self.clipboard = Clipboard(self)
        view.duplicate_requested.connect(lambda gesture: self.clipboard.duplicate(0.0, gesture))
        view.renamed.connect(self.rename)
        view.note_changed.connect(self.change_note)
        view.details_requested.connect(self._look_inside)
        view.link_requested.connect(self.connect_nodes)
        view.move_requested.connect(self.move)
        view.remove_requested.connect(self.remove)
        view.refused.connect(self.refused)

    def set_document(self, document: Document) -> None:
        """Edit another document."""
        self.document = document
        self.go(())

    @property
    def graph(self) -> Graph:
        """The graph on the canvas."""
        return self.view.canvas.graph

    def go(self, path: Path) -> None:
        """Show the graph at a path, or as far along it as there is one."""
        while True:
            try:
                graph = graph_at(self.document, path)
                break
            except KeyError:
                path = path[:-1]
        self.path = path
        if graph is not self.view.canvas.graph:
            self.view.set_graph(graph)
        self.opened.emit()

    def _look_inside(self, node: str) -> None:
        if self.graph[node].kind == SUBNETWORK:
            self.go((*self.path, node))

    def open_selected(self) -> None:
        """Open the selected sub-network."""
        chosen = [n for n in self.view.canvas.selected_nodes() if self.graph[n].kind == SUBNETWORK]
        if len(chosen) == 1:
            self._look_inside(chosen[0])
        else:
            self.refused.emit("Select one sub-network first; Ctrl+G makes one from the selected nodes.")

    def undo(self) -> bool:
        """Take the last step back, where one sees it; False and a sentence where it cannot be now."""
        return self._move(self.document.history.last, self.document.history.undo)

    def redo(self) -> bool:
        """Do again what was taken back, where one sees it; False and a sentence where it cannot be now."""
        return self._move(self.document.history.next, self.document.history.redo)

    def _move(self, command: Command | None, move: Callable[[], None]) -> bool:
        self._go_where(command)
        moved = self._try(move)
        self.go(self.path)
        return moved

    def go_to_step(self, done: int) -> None:
        """Take back or do again until so many steps are done."""
        history = self.document.history
        while history.done > done and self.undo():
            pass
        while history.done < min(done, len(history.commands)) and self.redo():
            pass

    def undo_to(self, command: Command | None) -> None:
        """Take steps back until this one is taken back; nothing where it is not done."""
        history = self.document.history
        if command in history.commands[: history.done]:
            self.go_to_step(history.commands.index(command))

    def _go_where(self, command: Command | None) -> None:
        while isinstance(command, Together):
            command = command.commands[0]
        graph = getattr(command, "graph", None)
        if graph is None or graph is self.graph:
            return
        path = path_to(self.document, graph)
        if path is not None:
            self.go(path)

    def do(self, command: Command) -> bool:
        """Do one step; False and a sentence where it cannot be. What it moves by itself is seen."""
        act = partial(self._try, partial(self.document.history.push, command))
        return act() if command.moves_alone else followed(self.view, act)

    def _try(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except (LinkError, SpecError) as error:
            self.refused.emit(str(error))
            return False
        return True

    def add(self, kind: str, position: QPointF | None, source: str = "", link: Link | None = None) -> None:
        """Add a layer at a position, connected from ``source`` where that fits, or put into ``link``; with
        no position it gets one there.
        """
        graph, at = self.graph, position or QPointF()
        x, y = (round(v / GRID) * GRID for v in (at.x(), at.y()))
        kind, _, which = kind.partition(OF)
        if kind == TEMPLATE:
            self.add_template(which, QPointF(x, y), source)
            return
        node = graph.new_node(kind, x, y)
        if which:
            title = self.document.subnetworks[which].title
            options = {**node.options, "network": which}
            node = replace(node, name=graph.new_name(title), options=options)
        step: Command = commands.AddNode(graph, node)
        if link is not None:
            step = (insertion if position is not None else insertion_on_the_way)(graph, node, link)
        elif source and graph.registry[kind].role != Role.INPUT:
            step = commands.AddConnected(graph, node, Link(source, node.id))
        if self.do(step):
            self.view.canvas.select([node.id])

    def add_template(self, name: str, position: QPointF, source: str = "") -> None:
        """Add a template's nodes in a frame, as one step; its ends come along where there are none yet."""
        graph, template = self.graph, templates[name]
        ends = not any(graph.registry[n.kind].role in (Role.INPUT, Role.OUTPUT) for n in graph.nodes)
        filled = template.graph(self.data_facts, ends, graph.registry)
        frame = next(iter(filled.notes.values()))
        x, y = position.x() - frame.x, free_top(graph, frame, position.x(), position.y()) - frame.y
        paste = commands.Paste(graph, filled.to_dict(), x, y, f"Add {template.title}")
        if not ends:
            paste.links += joining(graph, [n.id for n in paste.nodes], paste.links, source)
        if self.do(paste):
            self.view.canvas.select([n.id for n in paste.nodes])
            self.view.show_box(self.view.canvas.content_rect([paste.notes[0].id]))

    def add_behind_selection(self, kind: str) -> None:
        """Add a layer behind the selected node, in its link where it has just one; or in the middle."""
        graph, chosen = self.graph, self.view.canvas.selected_nodes()
        if len(chosen) != 1:
            middle = self.view.centre() - QPointF(WIDTH / 2, HEIGHT / 2)
            self.add(kind, QPointF(*free_position(graph, middle.x(), middle.y())))
            return
        node, link = graph[chosen[0]], link_behind(graph, chosen[0], kind.partition(OF)[0])
        behind = (node.x + WIDTH + GAP, node.y)
        leads_on = graph.registry[node.kind].role != Role.OUTPUT
        position = None if link is not None else QPointF(*free_position(graph, *behind))
        self.add(kind, position, node.id if leads_on else "", link)

    def connect_nodes(self, link: Link, taken: Link | None) -> None:
        """Draw a link; ``taken`` is the one whose end was moved here."""
        graph = self.graph
        steps: list[Command] = [commands.AddLink(graph, link)]
        if taken is not None and taken.target != link.target:
            steps.insert(0, commands.Remove(graph, [], [taken]))
        self.do(steps[0] if len(steps) == 1 else Together(steps[-1].title, steps))

    def insert(self, node: str, link: Link) -> None:
        """Put a node that was dragged onto a link into it; the drag and this are one step."""
        step = insertion(self.graph, self.graph[node], link)
        followed(self.view, partial(self._try, partial(self.document.history.join, step)))

    def move(self, positions: dict[str, tuple[float, float]], gesture: object) -> None:
        """Move nodes; one gesture is one step."""
        self.do(commands.MoveNodes(self.graph, positions, gesture))

    def arrange(self, keep_selected: bool = False) -> None:
        """Lay the selected nodes out, or all; with ``keep_selected`` all but the selected."""
        chosen, graph = self.view.canvas.selected_nodes(), self.graph
        some = chosen if len(chosen) > 1 and not keep_selected else None
        positions = arrange.arranged(graph, some, chosen if keep_selected else ())
        self._move_to(positions, "Arrange", arrange.refitted(graph, positions))
        # What was in sight may no longer be.
        self.view.fit()

    def align(self, edge: Edge) -> None:
        """Put the selected nodes' edges in a line."""
        self._move_to(arrange.aligned(self.graph, self._several(), edge), f"Align {edge}")

    def distribute(self, axis: Axis) -> None:
        """Put the selected nodes at equal distances."""
        self._move_to(arrange.distributed(self.graph, self._several(), axis), "Distribute")

    def _several(self) -> list[str]:
        chosen = self.view.canvas.selected_nodes()
        if len(chosen) < 2:
            self.refused.emit(
                "Select two or more nodes first: Ctrl+click them, or drag a rectangle around them."
            )
            return []
        return chosen

    def _move_to(self, positions: dict[str, Position], title: str, frames: Sequence[Note] = ()) -> None:
        """Put nodes at positions, and frames around what moved in them, in one step."""
        graph = self.graph
        positions = {n: p for n, p in positions.items() if p != (graph[n].x, graph[n].y)}
        if positions:
            move = commands.MoveNodes(graph, positions, object(), title)
            fit = [annotate.ChangeNote(graph, frame, object()) for frame in frames]
            self.do(Together(move.title, [move, *fit]) if fit else move)

    def remove(self, items: list[str], links: list[Link], bridge: bool = False) -> None:
        """Delete nodes, notes and links; ``bridge`` keeps chains connected."""
        if items or links:
            self.do(commands.Remove(self.graph, items, links, bridge))

    def remove_selected(self, bridge: bool = False) -> None:
        """Delete what is selected. Chains close where that fits, with ``bridge`` wherever links can be."""
        canvas = self.view.canvas
        items, links = canvas.selected_items(), canvas.selected_links()
        closed = () if links or bridge else rejoining(self.document, self.path, items, self.data_facts)
        self.remove(items, links, bridge or bool(closed))
        if closed:
            self.view.told.emit(told_of_rejoined(self.graph, closed))

    def change_node(self, node: str, option: str, value: Any) -> None:
        """Set an option of a node, or its name."""
        document, network = self.document, str(self.graph[node].options.get("network", ""))
        try:
            if option == "name" and network in document.subnetworks and document.uses(network) == 1:
                command: commands.ChangeNode = RenameSubnetwork(document, self.graph, node, value)
            else:
                command = commands.ChangeNode(self.graph, node, option, value)
        except SpecError as error:
            self.refused.emit(str(error))
            return
        if command.after != command.before:
            self.do(command)

    def change_nodes(self, nodes: list[str], option: str, value: Any) -> None:
        """Set an option of several nodes, as one step; those that are gone meanwhile are left out."""
        nodes = [n for n in nodes if n in self.graph]
        if len(nodes) == 1:
            self.change_node(nodes[0], option, value)
            return
        try:
            steps = [commands.ChangeNode(self.graph, n, option, value) for n in nodes]
        except SpecError as error:
            self.refused.emit(str(error))
            return
        steps = [s for s in steps if s.after != s.before]
        if steps:
            self.do(Together(f"Set {option.replace('_', ' ')} of {len(steps)} nodes", steps))

    def change_setting(self, name: str, value: Any) -> None:
        """Set one setting of the training."""
        try:
            command = commands.ChangeSettings(self.document, name, value)
        except SpecError as error:
            self.refused.emit(str(error))
            return
        if command.after != command.before:
            self.do(command)

    def choose_data(self, data: DataReference) -> None:
        """Use other data; the loss follows when it is there, see `fit_loss`."""
        if data != self.document.data:
            self.do(commands.ChooseData(self.document, data))

    def fit_loss(self, data: Dataset) -> None:
        """Let the loss follow loaded data that the chosen one cannot learn; one step with that choice."""
        document = self.document
        if data.suits(document.settings.loss):
            return
        step = commands.ChangeSettings(document, "loss", data.fitting_loss)
        last = document.history.last
        if isinstance(last, commands.ChooseData) and last.after == document.data:
            document.history.join(step, last.title)
        else:
            self.do(step)

    def set_points(self, change: PointChange) -> None:
        """Learn other points that were set by hand."""
        self.choose_data(change.applied(self.document.data))

    def rename(self, item: str, text: str) -> None:
        """Name a node, or write into a note; an empty note goes."""
        if item in self.graph:
            self.change_node(item, "name", text)
        elif not text:
            self.remove([item], [])
        elif text != self.graph.notes[item].text:
            self.change_note(replace(self.graph.notes[item], text=text), object())

    def change_note(self, note: Note, gesture: object) -> None:
        """Write or resize a note; one gesture is one step."""
        title = "Edit note" if note.text != self.graph.notes[note.id].text else "Resize"
        self.do(annotate.ChangeNote(self.graph, note, gesture, title))

    def add_note(self) -> None:
        """Put a note in the middle of the view, to be written."""
        middle = self.view.centre() - QPointF(NOTE_WIDTH / 2, NOTE_HEIGHT / 2)
        position = QPointF(*free_position(self.graph, middle.x(), middle.y()))
        x, y = (round(v / GRID) * GRID for v in (position.x(), position.y()))
        self._add_note(Note(self.graph.new_id("note"), "A note", x, y, NOTE_WIDTH, NOTE_HEIGHT))

    def add_frame(self) -> None:
        """Put a frame around the selected nodes, to be named."""
        chosen = self.view.canvas.selected_nodes()
        if not chosen:
            self.refused.emit("First select the nodes that the frame should hold.")
            return
        self._add_note(framing(self.graph, self.graph.new_id("note"), "Frame", chosen))

    def _add_note(self, note: Note) -> None:
        if self.do(commands.AddNote(self.graph, note)):
            self.view.canvas.select([note.id])
            self.view.rename(note.id)

    def make_subnetwork(self) -> None:
        """Put the selected nodes into a sub-network, and let the person name it."""
        chosen = self.view.canvas.selected_nodes()
        if self._regroup(lambda: MakeSubnetwork(self.document, self.graph, chosen)):
            self.view.rename(self.view.canvas.selected_nodes()[0])

    def dissolve(self) -> None:
        """Put the nodes of the selected sub-network in its place."""
        chosen = [n for n in self.view.canvas.selected_nodes() if self.graph[n].kind == SUBNETWORK]
        if not chosen:
            self.refused.emit("Select a sub-network first.")
        for node in chosen:
            self._regroup(partial(Dissolve, self.document, self.graph, node))

    def forget_unused(self) -> None:
        """Remove the sub-networks that no node stands for."""
        document = self.document
        unused = [name for name in document.subnetworks if not document.uses(name)]
        if unused:
            self.do(RemoveSubnetworks(document, unused))
        else:
            self.refused.emit("Every sub-network of this project is in use.")

    def _regroup(self, make: Callable[[], MakeSubnetwork | Dissolve]) -> bool:
        try:
            step = make()
        except LinkError as error:
            self.refused.emit(str(error))
            return False
        if self.do(step):
            self.view.canvas.select([n.id for n in step.new])
            return True
        return False

    def repair(self, repair: Repair) -> None:
        """Make a change that mends a problem, as one step."""
        try:
            self.do(repair.make(self.document, self.graph))
        except (SpecError, LinkError, ValueError, KeyError) as error:
            # The network was edited since the repair was offered.
            self.refused.emit(f"This repair no longer fits: {error}")
