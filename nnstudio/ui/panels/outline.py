"""The network as a tree of words: nodes with their links below them, for eyes and for screen readers.

It names every node and link, follows the canvas's selection and leads it.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem

from nnstudio.model.graph import Graph, Node
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.canvas.describe import describe
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.layer_pictures import ICON, picture
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import theme

NODE = int(Qt.ItemDataRole.UserRole)


class Outline(QTreeWidget):
    """Requests: selected(nodes) for what was chosen here, opened(node) on Enter or double-click."""

    selected = Signal(object)
    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setIconSize(ICON)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAccessibleName("Outline of the network")
        FadingEdges(self, "base")
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._shown: object = None
        self.itemSelectionChanged.connect(self._on_selected)
        self.itemActivated.connect(self._on_activated)
        theme.changed.connect(self._forget)

    def show_graph(self, graph: Graph, facts: Mapping[str, NodeFacts]) -> None:
        """List the nodes in the order in which a signal passes them, as far as there is one."""
        state = (graph.nodes, graph.links, dict(facts))
        if state == self._shown:
            return
        self._shown = state
        open_rows = {n for n, row in self._rows.items() if row.isExpanded()}
        chosen = self._chosen()
        with QSignalBlocker(self):
            self.clear()
            self._rows = {}
            for node in graph.nodes:
                row = self._row(node, graph, facts.get(node.id, NodeFacts()))
                row.setExpanded(node.id in open_rows)
        self.show_selection(chosen)

    def _row(self, node: Node, graph: Graph, facts: NodeFacts) -> QTreeWidgetItem:
        layer = graph.registry[node.kind]
        row = QTreeWidgetItem(self, [node.name])
        row.setIcon(0, picture(node.kind, layer.category))
        row.setData(0, NODE, node.id)
        sources, targets = graph.sources(node.id), graph.targets(node.id)
        words = describe(node, layer.title, facts)
        row.setToolTip(0, plain_tip(words))
        row.setData(0, int(Qt.ItemDataRole.AccessibleTextRole), words)
        ends = [("input from", s) for s in sources] + [("output to", t) for t in targets]
        for word, other in ends:
            leaf = QTreeWidgetItem(row, [f"{word} {graph[other].name}"])
            leaf.setData(0, NODE, other)
        if not ends:
            leaf = QTreeWidgetItem(row, ["not connected"])
            leaf.setData(0, NODE, node.id)
        self._rows[node.id] = row
        return row

    def show_selection(self, nodes: list[str]) -> None:
        """Follow the canvas."""
        with QSignalBlocker(self):
            self.clearSelection()
            for name in nodes:
                if name in self._rows:
                    self._rows[name].setSelected(True)
            if len(nodes) == 1 and nodes[0] in self._rows:
                # While Ctrl is held down, Qt would take it out of the selection again.
                self.setCurrentItem(self._rows[nodes[0]], 0, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _chosen(self) -> list[str]:
        return [str(i.data(0, NODE)) for i in self.selectedItems()]

    def _on_selected(self) -> None:
        self.selected.emit(self._chosen())

    def _on_activated(self, item: QTreeWidgetItem, _column: int) -> None:
        self.opened.emit(str(item.data(0, NODE)))

    def _forget(self) -> None:
        self._shown = None
