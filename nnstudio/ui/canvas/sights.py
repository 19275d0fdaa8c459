"""How graphs were looked at when others took their place: who comes back to one sees it as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

from nnstudio.model.graph import Graph
from nnstudio.ui.widgets.theme import theme

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

# Pixels around what was brought into sight.
AROUND = 30
# A view that is wider than so many pixels shows a small network larger than life, so many times at the most.
ROOMY, LARGEST_FIT = 1400, 1.45
# Room of the scene around what is fitted: left, top, right, bottom. At the sides, links turn to another row.
ROOM = (-36, -50, 36, 80)
# Pixels of height that a bar below the canvas takes at the most, at the usual size of the text.
STRIP = 44


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


def fit_below(view: CanvasView, box: QRectF, covered: int) -> None:
    """Bring a box into sight, not much larger than life; below so many pixels at the top, if it would else
    be under them.
    """
    width, height = view.viewport().width(), view.viewport().height()
    largest = min(max(width / ROOMY, 1.0), LARGEST_FIT)
    around = box.adjusted(*ROOM)
    for above in (0, min(covered, height // 2)):
        scale = min(width / around.width(), (height - above) / around.height(), largest)
        view.fitInView(around.adjusted(0, -above / scale, 0, 0), Qt.AspectRatioMode.KeepAspectRatio)
        if view.zoom > largest:
            view.set_zoom(largest)
            view.centerOn(box.adjusted(0, -above / largest, 0, 0).center())
        if view.mapFromScene(box.topLeft()).y() >= covered:
            return


def uncover(view: CanvasView, box: QRectF, covered: int, is_chosen: bool) -> None:
    """Something lies over so many pixels at the top: bring a box below it that was in sight. What a person
    chose to see moves only while the pointer is elsewhere, and only as far as all of it stays in sight.
    """
    top, bottom = (view.mapFromScene(corner).y() for corner in (box.topLeft(), box.bottomRight()))
    if box.isEmpty() or not 0 <= top < covered:
        return
    if not is_chosen:
        view.fit()
    elif bottom + covered - top <= view.viewport().height() and not view.underMouse():
        bar = view.verticalScrollBar()
        bar.setValue(bar.value() - (covered - top))


def is_strip(view: CanvasView, fitted: QSize, box: QRectF) -> bool:
    """Whether a view only lost or got a strip at its foot since it was ``fitted``, and a box is in sight:
    a bar that comes there moves nothing.
    """
    size = view.viewport().size()
    if size.width() != fitted.width() or abs(size.height() - fitted.height()) > STRIP * theme.text_scale:
        return False
    return view.mapToScene(view.viewport().rect()).boundingRect().contains(box)
