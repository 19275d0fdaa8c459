"""How graphs were looked at when others took their place: who comes back to one sees it as it was left."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QPointF
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

from nnstudio.model.graph import Graph


class Sights:
    """Zoom and middle of a view, by the graph that was seen; forgotten with the graph."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Graph, tuple[QTransform, QPointF]] = WeakKeyDictionary()

    def keep(self, graph: Graph, view: QGraphicsView, chosen: bool) -> None:
        """Remember how a graph is seen; not ``chosen`` by a person, it is fitted when it is seen again."""
        self._kept.pop(graph, None)
        if chosen:
            middle = view.mapToScene(view.viewport().rect().center())
            self._kept[graph] = QTransform(view.transform()), middle

    def bring_back(self, graph: Graph, view: QGraphicsView) -> bool:
        """See a graph as it was left; whether there is anything to bring back."""
        if graph not in self._kept:
            return False
        transform, middle = self._kept[graph]
        view.setTransform(transform)
        view.centerOn(middle)
        return True
