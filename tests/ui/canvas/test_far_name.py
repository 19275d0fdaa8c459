"""From afar a node still says its name, and a link's shape is written where nodes leave room for it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from nnkernels.spec import show_shape
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.ui.canvas.far_name import LEAST, fitted
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.node_item import CARD
from nnstudio.ui.canvas.node_text import rows_at
from nnstudio.ui.canvas.scene import CanvasScene


def picture(name: str, zoom: float) -> QImage:
    """A dense layer of a name as it is painted at a zoom."""
    graph = Graph()
    graph.insert_node(Node("n", "dense", name, 0.0, 0.0, graph.registry["dense"].defaults()))
    scene = CanvasScene(graph)
    box = scene.nodes["n"].sceneBoundingRect()
    image = QImage((box.size() * zoom).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("white"))
    painter = QPainter(image)
    scene.render(painter, QRectF(image.rect()), box)
    painter.end()
    return image


@pytest.mark.parametrize("zoom", [0.22, 0.3, 0.44, 0.5, 0.58])
def test_two_nodes_of_other_names_never_look_alike(qtbot, zoom):
    assert picture("Parking", zoom) != picture("Weather", zoom)


@pytest.mark.parametrize(("zoom", "box"), [(0.22, CARD), (0.5, rows_at(1).both), (0.58, rows_at(1).both)])
def test_a_name_of_a_lesson_is_written_in_full(qtbot, zoom, box):
    pixels, lines = fitted("Parking", round(box.width() * zoom), round(box.height() * zoom))
    assert pixels >= LEAST and lines == ("Parking",)


def test_a_long_name_takes_two_lines_before_it_is_cut(qtbot):
    pixels, lines = fitted("Sunday visitors", 60, 40)
    assert lines == ("Sunday", "visitors") and pixels > LEAST
    pixels, lines = fitted("Unbreakablewordofmanyletters", 40, 40)
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(True)
    assert lines[0].endswith("…") and QFontMetricsF(font).horizontalAdvance(lines[0]) <= 40


@pytest.mark.parametrize("width", [34, 38, 44])
def test_neighbours_that_differ_by_their_number_never_look_alike(qtbot, width):
    names = [f"Generator {number}" for number in range(1, 13)]
    seen = [fitted(name, width, 12) for name in names]
    assert len({lines for _pixels, lines in seen}) == len(names)
    for pixels, (line,) in seen:
        font = QFont()
        font.setPixelSize(pixels)
        font.setBold(True)
        assert QFontMetricsF(font).horizontalAdvance(line) <= width + 1


def test_the_shape_of_a_link_is_written_only_between_the_nodes(qtbot):
    link = LinkItem(Link("a", "b"))
    link.set_label(show_shape((28, 28, 1)))
    link.set_ends(QPointF(0, 0), QPointF(50, 0))
    assert not link._label_box.isEmpty() and 0 <= link._label_box.left() <= link._label_box.right() <= 50
    link.set_ends(QPointF(0, 0), QPointF(20, 0))
    assert link._label_box.isEmpty()
    link.set_ends(QPointF(0, 0), QPointF(-300, 0))
    assert not link._label_box.isEmpty(), "backwards it runs round, where there is room"
