"""The view on the canvas: zoom, pan, gestures, keys. It requests; it never changes the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAction,
    QColor,
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QGraphicsView, QWidget

from nnkernels.spec import Role
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.graph import Graph, Link
from nnstudio.model.problems import Problem, Repair
from nnstudio.ui.canvas.context import context_menu, press_mark
from nnstudio.ui.canvas.dot_item import DOT
from nnstudio.ui.canvas.gestures import CutLinks, DrawLink, Gesture, MoveSelection, Pan, ResizeNote, picked_up
from nnstudio.ui.canvas.keys import Keys
from nnstudio.ui.canvas.layer_mime import MIME
from nnstudio.ui.canvas.painting import draw_grid
from nnstudio.ui.canvas.rename import end_writing, write_on
from nnstudio.ui.canvas.scene import CanvasScene
from nnstudio.ui.canvas.scrolling import beside_cover
from nnstudio.ui.canvas.search import Search
from nnstudio.ui.canvas.sights import Sights, fit_below, is_strip, reveal, uncover
from nnstudio.ui.canvas.weight_gesture import press_inside
from nnstudio.ui.widgets.theme import theme

MIN_ZOOM, MAX_ZOOM = 0.1, 4.0
# Room around the nodes, so that a node can be dragged past the edge.
MARGIN = 4000.0
# Two fingers that part on a trackpad.
ZOOM = Qt.NativeGestureType.ZoomNativeGesture
# Height of a node's title.
TITLE = 24.0


class CanvasView(QGraphicsView):
    """Shows one scene.

    Requests: add_requested(kind, place, source, link to go into or None), link_requested(link, replaced or
    None), move_requested({item: (x, y)}, gesture), insert_requested(node, link),
    duplicate_requested(gesture), remove_requested(items, links, keep connected), renamed(node or note, text),
    note_changed(note, gesture), details_requested(node), weights_requested() of the selected one,
    pick_requested(place on the screen) of a number of it, file_awaited() while one is dragged,
    file_dropped(path); refused(sentence) for what cannot be; weight_dragged(node, array, flat index, value)
    to write one, and weight_moved(the same) on the way, None where that is given up;
    repair_requested(Repair), pill_pressed(node, its number). ``told`` is a remark for the status bar;
    seen_changed() when another part is in sight, graph_changed() when another graph is shown.
    """

    add_requested = Signal(str, QPointF, str, object)
    insert_requested = Signal(str, object)
    duplicate_requested = Signal(object)
    renamed = Signal(str, str)
    details_requested = Signal(str)
    weights_requested = Signal()
    pick_requested = Signal(QPoint)
    told = Signal(str)
    seen_changed = Signal()
    graph_changed = Signal()
    link_requested = Signal(object, object)
    move_requested = Signal(object, object)
    remove_requested = Signal(object, object, bool)
    file_awaited, file_dropped = Signal(), Signal(str)
    note_changed = Signal(object, object)
    weight_dragged = Signal(str, str, int, float)
    weight_moved = Signal(str, str, int, object)
    repair_requested, pill_pressed = Signal(object), Signal(str, int)
    selection_changed = Signal()
    refused = Signal(str)

    def __init__(self, graph: Graph, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Its parent: a scene that only Python knows may be collected, and its timers stopped, on any thread.
        self.canvas = CanvasScene(graph)
        self.canvas.setParent(self)
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
        self.setAccessibleDescription("Tab goes from node to node; Help > Keys lists all other keys.")
        self.search = Search(self)
        self.search.chosen.connect(self.add_requested)
        self.window_actions: dict[str, QAction] = {}
        # What would mend a problem; looked for on demand.
        self.repairs_of: Callable[[Problem], Sequence[Repair]] = lambda _problem: ()
        self._gesture: Gesture | None = None
        self.keys = Keys(self)
        # Whether a person chose what is in sight; else all of the network stays in sight.
        self._touched, self._covered, self._fitted, self._sights = False, 0, QSize(), Sights()
        self.canvas.selectionChanged.connect(self.selection_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def gesture(self) -> Gesture | None:
        """What the mouse or the keys are in the middle of."""
        return self._gesture

    @gesture.setter
    def gesture(self, gesture: Gesture | None) -> None:
        self._gesture = gesture
        self.canvas.held = gesture is not None

    def set_graph(self, graph: Graph) -> None:
        """Show another graph."""
        self._sights.keep(self.canvas.graph, self, self._touched)
        self.canvas.close()
        old, self.canvas = self.canvas, CanvasScene(graph)
        self.canvas.setParent(self)
        self.setScene(self.canvas)
        old.deleteLater()
        self.canvas.selectionChanged.connect(self.selection_changed)
        self.graph_changed.emit()
        self.fit()
        self._touched = self._sights.bring_back(graph, self)

    def show_node(self, node: str) -> None:
        """Select a node and bring it into sight."""
        if node in self.canvas.nodes:
            self.canvas.select([node])
            self.centerOn(self.canvas.nodes[node])

    def canvas_select(self, items: list[str]) -> None:
        """Select nodes and notes, and bring the last one into sight."""
        self.canvas.select(items)
        if items and items[-1] in self.canvas.nodes:
            self.ensureVisible(self.canvas.nodes[items[-1]])

    def fit(self, only_selected: bool = False) -> None:
        """Show all nodes, also when the view is resized, or the selected ones; not much larger than life, and
        only on a very large screen.
        """
        self._touched = only_selected
        box = self.canvas.content_rect()
        self.setSceneRect(box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        if only_selected and self.canvas.selected_items():
            box = self.canvas.content_rect(self.canvas.selected_items())
        if box.isEmpty():
            self.resetTransform()
            return
        fit_below(self, box, self._covered)
        self._fitted = self.viewport().size()

    def keep_clear(self, covered: int) -> None:
        """Something lies over so many pixels at the top: no node stays below it, unless a person is at it."""
        self._covered = covered
        uncover(self, self.canvas.content_rect(), covered, self._touched)

    def show_box(self, box: QRectF) -> None:
        """Bring a part of the scene into sight, smaller if it must be."""
        self.setSceneRect(self.sceneRect().united(box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)))
        if not self.mapToScene(self.viewport().rect()).boundingRect().contains(box):
            self.fitInView(box.adjusted(-30, -30, 30, 30), Qt.AspectRatioMode.KeepAspectRatio)
            self.set_zoom(min(self.zoom, 1.0))
            # Zooming holds what is under the mouse, wherever that is.
            self.centerOn(box.center())

    def reveal(self, items: list[str]) -> None:
        """Bring nodes and notes into sight, at the same size where they have room."""
        reveal(self, self.canvas.content_rect(items), self._touched)

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def set_zoom(self, zoom: float) -> None:
        """Zoom to a scale, within bounds."""
        zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        self.scale(zoom / self.zoom, zoom / self.zoom)

    def open_search(self, position: QPointF, source: str = "", link: Link | None = None) -> None:
        """Ask for a layer to put at a point of the scene, connected from ``source`` or put into ``link``."""
        self.search.open_at(self.viewport().mapToGlobal(self.mapFromScene(position)), position, source, link)

    def rename(self, item: str) -> None:
        """Edit a node's name or a note's words where they stand."""
        write_on(self, item)

    def bend(self, link: Link, position: QPointF) -> None:
        """Put a dot into a link, to lead it around something."""
        self.add_requested.emit(DOT, position - QPointF(WIDTH / 2, HEIGHT / 2), "", link)

    def announce(self, text: str) -> None:
        """Say what a gesture by keys is about to do, in the status bar and to screen readers."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
        self.told.emit(text)

    def cursor_position(self) -> QPointF:
        """The scene's place under the mouse, or at the middle where the mouse is elsewhere."""
        at = self.viewport().mapFromGlobal(QCursor.pos())
        return self.mapToScene(at) if self.viewport().rect().contains(at) else self.centre()

    def centre(self) -> QPointF:
        """The scene's place at the middle of the view."""
        return self.mapToScene(self.viewport().rect().center())

    # Painting

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        draw_grid(painter, QRectF(rect), self.zoom)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if self.canvas.nodes or self.canvas.notes:
            return
        painter.resetTransform()
        painter.setPen(QColor(theme.colours.muted))
        text = "Drag a layer here, or double-click and type its name"
        painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, text)

    def _on_theme_changed(self) -> None:
        self.setBackgroundBrush(QColor(theme.colours.canvas))
        self.viewport().update()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event = _adding(event)
        screen = event.position().toPoint()
        position = self.mapToScene(screen)
        self._touched = True
        end_writing(self)
        self.keys.drop()
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self.keys.held):
            self.keys.held_used = True
            self.gesture = Pan(self, screen)
            return
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.button() == Qt.MouseButton.RightButton and control:
            self.gesture = CutLinks(self, position)
            return
        if left and not control:
            if press_mark(self, position, event.globalPosition().toPoint()):
                return
            self.gesture = press_inside(self, position)
            if self.gesture is not None:
                return
            source = self.canvas.output_near(position)
            if source is not None:
                self.gesture = DrawLink(self, source)
                return
            self.gesture = picked_up(self, position)
            if self.gesture is not None:
                return
        super().mousePressEvent(event)
        note = self.canvas.note_at(position)
        if (
            left
            and note is not None
            and note.isSelected()
            and note.grip().contains(note.mapFromScene(position))
        ):
            self.gesture = ResizeNote(self, note)
            return
        node = self.canvas.node_at(position) or note
        if left and node is not None and node.isSelected():
            if event.modifiers() & Qt.KeyboardModifier.AltModifier:
                # The copies, which are now selected, lie where the originals do, and move away.
                gesture = object()
                self.duplicate_requested.emit(gesture)
                self.gesture = MoveSelection(self, position, gesture)
                return
            self.gesture = MoveSelection(self, position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        screen = event.position().toPoint()
        if self.gesture is not None:
            self.gesture.move(self.mapToScene(screen), screen)
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self.gesture = self.gesture, None
        if gesture is not None:
            screen = event.position().toPoint()
            gesture.finish(self.mapToScene(screen), screen)
        if gesture is None or isinstance(gesture, MoveSelection):
            super().mouseReleaseEvent(_adding(event))
        # Nothing in the scene takes it where the press opened a menu.
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        position = self.mapToScene(event.position().toPoint())
        node = self.canvas.node_at(position)
        if node is not None and position.y() < node.node.y + TITLE:
            self.rename(node.node.id)
        elif node is not None:
            self.details_requested.emit(node.node.id)
        elif event.button() == Qt.MouseButton.LeftButton:
            link, note = self.canvas.link_at(position), self.canvas.note_at(position)
            if link is not None:
                self.bend(link, position)
            elif note is not None:
                self.rename(note.note.id)
            else:
                self.open_search(position)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._touched = True
        if event.pixelDelta().isNull() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self.zoom * 1.0015 ** event.angleDelta().y())
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == ZOOM:
            self.set_zoom(self.zoom * (1 + event.value()))
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        if not self._touched and not is_strip(self, self._fitted, self.canvas.content_rect()):
            self.fit()
        self.seen_changed.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        with beside_cover(self.viewport(), self._covered, dx, dy):
            super().scrollContentsBy(dx, dy)
        self.seen_changed.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.gesture is not None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return
        menu = context_menu(self, event.pos())
        menu.exec(event.globalPos())
        menu.deleteLater()

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            self.file_awaited.emit()
        if event.mimeData().hasFormat(MIME) or event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if event.mimeData().hasUrls():
            url = event.mimeData().urls()[0]
            # Of a link into the web there is no local file: what it says is handed on, to be refused.
            self.file_dropped.emit(url.toLocalFile() or url.toString())
            return
        kind = bytes(event.mimeData().data(MIME).data()).decode()
        centre = self.mapToScene(event.position().toPoint())
        into = self.canvas.link_below(centre) if self.canvas.node_at(centre) is None else None
        if self.search.entries[kind].role != Role.LAYER:
            into = None
        self.add_requested.emit(kind, centre - QPointF(WIDTH / 2, HEIGHT / 2), "", into)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.keys.release(event):
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab walks the nodes; past the last one the focus leaves."""
        return self.keys.walk(forward) or super().focusNextPrevChild(forward)


def _adding(event: QMouseEvent) -> QMouseEvent:
    """The same event with Ctrl in place of Shift: Qt's scenes add to a selection with Ctrl only."""
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    if event.button() != Qt.MouseButton.LeftButton or not event.modifiers() & shift:
        return event
    return QMouseEvent(
        event.type(), event.position(), event.globalPosition(), event.button(), event.buttons(),
        (event.modifiers() & ~shift) | control,
    )  # fmt: skip
