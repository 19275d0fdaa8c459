"""A link into Noise does not look as if noise were computed from the data."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem

from nnstudio.model.graph import Graph, Link, Node
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.scene import CanvasScene


def linked(kind: str) -> tuple[CanvasScene, LinkItem]:
    """A scene with an Input and a node of a kind behind it, and their link."""
    graph = Graph()
    graph.insert_node(Node("a", "input", "Data", 0.0, 0.0, graph.registry["input"].defaults()))
    graph.insert_node(Node("b", kind, "Second", 600.0, 0.0, graph.registry[kind].defaults()))
    graph.insert_link(Link("a", "b"))
    scene = CanvasScene(graph)
    return scene, scene.links[Link("a", "b")]


def gaps(line: LinkItem) -> int:
    """How many pixels of a level link are not drawn."""
    image = QImage(600, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    start = line.path().elementAt(0)
    painter.translate(-start.x, 10 - start.y)
    line.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return sum(image.pixelColor(x, 10).lightness() < 20 for x in range(40, 380))


def test_it_is_dashed_and_says_that_only_samples_are_counted(qapp):
    told = {}
    for kind in ("noise", "dense"):
        _scene, line = linked(kind)
        line.hoverMoveEvent(QGraphicsSceneHoverEvent())
        told[kind] = (gaps(line) > 60, "only how many samples" in line.toolTip())
    assert told == {"noise": (True, True), "dense": (False, False)}
