"""A small map of the whole network; a press or drag there moves the canvas.

It is a panel of its own: above the canvas it would take away Qt's scrolling by copying, and panning a
thousand nodes would take 25 ms a frame instead of 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.event import Event
from nnstudio.model.graph import Node
from nnstudio.ui.widgets.theme import theme

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

# The picture follows edits after this time; a drag does not wait for it.
REFRESH_MS = 80


class Minimap(QWidget):
    """Nodes are a picture, drawn anew only after edits; what is in sight is a frame."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__()
        self.view = view
        self.setMinimumSize(120, 70)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Map of the network")
        self.setToolTip("The whole network: click or drag to move the view")
        self._picture = QPixmap()
        self._world = QRectF()
        self._watched: tuple[Event, ...] = ()
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self._draw)
        theme.changed.connect(self.refresh)
        view.seen_changed.connect(self.update)
        view.graph_changed.connect(self._watch)
        self._watch()

    def sizeHint(self) -> QSize:
        return QSize(200, 120)

    def refresh(self) -> None:
        """Nodes came, went, moved or changed."""
        if not self._timer.isActive():
            self._timer.start()

    def _watch(self) -> None:
        for event in self._watched:
            event.disconnect(self._on_fact)
        graph = self.view.canvas.graph
        self._watched = (graph.node_added, graph.node_removed, graph.node_moved)
        for event in self._watched:
            event.connect(self._on_fact)
        self.refresh()

    def _on_fact(self, _node: Node) -> None:
        self.refresh()

    def _seen(self) -> QRectF:
        return self.view.mapToScene(self.view.viewport().rect()).boundingRect()

    def _draw(self) -> None:
        nodes = self.view.canvas.nodes.values()
        self._world = self.view.canvas.content_rect().adjusted(-80, -80, 80, 80)
        scale = self.devicePixelRatioF()
        self._picture = QPixmap(self.size() * scale)
        self._picture.setDevicePixelRatio(scale)
        self._picture.fill(QColor(theme.colours.base))
        painter = QPainter(self._picture)
        for item in nodes:
            colour = QColor(theme.colours.error) if item.facts.error else theme.category(item.layer.category)
            corner = self._on_map(QPointF(item.node.x, item.node.y))
            far = self._on_map(QPointF(item.node.x + WIDTH, item.node.y + HEIGHT))
            painter.fillRect(QRectF(corner, far), colour)
        painter.end()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()

    def _factor(self) -> float:
        return min(self.width() / max(self._world.width(), 1), self.height() / max(self._world.height(), 1))

    def _on_map(self, position: QPointF) -> QPointF:
        offset = (position - self._world.center()) * self._factor()
        return QPointF(self.width() / 2, self.height() / 2) + offset

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        painter.drawPixmap(0, 0, self._picture)
        if self._world.isEmpty():
            return
        seen = self._seen()
        box = QRectF(self._on_map(seen.topLeft()), self._on_map(seen.bottomRight()))
        accent = QColor(theme.colours.accent)
        painter.setPen(QPen(accent, 1.0))
        accent.setAlpha(28)
        painter.setBrush(accent)
        painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.colours.border), 1.0))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        offset = event.position() - QPointF(self.width() / 2, self.height() / 2)
        self.view.centerOn(self._world.center() + offset / self._factor())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
