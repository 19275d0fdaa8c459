"""How graphs were looked at when others took their place: who comes back to one sees it as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

from nnstudio.model.graph import Graph

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

# Pixels around what was brought into sight.
AROUND = 30


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


def reveal(view: CanvasView, box: QRectF, is_chosen: bool) -> None:
    """Bring a part of the scene into sight, at the same size where it has room; ``is_chosen``: a person chose
    what is in sight, else that is all of the network.
    """
    if box.isEmpty() or view.mapToScene(view.viewport().rect()).boundingRect().contains(box):
        return
    if not is_chosen:
        view.fit()
        return
    room, needed = view.viewport().size(), box.size() * view.zoom + QSizeF(2 * AROUND, 2 * AROUND)
    if needed.width() < room.width() and needed.height() < room.height():
        view.setSceneRect(view.sceneRect().united(box))
        view.ensureVisible(box, AROUND, AROUND)
    else:
        view.show_box(box)
