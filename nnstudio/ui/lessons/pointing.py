"""What a step points at lights up: a calm frame around a node, a panel or a button, until it is left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QGraphicsItem, QScrollArea, QStyleOptionGraphicsItem, QTabBar, QWidget
from shiboken6 import isValid

from nnstudio.lessons.panels import BUTTONS, target_parts
from nnstudio.lessons.step_panels import ARRAYS
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.lessons.judge import Docks
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.widgets.theme import theme

# Width and share of the rings of a frame, from the outermost.
RINGS = ((7.0, 0.14), (4.5, 0.25), (2.0, 0.95))
AROUND, RADIUS = 5, 7.0
# What a step names in its text, and a panel shows as one row of many.
FIELD = "field"


def _paint_frame(painter: QPainter, box: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, share in RINGS:
        colour = QColor(theme.colours.accent)
        colour.setAlphaF(share)
        painter.setPen(QPen(colour, width))
        painter.drawRoundedRect(box, RADIUS, RADIUS)


class NodeFrame(QGraphicsItem):
    """Lies behind its node and goes where that goes."""

    def __init__(self, node: QGraphicsItem) -> None:
        super().__init__(node)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemStacksBehindParent)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        around = AROUND + 4
        return QRectF(-around, -around, WIDTH + 2 * around, HEIGHT + 2 * around)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        # A drawing that is exported has no widget, and no frame.
        if widget is not None:
            _paint_frame(painter, QRectF(0, 0, WIDTH, HEIGHT).adjusted(-3, -3, 3, 3))


class WidgetFrame(QWidget):
    """Lies over its parent; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def show_around(self, box: QRect) -> None:
        """Frame a part of the parent."""
        if self.geometry() != box or self.isHidden():
            self.setGeometry(box)
            inside = self.rect().adjusted(AROUND + 1, AROUND + 1, -AROUND - 1, -AROUND - 1)
            # What is painted inside of it must not paint it anew each time.
            self.setMask(QRegion(self.rect()).subtracted(QRegion(inside)))
            self.show()
            self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        _paint_frame(QPainter(self), QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5))


