"""Words on the canvas grow with the text size that a person chooses, and stay in their boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QStyleOptionGraphicsItem

from nnkernels.spec import layers
from nnstudio.explain.thumbnails import of_prediction, of_sample
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.graph import Graph, Link, Node, Note
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.canvas import node_text, painting
from nnstudio.ui.canvas.figure import figure
from nnstudio.ui.canvas.legend import HEIGHT as STRIP
from nnstudio.ui.canvas.legend import Legend
from nnstudio.ui.canvas.lettering import line_font, paragraph_font, scale_at
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.node_item import DETAILED, NodeItem, picture_box
from nnstudio.ui.canvas.node_text import LARGE, rows_at
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.canvas.scene import CanvasScene
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def twice(qtbot):
    theme.set_text_scale(2.0)
    yield
    theme.set_text_scale(1.0)


def network() -> Graph:
    graph = Graph()
    graph.insert_node(Node("a", "dense", "Dense", 0, 0, graph.registry["dense"].defaults()))
    graph.insert_node(Node("b", "relu", "ReLU", 400, 0, {}))
    graph.insert_link(Link("a", "b"))
    return graph


def test_a_short_line_gets_the_size_that_is_wanted_and_a_long_one_as_much_as_fits(twice):
    box = QRectF(0, 0, 148, 30)
    assert line_font("ReLU", box, 12).pixelSize() == 24
    long = line_font("Convolution 2", box, 12)
    assert 12 < long.pixelSize() < 24
    assert QFontMetricsF(long).horizontalAdvance("Convolution 2") <= box.width()
    assert line_font("A name that no node has room for", box, 12).pixelSize() == 12, (
        "usual letters always stay"
    )


def test_smaller_text_makes_smaller_letters(qtbot):
    theme.set_text_scale(0.8)
    try:
        assert line_font("ReLU", QRectF(0, 0, 148, 17), 12).pixelSize() == 10
    finally:
        theme.set_text_scale(1.0)


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.3, 1.6, 2.0])
def test_lines_and_picture_lie_below_each_other_in_the_node(scale):
    rows, node = rows_at(scale), QRectF(0, 0, WIDTH, HEIGHT)
    assert rows.first.bottom() <= rows.second.top() and rows.second.bottom() <= rows.picture.top()
    assert all(node.contains(box) for box in (rows.first, rows.second, rows.picture))
    assert rows.picture.height() >= 18


def test_the_shape_on_a_link_follows_where_there_is_room(twice):
    link = LinkItem(Link("a", "b"))
    link.set_label("28×28×16")
    link.set_ends(QPointF(0, 0), QPointF(300, 0))
    large = link._label_box.height()
    theme.set_text_scale(1.0)
    link.set_letters()
    assert large > 1.6 * link._label_box.height()


def test_what_lies_on_the_canvas_is_measured_anew(qtbot):
    scene = CanvasScene(network())
    scene.show_facts(
        {"a": NodeFacts(None, "Nothing comes in: draw a link to its left side."), "b": NodeFacts((4,))}
    )
    node = scene.nodes["a"]
    before = node.boundingRect().height()
    theme.set_text_scale(2.0)
    try:
        assert node.boundingRect().height() > before + 20, "the sentence below it"
    finally:
        theme.set_text_scale(1.0)
        scene.close()


def test_the_words_of_a_note_stay_in_it(twice):
    box = QRectF(0, 0, 200, 60)
    for text in (
        "Short",
        "These are rather many words for so small a note, and they are to be read all the same",
    ):
        font = paragraph_font(text, box, 12)
        lines = QFontMetricsF(font).boundingRect(QRectF(0, 0, 200, 1e6), 1 << 12, text)
        assert font.pixelSize() == 12 or lines.height() <= box.height()
    assert paragraph_font("Short", box, 12).pixelSize() == 24


def test_the_legend_gets_a_higher_strip(qtbot):
    view = CanvasView(network())
    qtbot.addWidget(view)
    legend = Legend(view)
    view.resize(300, 400)
    view.show()
    before = view.viewport().height()
    theme.set_text_scale(2.0)
    try:
        assert legend.height() == 2 * STRIP and view.viewport().height() == before - STRIP
        assert not legend.grab().isNull()
    finally:
        theme.set_text_scale(1.0)
    assert view.viewport().height() == before


def test_a_drawing_for_paper_is_the_same_at_every_text_size(twice):
    graph = network()
    graph.insert_note(Note("n", "A note", 0, 200, 160, 60))
    large = figure(".png", graph, {}, "x")
    theme.set_text_scale(1.0)
    assert large == figure(".png", graph, {}, "x")


def test_the_label_of_a_link_is_not_a_giant_when_zoomed_in(qtbot):
    item, paper = LinkItem(Link("a", "b")), QColor(theme.colours.canvas)
    item.set_label("8")
    item.set_ends(QPointF(0, 0), QPointF(300, 0))
    scene = QGraphicsScene()
    scene.setBackgroundBrush(paper)
    scene.addItem(item)
    view = QGraphicsView(scene)
    qtbot.addWidget(view)
    view.resize(400, 300)
    heights = []
    for zoom in (1.0, 1.6, 4.0):
        view.resetTransform()
        view.scale(zoom, zoom)
        view.centerOn(item._label_box.center())
        image = view.viewport().grab().toImage()
        box = view.mapFromScene(item._label_box).boundingRect()
        across = range(box.left(), box.right())
        heights.append(sum(
            any(abs(image.pixelColor(x, y).green() - paper.green()) > 60 for x in across)
            for y in range(box.top(), box.bottom())
        ))  # fmt: skip
    assert 0 < heights[0] < heights[1] and abs(heights[2] - heights[1]) <= 2


@pytest.mark.parametrize(("shape", "told"), [((28, 28, 16), "16 filters"), ((9,), "16 filters · 5×5")])
def test_of_what_a_node_is_whole_parts_are_told_as_far_as_there_is_room(qapp, monkeypatch, shape, told):
    written = []
    monkeypatch.setattr(node_text, "write_line", lambda _painter, _box, text, *_how: written.append(text))
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    node = Node("c", "conv2d", "Conv2D", 0, 0, {"filters": 16, "kernel_size": 5})
    node_text.paint_text(painter, node, layers["conv2d"], NodeFacts(shape=shape))
    painter.end()
    assert told in written


@pytest.mark.parametrize("zoom", [DETAILED, 0.68, 0.75, 0.9, 1.0, 2.0])
def test_a_name_is_as_high_on_the_screen_however_small_its_node_is_seen(qapp, zoom):
    scale = scale_at(zoom)
    letters = line_font("Conv2D 2", rows_at(scale).first, LARGE, True, scale).pixelSize()
    assert letters * zoom >= 0.88 * LARGE
    assert scale == 1 or zoom < 1
    assert rows_at(scale).picture.height() > 0.7 * rows_at(1).picture.height()


def test_text_that_a_person_made_large_is_never_smaller_for_it(twice):
    assert [scale_at(zoom) for zoom in (0.6, 1.0, 3.0)] == [2.0] * 3


def test_a_picture_that_does_not_show_all_is_marked_where_words_would_be_too_small(qtbot):
    graph, thumbnail = network(), of_sample(np.linspace(0, 1, 200, dtype=np.float32))
    item = NodeItem(graph["a"], graph.registry["dense"])
    item.set_facts(NodeFacts(shape=(200,)))
    seen = {}
    for zoom in (0.65, 0.9):
        for is_whole in (True, False):
            shown = thumbnail if not is_whole else replace(thumbnail, units=len(thumbnail.values))
            item.set_thumbnail(Picture(shown, False))
            image = QImage(200, 100, QImage.Format.Format_RGB32)
            image.fill(QColor(theme.colours.canvas))
            painter = QPainter(image)
            painter.scale(zoom, zoom)
            item.paint(painter, QStyleOptionGraphicsItem())
            painter.end()
            box = picture_box(zoom, None)
            right = QRectF(box.right() - 5, box.center().y() - 2, 5, 4)
            pixels = (right.left() * zoom, right.top() * zoom, right.width() * zoom, right.height() * zoom)
            left, top, width, height = map(round, pixels)
            seen[zoom, is_whole] = image.copy(left, top, width, height)
    assert seen[0.65, True] != seen[0.65, False], "three dots stand there"
    assert "first 64 of 200 units" in item.toolTip()


def test_the_shape_on_a_link_is_left_to_the_nodes_where_it_could_not_be_read(qapp):
    scene = CanvasScene(network())
    line = scene.links[Link("a", "b")]
    line.set_label("28×28×16")
    drawn = {}
    for zoom in (0.65, 0.9):
        image = QImage(600, 100, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.colours.canvas))
        painter = QPainter(image)
        painter.scale(zoom, zoom)
        line.paint(painter, QStyleOptionGraphicsItem())
        painter.end()
        box = line._label_box
        across = range(round(box.left() * zoom), round(box.right() * zoom))
        rows = range(round(box.top() * zoom), round(box.bottom() * zoom) - 2)
        drawn[zoom] = len({image.pixelColor(x, y).name() for x in across for y in rows}) > 1
    assert drawn == {0.65: False, 0.9: True}


def test_what_is_predicted_over_the_plane_stands_beside_the_text_and_as_high_as_the_node(qapp):
    plane, units = Picture(of_prediction(np.ones((4, 4))), False, 2), Picture(of_sample(np.ones(4)), False)
    for zoom in (0.5, 0.8, 1.0):
        large, usual = picture_box(zoom, plane), picture_box(zoom, units)
        assert large.height() > 1.7 * usual.height() and QRectF(0, 0, WIDTH, HEIGHT).contains(large)
        assert rows_at(1).beside(large.width() + 4).first.right() < large.left()
    item = NodeItem(Node("o", "output", "A rather long name of it", 0, 0, {}), layers["output"])
    item.set_facts(NodeFacts(shape=(1,)))
    item.set_thumbnail(plane)
    assert not item.is_open(4.0), "it is one picture at every zoom"
    image = QImage(180, 90, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.colours.canvas))
    painter = QPainter(image)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    inside = picture_box(1.0, plane).adjusted(3, 3, -3, -3).toRect()
    colours = {
        image.pixelColor(x, y).name() for x in range(inside.left(), inside.right()) for y in range(8, 76)
    }
    assert len(colours) == 1, "no word lies over it"


def test_a_headline_takes_the_line_of_the_kind(qapp, monkeypatch):
    written = []
    monkeypatch.setattr(node_text, "write_line", lambda _painter, _box, text, *_how: written.append(text))
    painter = QPainter(image := QImage(8, 8, QImage.Format.Format_RGB32))
    node = Node("o", "output", "Output", 0, 0, {})
    node_text.paint_text(painter, node, layers["output"], NodeFacts(shape=(3,)), 1.0, "versicolor (99%)")
    painter.end()
    assert "versicolor (99%)" in written and "3" in written and not image.isNull()


@pytest.mark.parametrize(("zoom", "is_read"), [(0.55, False), (1.0, True)])
def test_numbers_beside_bars_are_left_out_where_nobody_could_read_them(qapp, monkeypatch, zoom, is_read):
    written = []
    monkeypatch.setattr(painting, "_write_name", lambda _painter, _box, text: written.append(text))
    shown = replace(of_sample(np.array([0.2, 0.7], np.float32)), names=("a", "b"))
    painter = QPainter(image := QImage(200, 60, QImage.Format.Format_RGB32))
    painter.scale(zoom, zoom)
    Picture(shown, False).paint(painter, QRectF(0, 0, 148, 40))
    painter.end()
    assert written == (["a", "b"] if is_read else []) and not image.isNull()


@pytest.mark.parametrize("zoom", [DETAILED, 0.68, 0.8, 0.9, 1.0])
@pytest.mark.parametrize(
    ("kind", "name", "shape", "many", "count"),
    [
        ("dense", "Dense", (10,), 99, "99 par."),
        ("conv2d", "Conv2D 2", (14, 14, 32), 4640, "4.6k par."),
        ("embedding", "Embedding", (64, 64), 3904, "3.9k par."),
        ("transformerblock", "TransformerBlock 2", (64, 64), 49_984, "50k par."),
        ("positionalencoding", "PositionalEncoding", (64, 64), 1_240_000, "1.2M par."),
        ("dense", "Dense", (10,), 9_960, "10k par."),
        ("dense", "Dense", (10,), 999_700, "1.0M par."),
    ],
)
def test_how_many_parameters_there_are_is_told_by_every_node(
    qapp, monkeypatch, zoom, kind, name, shape, many, count
):
    written = []
    monkeypatch.setattr(
        node_text,
        "write_line",
        lambda _painter, box, text, font, *_side: written.append((box, text, font)),
    )
    painter = QPainter(image := QImage(8, 8, QImage.Format.Format_RGB32))
    node = Node("n", kind, name, 0, 0, layers[kind].defaults())
    facts = NodeFacts(shape=shape, parameters=many)
    node_text.paint_text(painter, node, layers[kind], facts, zoom)
    painter.end()
    assert [text for _, text, _ in written if count in text.split(" · ")] and not image.isNull()
    for box, text, font in written:
        assert QFontMetricsF(font).horizontalAdvance(text) <= box.width(), "nothing is cut"
