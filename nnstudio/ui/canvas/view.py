"""The view on the canvas: zoom, pan, gestures, keys. It requests; it never changes the model."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QGraphicsView, QWidget

from nnstudio.model.arrange import GRID, HEIGHT, WIDTH
from nnstudio.model.graph import Graph, Link
from nnstudio.ui.canvas.context import context_menu
from nnstudio.ui.canvas.gestures import CutLinks, DrawLink, Gesture, LinkByKeys, MoveSelection, Pan
from nnstudio.ui.canvas.rename import NameField
from nnstudio.ui.canvas.scene import CanvasScene
from nnstudio.ui.canvas.search import Search
from nnstudio.ui.palette import MIME
from nnstudio.ui.theme import theme

MIN_ZOOM, MAX_ZOOM = 0.1, 4.0
# Room around the nodes, so that a node can be dragged past the edge.
MARGIN = 4000.0
# Height of a node's title.
TITLE = 27.0
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class CanvasView(QGraphicsView):
    """Shows one scene.

    Requests: add_requested(kind, place, source, link to go into or None), link_requested(link, replaced or
    None), move_requested({node: (x, y)}, gesture), insert_requested(node, link),
    duplicate_requested(gesture), remove_requested(nodes, links, keep connected), renamed(node, name),
    details_requested(node), file_dropped(path); refused(sentence) for what cannot be.
    ``told`` is a remark for the status bar; seen_changed() when another part is in
    sight, graph_changed() when another graph is shown.
    """

    add_requested = Signal(str, QPointF, str, object)
    insert_requested = Signal(str, object)
    duplicate_requested = Signal(object)
    renamed = Signal(str, str)
    details_requested = Signal(str)
    told = Signal(str)
    seen_changed = Signal()
    graph_changed = Signal()
    link_requested = Signal(object, object)
    move_requested = Signal(object, object)
    remove_requested = Signal(object, object, bool)
    file_dropped = Signal(str)
    selection_changed = Signal()
    refused = Signal(str)

    def __init__(self, graph: Graph, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = CanvasScene(graph)
        self.setScene(self.canvas)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setDragMode(QGraphicsView.DragMode.RubberBandDrag)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setAcceptDrops(True)
        self.setAccessibleName("Network canvas")
        self.setAccessibleDescription("Space or double-click adds a layer; Tab walks the nodes.")
        self.search = Search(graph.registry, self)
        self.search.chosen.connect(self.add_requested)
        self.window_actions: dict[str, QAction] = {}
        self._gesture: Gesture | None = None
        self._space = self._space_used = False
        self._touched = False
        self.canvas.selectionChanged.connect(self.selection_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_graph(self, graph: Graph) -> None:
        """Show another graph."""
        self.canvas.close()
        old, self.canvas = self.canvas, CanvasScene(graph)
        self.setScene(self.canvas)
        old.deleteLater()
        self.canvas.selectionChanged.connect(self.selection_changed)
        self.graph_changed.emit()
        self.fit()

    def show_node(self, node: str) -> None:
        """Select a node and bring it into sight."""
        if node in self.canvas.nodes:
            self.canvas.select([node])
            self.centerOn(self.canvas.nodes[node])

    def fit(self, only_selected: bool = False) -> None:
        """Show all nodes, or the selected ones; never larger than life."""
        box = self.canvas.content_rect()
        self.setSceneRect(box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        if only_selected and self.canvas.selected_nodes():
            box = QRectF()
            for name in self.canvas.selected_nodes():
                item = self.canvas.nodes[name]
                box = box.united(QRectF(item.node.x, item.node.y, WIDTH, HEIGHT))
        if box.isEmpty():
            self.resetTransform()
            return
        self.fitInView(box.adjusted(-50, -50, 50, 80), Qt.AspectRatioMode.KeepAspectRatio)
        if self.zoom > 1.0:
            self.set_zoom(1.0)
            self.centerOn(box.center())

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def set_zoom(self, zoom: float) -> None:
        """Zoom to a scale, within bounds."""
        zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        self.scale(zoom / self.zoom, zoom / self.zoom)

    def open_search(self, place: QPointF, source: str = "", link: Link | None = None) -> None:
        """Ask for a layer to put at a place of the scene, connected from ``source`` or put into ``link``."""
        self.search.open_at(self.viewport().mapToGlobal(self.mapFromScene(place)), place, source, link)

    def rename(self, node: str) -> None:
        """Edit a node's name where it stands."""
        self.show_node(node)
        NameField(self, node)

    def announce(self, text: str) -> None:
        """Say what a gesture by keys is about to do, in the status bar and to screen readers."""
        self.setAccessibleDescription(text)
        self.told.emit(text)

    def centre(self) -> QPointF:
        """The scene's place at the middle of the view."""
        return self.mapToScene(self.viewport().rect().center())

    # Painting

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.fillRect(rect, QColor(theme.colours.canvas))
        step = GRID * 2
        while step * self.zoom < 14:
            step *= 2
        painter.setPen(QPen(QColor(theme.colours.grid), 2 / self.zoom))
        left, top = int(rect.left() // step), int(rect.top() // step)
        points = [
            QPointF(x * step, y * step)
            for x in range(left, int(rect.right() // step) + 1)
            for y in range(top, int(rect.bottom() // step) + 1)
        ]
        painter.drawPoints(points)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if self.canvas.nodes:
            return
        painter.resetTransform()
        painter.setPen(QColor(theme.colours.muted))
        text = "Drag a layer here, or double-click and type its name"
        painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, text)

    def _on_theme_changed(self) -> None:
        self.setBackgroundBrush(QColor(theme.colours.canvas))
        self.canvas.update()
        self.viewport().update()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        screen = event.position().toPoint()
        place = self.mapToScene(screen)
        self._touched = True
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._space_used = True
            self._gesture = Pan(self, screen)
            return
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.button() == Qt.MouseButton.RightButton and control:
            self._gesture = CutLinks(self, place)
            return
        if left and not control:
            source = self.canvas.output_near(place)
            if source is not None:
                self._gesture = DrawLink(self, source)
                return
            self._gesture = self._pick_up_link(place)
            if self._gesture is not None:
                return
        super().mousePressEvent(event)
        node = self.canvas.node_at(place)
        if left and node is not None and node.isSelected():
            if event.modifiers() & Qt.KeyboardModifier.AltModifier:
                # The copies, which are now selected, lie where the originals do, and move away.
                gesture = object()
                self.duplicate_requested.emit(gesture)
                self._gesture = MoveSelection(self, place, gesture)
                return
            self._gesture = MoveSelection(self, place)

    def _pick_up_link(self, place: QPointF) -> Gesture | None:
        """Pressing on an occupied input takes its link's end in hand."""
        target = self.canvas.input_near(place, 10.0)
        if target is None:
            return None
        ending = [link for link in self.canvas.links if link.target == target.node.id]
        if not ending:
            return None
        return DrawLink(self, self.canvas.nodes[ending[-1].source], ending[-1])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        screen = event.position().toPoint()
        if self._gesture is not None:
            self._gesture.move(self.mapToScene(screen), screen)
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            screen = event.position().toPoint()
            gesture.finish(self.mapToScene(screen), screen)
            if isinstance(gesture, MoveSelection):
                super().mouseReleaseEvent(event)
            return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self.mapToScene(event.position().toPoint())
        node = self.canvas.node_at(place)
        if node is not None and place.y() < node.node.y + TITLE:
            self.rename(node.node.id)
        elif node is not None:
            self.details_requested.emit(node.node.id)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.open_search(place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._touched = True
        if event.pixelDelta().isNull() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self.zoom * 1.0015 ** event.angleDelta().y())
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        if not self._touched:
            self.fit()
        self.seen_changed.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.seen_changed.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._gesture is not None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return
        menu = context_menu(self, event.pos())
        menu.exec(event.globalPos())
        menu.deleteLater()

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME) or event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if event.mimeData().hasUrls():
            self.file_dropped.emit(event.mimeData().urls()[0].toLocalFile())
            return
        kind = bytes(event.mimeData().data(MIME).data()).decode()
        centre = self.mapToScene(event.position().toPoint())
        into = self.canvas.link_at(centre, HEIGHT / 2) if self.canvas.node_at(centre) is None else None
        if self.canvas.graph.registry[kind].role != "layer":
            into = None
        self.add_requested.emit(kind, centre - QPointF(WIDTH / 2, HEIGHT / 2), "", into)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, chosen = Qt.Key(event.key()), self.canvas.selected_nodes()
        if isinstance(self._gesture, LinkByKeys) and key != Qt.Key.Key_Escape:
            self._link_key(self._gesture, key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and len(chosen) == 1 and not event.modifiers():
            source = self.canvas.nodes[chosen[0]]
            if source.has_output:
                self._gesture = LinkByKeys(self, source)
        elif key == Qt.Key.Key_F2 and len(chosen) == 1:
            self.rename(chosen[0])
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space, self._space_used = True, False
        elif key == Qt.Key.Key_Escape and self._gesture is not None:
            gesture, self._gesture = self._gesture, None
            gesture.cancel()
        elif key == Qt.Key.Key_Escape:
            self.canvas.clearSelection()
        elif key in ARROWS and chosen:
            self._nudge(chosen, *ARROWS[key])
        elif key == Qt.Key.Key_F and not event.modifiers():
            self.fit(only_selected=True)
        elif key == Qt.Key.Key_Home:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _link_key(self, gesture: LinkByKeys, key: Qt.Key) -> None:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._gesture = None
            gesture.connect()
        elif key in ARROWS:
            gesture.step(sum(ARROWS[key]))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            if not self._space_used:
                self.open_search(self.centre())
            return
        super().keyReleaseEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab walks the nodes; past the last one the focus leaves."""
        names = list(self.canvas.nodes)
        chosen = self.canvas.selected_nodes()
        at = names.index(chosen[-1]) if chosen else (-1 if forward else len(names))
        step = at + (1 if forward else -1)
        if not 0 <= step < len(names):
            self.canvas.clearSelection()
            return super().focusNextPrevChild(forward)
        self.canvas.select([names[step]])
        item = self.canvas.nodes[names[step]]
        self.ensureVisible(item)
        self.announce(f"{item.node.name}, {item.layer.title}. {item.facts.error}".strip())
        return True

    def _nudge(self, nodes: list[str], dx: int, dy: int) -> None:
        graph = self.canvas.graph
        places = {n: (graph[n].x + dx * GRID, graph[n].y + dy * GRID) for n in nodes}
        self.move_requested.emit(places, object())
