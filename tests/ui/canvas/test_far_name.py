"""From afar a node still says its name, and a link's shape is written where nodes leave room for it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from nnkernels.spec import show_shape
from nnstudio.explain.thumbnails import of_sample
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.ui.canvas.far_name import LEAST, fitted
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.node_item import CARD
from nnstudio.ui.canvas.node_text import rows_at
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.canvas.scene import CanvasScene


def picture(name: str, zoom: float, units: int = 8, values: list[float] | None = None) -> QImage:
    """A dense layer of a name and a size as it is painted at a zoom, with what it gives now."""
    graph = Graph()
    options = {**graph.registry["dense"].defaults(), "units": units}
    graph.insert_node(Node("n", "dense", name, 0.0, 0.0, options))
    scene = CanvasScene(graph)
    if values is not None:
        scene.nodes["n"].set_thumbnail(Picture(of_sample(np.array(values, np.float32)), True))
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


@pytest.mark.parametrize("zoom", [0.31, 0.41, 0.5])
def test_what_a_node_gives_is_seen_also_from_afar_with_its_name(qtbot, zoom):
    one, other = ([1.0, -1, 1, -1, 1], [-1.0, 1, -1, 1, -1])
    assert picture("Code", zoom, values=one) != picture("Code", zoom, values=other)
    assert picture("Code", zoom, values=one) != picture("Join", zoom, values=one)


@pytest.mark.parametrize("zoom", [0.3, 0.37, 0.44, 0.8])
def test_a_bottleneck_is_told_by_its_size_also_from_afar(qtbot, zoom):
    assert picture("Code", zoom, units=2) != picture("Code", zoom, units=64)


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


def letters(scene: CanvasScene, node: str, zoom: float) -> int:
    """Rows of pixels between the upper and the lower end of a node's name, which has no descenders."""
    item = scene.nodes[node]
    box = item.mapRectToScene(rows_at(1).both)
    image = QImage((box.size() * zoom).toSize(), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    scene.render(painter, QRectF(image.rect()), box)
    painter.end()
    dark = [
        y for y in range(image.height())
        if any(image.pixelColor(x, y).lightness() < 110 for x in range(image.width()))
    ]  # fmt: skip
    return max(dark) - min(dark)


def test_names_beside_each_other_have_letters_of_about_one_size(qtbot):
    graph = Graph()
    for at, name in enumerate(("Tanh", "Transformer")):
        options = graph.registry["tanh"].defaults()
        graph.insert_node(Node(str(at), "tanh", name, at * 300.0, 0.0, options))
    scene = CanvasScene(graph)
    short, long = (letters(scene, node, 0.5) for node in ("0", "1"))
    assert 0 <= short - long <= 2
    graph.remove_node("1")
    assert letters(scene, "0", 0.5) >= short
