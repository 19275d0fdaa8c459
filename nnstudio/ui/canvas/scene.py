"""Items for nodes and links, kept in step with a graph by its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QTimer
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from nnkernels.spec import show_shape
from nnstudio.model.arrange import GRID, HEIGHT, WIDTH
from nnstudio.model.event import Event
from nnstudio.model.graph import Graph, Link, Node, Note
from nnstudio.model.inference import NodeFacts
from nnstudio.model.problems import Problem
from nnstudio.ui.canvas.dot_item import DOT, DotItem
from nnstudio.ui.canvas.link_item import COUNTING, RAMP, LinkItem
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.canvas.note_item import NoteItem
from nnstudio.ui.widgets.theme import theme

# How far from a port a link's end still snaps to it.
SNAP = 28.0
# How near to a link the middle of a node must be that goes into it.
INTO = 33.0
# A link longer than this looks for a lane that is free of nodes, within so many steps of
# the grid; some time after the last edit all do so anew, for a part of a frame each turn. Very long ones
# cross nodes anyway.
LONG, FAR, ABOVE, BELOW, LANES = 240.0, 2400.0, 12.0, 10.0, 24
SETTLE_MS, TIDY_SECONDS = 120, 0.004


class CanvasScene(QGraphicsScene):
    """Follows one graph; `close` lets go of it. While it is ``held`` by a gesture, nothing tidies itself."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.nodes: dict[str, NodeItem] = {}
        self.links: dict[Link, LinkItem] = {}
        self._longest: str | None = None
        self.notes: dict[str, NoteItem] = {}
        self.held = False
        self._listening: list[tuple[Event, Callable[..., None]]] = [
            (graph.node_added, self._on_node_added), (graph.node_removed, self._on_node_removed),
            (graph.node_moved, self._on_node_moved), (graph.node_changed, self._on_node_changed),
            (graph.link_added, self._on_link_added), (graph.link_removed, self._on_link_removed),
            (graph.note_added, self._on_note_added), (graph.note_removed, self._on_note_removed),
            (graph.note_changed, self._on_note_changed),
        ]  # fmt: skip
        for event, listener in self._listening:
            event.connect(listener)
        # Many nodes can go at once, and are told of once.
        self._deselected = QTimer(self, singleShot=True, interval=0)
        self._deselected.timeout.connect(self.selectionChanged)
        self._settle = QTimer(self, singleShot=True)
        self._untidy: list[Link] = []
        self._lanes: dict[Link, float | None] = {}
        self._settle.timeout.connect(self._tidy)
        for note in graph.notes.values():
            self._on_note_added(note)
        for node in graph.nodes:
            self._on_node_added(node)
        for link in graph.links:
            self._on_link_added(link)
        theme.changed.connect(self._paint_anew)

    def close(self) -> None:
        """Stop listening to the graph."""
        for event, listener in self._listening:
            event.disconnect(listener)
        theme.changed.disconnect(self._paint_anew)

    def _paint_anew(self) -> None:
        # Each by itself: an update of the scene leaves what items keep of their own pictures. Letters may
        # have another size.
        for node in self.nodes.values():
            node.set_letters()
        for link in self.links.values():
            link.set_letters()
        for note in self.notes.values():
            note.update()

    def show_facts(self, facts: Mapping[str, NodeFacts]) -> None:
        """Shapes, parameter counts and faults of the whole network."""
        for name, item in self.nodes.items():
            item.starved = item.has_input and not self.graph.sources(name)
            item.set_facts(facts.get(name, NodeFacts()))
        for link, line in self.links.items():
            shape = facts.get(link.source, NodeFacts()).shape
            line.set_label(show_shape(shape) if shape else "")

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """What is wrong with which node."""
        of: dict[str, list[Problem]] = {}
        for problem in problems:
            of.setdefault(problem.node, []).append(problem)
        for name, item in self.nodes.items():
            item.set_problems(of.get(name, []))

    def selected_nodes(self) -> list[str]:
        """Identifiers of the selected nodes, in the graph's order."""
        return [name for name in self.nodes if self.nodes[name].isSelected()]

    def selected_items(self) -> list[str]:
        """Identifiers of the selected nodes and notes, nodes first."""
        return self.selected_nodes() + [name for name, item in self.notes.items() if item.isSelected()]

    def with_contents(self, items: list[str]) -> list[str]:
        """These items, and what lies in the frames among them."""
        frames = [self.notes[n].note for n in items if n in self.notes]
        together = dict.fromkeys(items)
        for frame in frames:
            inside = [n for n, i in self.nodes.items() if frame.holds(i.node.x, i.node.y, WIDTH, HEIGHT)]
            also = [m.note for m in self.notes.values()]
            inside += [m.id for m in also if m.id != frame.id and frame.holds(m.x, m.y, m.width, m.height)]
            together.update(dict.fromkeys(inside))
        return list(together)

    def middle_of(self, link: Link) -> QPointF:
        """Half-way along a link."""
        return self.links[link].path().pointAtPercent(0.5)

    def selected_links(self) -> list[Link]:
        """The selected links."""
        return [link for link, item in self.links.items() if item.isSelected()]

    def select(self, items: list[str]) -> None:
        """Select exactly these nodes and notes."""
        # One signal for all: whoever listens looks at the whole selection.
        with QSignalBlocker(self):
            self.clearSelection()
            for name in items:
                item = self.nodes.get(name) or self.notes.get(name)
                if item is not None:
                    item.setSelected(True)
        self.selectionChanged.emit()

    def node_at(self, position: QPointF) -> NodeItem | None:
        """The topmost node under a position."""
        for item in self.items(position):
            if isinstance(item, NodeItem):
                return item
        return None

    def note_at(self, position: QPointF) -> NoteItem | None:
        """The topmost note under a position, if no node covers it."""
        items = [i for i in self.items(position) if isinstance(i, NodeItem | NoteItem)]
        return items[0] if items and isinstance(items[0], NoteItem) else None

    def link_at(self, position: QPointF, reach: float = 5.0) -> Link | None:
        """The link under a position, or near to it."""
        box = QRectF(position.x() - reach, position.y() - reach, 2 * reach, 2 * reach)
        lines = [i for i in self.items(box) if isinstance(i, LinkItem) and i.link is not None]
        return lines[0].link if lines else None

    def link_below(self, middle: QPointF) -> Link | None:
        """The link that a node goes into whose middle is there."""
        return self.link_at(middle, INTO)

    def output_near(self, position: QPointF) -> NodeItem | None:
        """The node whose output port is under a position."""
        ports = [(i, i.output_position()) for i in self.nodes.values() if i.has_output]
        return self._pressed(self._nearest(position, ports, 12.0), "output_position", position)

    def input_pressed(self, position: QPointF) -> NodeItem | None:
        """The node whose input port is under a position."""
        return self._pressed(self.input_near(position, 10.0), "input_position", position)

    @staticmethod
    def _pressed(item: NodeItem | None, port: str, position: QPointF) -> NodeItem | None:
        """None where the position is nearer to the middle of a small node: that moves it."""
        if item is None or (getattr(item, port)() - position).manhattanLength() > item.port_reach:
            return None
        return item

    def input_near(self, position: QPointF, reach: float = SNAP) -> NodeItem | None:
        """The node whose input port is nearest to a position, within reach."""
        return self._nearest(
            position, [(i, i.input_position()) for i in self.nodes.values() if i.has_input], reach
        )

    @staticmethod
    def _nearest(position: QPointF, ports: list[tuple[NodeItem, QPointF]], reach: float) -> NodeItem | None:
        best, distance = None, reach
        for item, port in ports:
            d = ((port.x() - position.x()) ** 2 + (port.y() - position.y()) ** 2) ** 0.5
            if d <= distance:
                best, distance = item, d
        return best

    @property
    def longest_name(self) -> str:
        """Of all nodes: by its letters those of the others are sized, seen from afar."""
        if self._longest is None:
            self._longest = max((item.node.name for item in self.nodes.values()), key=len, default="")
        return self._longest

    def content_rect(self, items: list[str] | None = None) -> QRectF:
        """Where the nodes and notes are, or some of them."""
        box = QRectF()
        for name, item in self.nodes.items():
            if items is None or name in items:
                box = box.united(QRectF(item.node.x, item.node.y, WIDTH, HEIGHT))
        for name, note in self.notes.items():
            if items is None or name in items:
                box = box.united(note.mapRectToScene(note.box()))
        return box

    def _on_node_added(self, node: Node) -> None:
        layer = self.graph.registry[node.kind]
        item = DotItem(node, layer) if node.kind == DOT else NodeItem(node, layer)
        self.nodes[node.id] = item
        self._longest = None
        self.addItem(item)
        self._repaint_hint()

    def _on_node_removed(self, node: Node) -> None:
        self._longest = None
        self._take_away(self.nodes.pop(node.id))

    def _take_away(self, item: QGraphicsItem) -> None:
        if item.isSelected():
            self._deselected.start()
        with QSignalBlocker(self):
            self.removeItem(item)
        self._repaint_hint()

    def _on_note_added(self, note: Note) -> None:
        item = NoteItem(note)
        self.notes[note.id] = item
        self.addItem(item)
        self._repaint_hint()

    def _on_note_removed(self, note: Note) -> None:
        self._take_away(self.notes.pop(note.id))

    def _on_note_changed(self, note: Note) -> None:
        self.notes[note.id].set_note(note)

    def _repaint_hint(self) -> None:
        """The hint of an empty canvas comes and goes as a whole, not only where items were."""
        if len(self.nodes) + len(self.notes) <= 1:
            for view in self.views():
                view.viewport().update()

    def _on_node_changed(self, node: Node) -> None:
        self._longest = None
        self.nodes[node.id].set_node(node)

    def _on_node_moved(self, node: Node) -> None:
        self.nodes[node.id].set_position(node)
        for link in self.graph.links_of([node.id]):
            self._route(link)
        self._lanes = {}
        self._settle.start(SETTLE_MS)

    def _on_link_added(self, link: Link) -> None:
        item = LinkItem(link)
        item.is_count = self.nodes[link.target].node.kind in COUNTING
        self.links[link] = item
        self.addItem(item)
        self._route(link)

    def _on_link_removed(self, link: Link) -> None:
        self.removeItem(self.links.pop(link))

    def _ends(self, link: Link) -> tuple[QPointF, QPointF]:
        return self.nodes[link.source].output_position(), self.nodes[link.target].input_position()

    def _route(self, link: Link) -> None:
        """Draw a link in the lane that it has; another one is looked for later."""
        item, (start, end) = self.links[link], self._ends(link)
        item.set_ends(start, end, item.lane if LONG < end.x() - start.x() < FAR else None)
        self._settle.start(SETTLE_MS)

    def _lane(self, start: QPointF, end: QPointF) -> float | None:
        """A height at which a long link passes no nodes, or None where it needs none."""
        if not LONG < end.x() - start.x() < FAR:
            return None
        if start.y() == end.y() and self._is_free(start, end, start.y()):
            return None
        middle = (start.y() + end.y()) / 2
        steps = [sign * k * GRID for k in range(LANES) for sign in (1, -1)]
        heights = sorted({end.y(), start.y(), *(middle + s for s in steps)},
                         key=lambda y: abs(y - start.y()) + abs(y - end.y()))  # fmt: skip
        return next((y for y in heights if self._is_free(start, end, y)), None)

    def _is_free(self, start: QPointF, end: QPointF, y: float) -> bool:
        strip = QRectF(start.x() + RAMP / 2, y - ABOVE, end.x() - start.x() - RAMP, ABOVE + BELOW)
        return not any(isinstance(i, NodeItem) and not isinstance(i, DotItem) for i in self.items(strip))

    def _tidy(self) -> None:
        """Look for lanes, for a part of a frame each turn, and draw those that changed at once."""
        if self.held:
            self._settle.start(SETTLE_MS)
            return
        if not self._lanes:
            self._untidy = list(self.links)
        until = time.monotonic() + TIDY_SECONDS
        while self._untidy and time.monotonic() < until:
            link = self._untidy.pop()
            self._lanes[link] = self._lane(*self._ends(link)) if link in self.links else None
        if self._untidy:
            self._settle.start(0)
            return
        for link, lane in self._lanes.items():
            if link in self.links and lane != self.links[link].lane:
                self.links[link].set_ends(*self._ends(link), lane)
        for line in self.links.values():
            line.settle()
        self._lanes = {}
