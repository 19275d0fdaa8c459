"""A reroute dot: a node that is only a place for links to bend."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from nnstudio.model import insertion
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.ui.canvas.highlight import Highlight
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.widgets.theme import theme

DOT = insertion.DOT
# It stands in the middle of the place that a node would take; links end at its left and right.
CENTRE = QPointF(WIDTH / 2, HEIGHT / 2)
RADIUS = 8.0


class DotItem(NodeItem):
    """Moves, selects and connects as every node does."""

    port_reach = 5.0

    def input_position(self) -> QPointF:
        return self.mapToScene(CENTRE - QPointF(RADIUS, 0))

    def output_position(self) -> QPointF:
        return self.mapToScene(CENTRE + QPointF(RADIUS, 0))

    def boundingRect(self) -> QRectF:
        reach = RADIUS + 14
        return QRectF(CENTRE.x() - reach, CENTRE.y() - reach, 2 * reach, 2 * reach)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(CENTRE, RADIUS + 3, RADIUS + 3)
        return path

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        c = theme.colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.lit in (Highlight.FITS, Highlight.CHOSEN) or self.isSelected()
        edge = QColor(c.error if self.facts.error else c.accent if lit else c.link)
        painter.setOpacity(0.45 if self.lit == Highlight.DIMMED else 1.0)
        painter.setPen(QPen(edge, 2.5 if lit else 1.5))
        painter.setBrush(edge if self.lit == Highlight.CHOSEN else QColor(c.node))
        painter.drawEllipse(CENTRE, RADIUS, RADIUS)
        painter.drawEllipse(CENTRE, 1.5, 1.5)
