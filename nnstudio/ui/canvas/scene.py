"""Items for nodes and links, kept in step with a graph by its events."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QTimer
from PySide6.QtWidgets import QGraphicsScene

from nnkernels.spec import show_shape
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.event import Event
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.theme import theme

# How far from a port a link's end still snaps to it.
SNAP = 28.0


class CanvasScene(QGraphicsScene):
    """Follows one graph; `close` lets go of it."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.nodes: dict[str, NodeItem] = {}
        self.links: dict[Link, LinkItem] = {}
        self._listening: list[tuple[Event, Callable[..., None]]] = [
            (graph.node_added, self._on_node_added), (graph.node_removed, self._on_node_removed),
            (graph.node_moved, self._on_node_moved), (graph.node_changed, self._on_node_changed),
            (graph.link_added, self._on_link_added), (graph.link_removed, self._on_link_removed),
        ]  # fmt: skip
        for event, listener in self._listening:
            event.connect(listener)
        # Many nodes can go at once, and are told of once.
        self._deselected = QTimer(self, singleShot=True, interval=0)
        self._deselected.timeout.connect(self.selectionChanged)
        for node in graph.nodes:
            self._on_node_added(node)
        for link in graph.links:
            self._on_link_added(link)
        theme.changed.connect(self.update)

    def close(self) -> None:
        """Stop listening to the graph."""
        for event, listener in self._listening:
            event.disconnect(listener)
        theme.changed.disconnect(self.update)

    def show_facts(self, facts: dict[str, NodeFacts]) -> None:
        """Shapes, parameter counts and faults of the whole network."""
        for name, item in self.nodes.items():
            item.set_facts(facts.get(name, NodeFacts()))
        for link, line in self.links.items():
            shape = facts.get(link.source, NodeFacts()).shape
            line.set_label(show_shape(shape) if shape else "")

    def selected_nodes(self) -> list[str]:
        """Identifiers of the selected nodes, in the graph's order."""
        return [name for name in self.nodes if self.nodes[name].isSelected()]

    def selected_links(self) -> list[Link]:
        """The selected links."""
        return [link for link, item in self.links.items() if item.isSelected()]

    def select(self, nodes: list[str]) -> None:
        """Select exactly these nodes."""
        # One signal for all: whoever listens looks at the whole selection.
        with QSignalBlocker(self):
            self.clearSelection()
            for name in nodes:
                if name in self.nodes:
                    self.nodes[name].setSelected(True)
        self.selectionChanged.emit()

    def node_at(self, place: QPointF) -> NodeItem | None:
        """The topmost node under a place."""
        for item in self.items(place):
            if isinstance(item, NodeItem):
                return item
        return None

    def link_at(self, place: QPointF, reach: float = 5.0) -> Link | None:
        """The link under a place, or near to it."""
        box = QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)
        found = [i for i in self.items(box) if isinstance(i, LinkItem) and i.link is not None]
        return found[0].link if found else None

    def output_near(self, place: QPointF) -> NodeItem | None:
        """The node whose output port is under a place."""
        return self._nearest(
            place, [(i, i.output_place()) for i in self.nodes.values() if i.has_output], 12.0
        )

    def input_near(self, place: QPointF, reach: float = SNAP) -> NodeItem | None:
        """The node whose input port is nearest to a place, within reach."""
        return self._nearest(place, [(i, i.input_place()) for i in self.nodes.values() if i.has_input], reach)

    @staticmethod
    def _nearest(place: QPointF, ports: list[tuple[NodeItem, QPointF]], reach: float) -> NodeItem | None:
        best, distance = None, reach
        for item, port in ports:
            d = ((port.x() - place.x()) ** 2 + (port.y() - place.y()) ** 2) ** 0.5
            if d <= distance:
                best, distance = item, d
        return best

    def content_rect(self) -> QRectF:
        """Where the nodes are."""
        box = QRectF()
        for item in self.nodes.values():
            box = box.united(QRectF(item.node.x, item.node.y, WIDTH, HEIGHT))
        return box

    def _on_node_added(self, node: Node) -> None:
        item = NodeItem(node, self.graph.registry[node.kind])
        self.nodes[node.id] = item
        self.addItem(item)
        self._repaint_hint()

    def _on_node_removed(self, node: Node) -> None:
        item = self.nodes.pop(node.id)
        if item.isSelected():
            self._deselected.start()
        with QSignalBlocker(self):
            self.removeItem(item)
        self._repaint_hint()

    def _repaint_hint(self) -> None:
        """The hint of an empty canvas comes and goes as a whole, not only where items were."""
        if len(self.nodes) <= 1:
            for view in self.views():
                view.viewport().update()

    def _on_node_changed(self, node: Node) -> None:
        self.nodes[node.id].set_node(node)

    def _on_node_moved(self, node: Node) -> None:
        self.nodes[node.id].set_place(node)
        for link in self.graph.links_of([node.id]):
            self._place(link)

    def _on_link_added(self, link: Link) -> None:
        item = LinkItem(link)
        self.links[link] = item
        self.addItem(item)
        self._place(link)

    def _on_link_removed(self, link: Link) -> None:
        self.removeItem(self.links.pop(link))

    def _place(self, link: Link) -> None:
        ends = self.nodes[link.source].output_place(), self.nodes[link.target].input_place()
        self.links[link].set_ends(*ends)