class Pointing:
    """Lights up what a step names: "node Dense", "panel weights", "button train", "array Dense bias"; and
    fields of panels.
    """

    def __init__(self, editor: Editor, docks: Docks, run_bar: RunBar) -> None:
        self.editor, self.docks, self.run_bar = editor, docks, run_bar
        self._targets: tuple[tuple[str, str], ...] = ()
        self._frames: dict[str, WidgetFrame] = {}
        self._rests = False

    @property
    def canvas(self) -> CanvasView:
        """Where the nodes are."""
        return self.editor.view

    def begin(self, point_at: Sequence[str], fields: Sequence[tuple[str, str]] = ()) -> list[str]:
        """Light these up instead of what is lit, and ``fields``, each a panel and the name of an option in
        it; returns the arrays among them, whose nodes are selected.
        """
        self.end()
        self._targets, arrays = tuple((FIELD, f"{panel} {name}") for panel, name in fields), []
        for kind, name in map(target_parts, point_at):
            if kind == "array":
                node, _, array = name.rpartition(" ")
                self._select(node)
                arrays.append(array)
                self._targets += (("node", node), ("panel", ARRAYS))
            else:
                self._targets += ((kind, name),)
        for kind, name in self._targets:
            item = self._node(name) if kind == "node" else None
            if item is not None:
                self.canvas.ensureVisible(item)
        for panel, name in fields:
            # Once the panel has its size.
            QTimer.singleShot(0, self.canvas, partial(self._scroll_to, panel, name))
        self.refresh()
        return arrays

    @property
    def panels(self) -> list[str]:
        """The panels that are lit."""
        return [name for kind, name in self._targets if kind == "panel"]

    def _select(self, name: str) -> None:
        chosen = [node.id for node in self.editor.graph.nodes if node.name == name]
        if chosen:
            self.canvas.canvas.select(chosen[:1])

    def rest(self, rests: bool) -> None:
        """Light nothing up while a page is shown that has nothing to do with the lesson."""
        self._rests = rests
        self.refresh()

    def end(self) -> None:
        """Nothing is lit any more."""
        self._targets = ()
        self.refresh()

    def refresh(self) -> None:
        """Follow what moved, came or went."""
        around: dict[str, tuple[QWidget, QRect]] = {}
        nodes: list[QGraphicsItem] = []
        for kind, name in () if self._rests else self._targets:
            if kind == "node":
                item = self._node(name)
                nodes += [item] if item is not None else []
            else:
                box = self._box(kind, name)
                if box is not None:
                    around[f"{kind} {name}"] = box
        self._show_frames(around)
        self._show_nodes(nodes)

    def _show_frames(self, around: dict[str, tuple[QWidget, QRect]]) -> None:
        for target, frame in list(self._frames.items()):
            # The tabs of panels come and go, and take what lies on them along.
            if not isValid(frame):
                del self._frames[target]
            elif target not in around or frame.parentWidget() is not around[target][0]:
                del self._frames[target]
                frame.hide()
                frame.deleteLater()
        for target, (parent, box) in around.items():
            if target not in self._frames:
                self._frames[target] = WidgetFrame(parent)
            self._frames[target].show_around(box)

    def _show_nodes(self, items: list[QGraphicsItem]) -> None:
        scene = self.canvas.canvas
        framed = []
        for frame in [item for item in scene.items() if isinstance(item, NodeFrame)]:
            if frame.parentItem() in items:
                framed.append(frame.parentItem())
            else:
                scene.removeItem(frame)
        for item in items:
            if item not in framed:
                NodeFrame(item)

    def _node(self, name: str) -> QGraphicsItem | None:
        nodes = self.canvas.canvas.nodes
        return next((nodes[n.id] for n in self.editor.graph.nodes if n.name == name and n.id in nodes), None)

    def _box(self, kind: str, name: str) -> tuple[QWidget, QRect] | None:
        if kind == FIELD:
            field = self._field(*name.split(" ", 1))
            parent = field.parentWidget() if field is not None else None
            if field is None or parent is None or not field.isVisible():
                return None
            return parent, field.geometry().adjusted(-AROUND, -AROUND, AROUND, AROUND)
        return self._button(name) if kind == "button" else self._panel(name)

    def _field(self, panel: str, name: str) -> QWidget | None:
        fields = self.docks[panel].findChildren(QWidget, name) if panel in self.docks else []
        # A form that was replaced is hidden until it is gone.
        return next((field for field in fields if not field.isHidden()), None)

    def _scroll_to(self, panel: str, name: str) -> None:
        field = self._field(panel, name) if (FIELD, f"{panel} {name}") in self._targets else None
        area = self.docks[panel].widget() if field is not None else None
        if field is not None and isinstance(area, QScrollArea):
            area.ensureWidgetVisible(field)
            self.refresh()

    def _button(self, name: str) -> tuple[QWidget, QRect] | None:
        bar = self.run_bar
        own = (bar.train_action, bar.step_action, bar.stop_action, bar.reset_action)
        actions = dict(zip(BUTTONS, own, strict=True))
        action = actions.get(name)
        button = self.run_bar.widgetForAction(action) if action is not None else None
        if button is None or not button.isVisible():
            return None
        return self.run_bar, button.geometry().adjusted(-4, -4, 4, 4)

    def _panel(self, name: str) -> tuple[QWidget, QRect] | None:
        """The panel, or its tab where another one is in front of it."""
        if name not in self.docks:
            return None
        dock = self.docks[name]
        if self.docks.is_seen(name):
            return dock, dock.rect()
        for bar in self.docks.window.findChildren(QTabBar):
            for at in range(bar.count()):
                if bar.tabText(at) == dock.windowTitle() and bar.isVisible() and not dock.isHidden():
                    return bar, bar.tabRect(at)
        return None
