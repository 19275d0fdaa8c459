"""A network as a very small picture: its nodes in the colours of their kinds, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QLineF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from nnkernels.spec import layers
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.runs.network_changes import without_dots
from nnstudio.ui.widgets.theme import theme

# A node is at least so large, whatever its network's size, in pixels; and pixels around all of them.
LEAST_WIDTH, LEAST_HEIGHT, EDGE = 3.0, 7.0, 2.0


@dataclass(frozen=True)
class Sketch:
    """Where the nodes of a network lie: corner and category of each, and links as pairs of their numbers."""

    nodes: tuple[tuple[float, float, str], ...] = ()
    links: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def of(content: Mapping[str, Any]) -> Sketch:
        """That of the network in a project.json, which was checked when it was written."""
        graph = without_dots(content["graph"])
        numbers = {node["id"]: i for i, node in enumerate(graph["nodes"])}
        categories = {layer.id: layer.category for layer in layers}
        return Sketch(
            tuple((n["x"], n["y"], categories.get(n["kind"], "")) for n in graph["nodes"]),
            tuple((numbers[source], numbers[target]) for source, target in graph["links"]),
        )

    def drawn(self, size: QSize, scale: float) -> QPixmap:
        """The picture in the colours of the theme; ``scale`` is the device pixel ratio."""
        picture = QPixmap(size * scale)
        picture.setDevicePixelRatio(scale)
        # Seen on a selected row, too, whose colour is that of some layers.
        picture.fill(QColor(theme.colours.base))
        if self.nodes:
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(painter, self._boxes(size))
            painter.end()
        return picture

    def _boxes(self, size: QSize) -> list[QRectF]:
        """The nodes on a picture of this size."""
        xs, ys = [node[0] for node in self.nodes], [node[1] for node in self.nodes]
        world = QRectF(min(xs), min(ys), max(xs) - min(xs) + WIDTH, max(ys) - min(ys) + HEIGHT)
        room = QSize(size.width() - 2 * round(EDGE), size.height() - 2 * round(EDGE))
        factor = min(room.width() / world.width(), room.height() / world.height(), 0.1)
        width = max(0.8 * factor * WIDTH, LEAST_WIDTH)
        height = max(0.8 * factor * HEIGHT, LEAST_HEIGHT)
        # The middles of the nodes are spread so that those at the ends stay inside.
        across = max(min(factor * world.width(), room.width()) - width, 0.0)
        down = max(min(factor * world.height(), room.height()) - height, 0.0)
        left, top = (size.width() - across) / 2, (size.height() - down) / 2
        boxes = []
        for x, y, _category in self.nodes:
            right = (x - world.left()) / max(world.width() - WIDTH, 1) * across
            below = (y - world.top()) / max(world.height() - HEIGHT, 1) * down
            boxes.append(QRectF(left + right - width / 2, top + below - height / 2, width, height))
        return boxes

    def _paint(self, painter: QPainter, boxes: list[QRectF]) -> None:
        painter.setPen(QPen(QColor(theme.colours.link), 0.8))
        painter.drawLines([QLineF(boxes[a].center(), boxes[b].center()) for a, b in self.links])
        for box, (_x, _y, category) in zip(boxes, self.nodes, strict=True):
            painter.fillRect(box, theme.category(category))
