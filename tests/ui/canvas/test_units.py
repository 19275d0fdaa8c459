"""The inside of an open node: what lies under the pointer, what is said to be left out, dragging a weight."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip

from nnstudio.explain.thumbnails import Inside, of_sample, over_line
from nnstudio.model.graph import Graph, Link
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.canvas import units
from nnstudio.ui.canvas.link_item import LinkItem
from nnstudio.ui.canvas.painting import Picture, tile_boxes
from nnstudio.ui.canvas.view import CanvasView


def dense(sources: int, count: int) -> tuple[Picture, Inside]:
    weights = np.arange(1.0, sources * count + 1, dtype=np.float32).reshape(sources, count)
    picture = Picture(of_sample(np.linspace(-1, 1, count, dtype=np.float32)), True)
    indices = np.arange(weights.size).reshape(weights.shape)
    return picture, Inside("weight", weights.shape, weights[:16, :16], indices[:16, :16])


def on_weight(inside: Inside, picture: Picture, i: int, j: int, share: float = 0.1) -> QPointF:
    """A point on the line of a weight, near to its input."""
    box = units.unit_boxes(units.shown(picture))[j]
    start, end = units.heights(inside.values.shape[0])[i], box.center().y()
    across = units.BOX.left() + (box.left() - units.BOX.left()) * share
    return QPointF(across, start + (end - start) * share)


def test_under_the_pointer_lies_a_weight_a_unit_or_nothing():
    picture, inside = dense(3, 2)
    part = units.part_at(on_weight(inside, picture, 2, 1), picture, inside, 2.0)
    assert (part.at, part.unit, part.index) == ((2, 1), 1, 5)
    assert "input 3 to unit 2: 6." in part.text
    unit = units.part_at(units.unit_boxes(2)[1].center(), picture, inside, 2.0)
    assert (unit.unit, unit.at) == (1, ()) and "1 for one sample" in unit.text
    assert units.part_at(QPointF(60, 5), picture, inside, 2.0) is None


def test_the_number_of_a_filter_is_told():
    maps = Picture(of_sample(np.ones((4, 4, 2), np.float32)), False)
    filters = np.arange(18, dtype=np.float32).reshape(2, 3, 3)
    inside = Inside("weight", (3, 3, 5, 2), filters, np.zeros((2, 3, 3), int))
    first = units.picture_boxes(maps, inside)[0][0].topLeft() + QPointF(1, 1)
    assert "row 1, column 1: 0." in units.part_at(first, maps, inside, 2.0).text
    assert units.summary(maps, inside) == "filters at channel 1 of 5"


@pytest.mark.parametrize("count", [1, 3, 8, 16])
def test_each_map_stands_in_the_middle_below_its_filter_and_columns_fill_the_card(count):
    maps = Picture(of_sample(np.ones((14, 14, count), np.float32)), False)
    inside = Inside(
        "weight", (3, 3, 1, count), np.ones((count, 3, 3), np.float32), np.zeros((count, 3, 3), int)
    )
    filters, below = units.picture_boxes(maps, inside)
    assert len(filters) == len(below) == count
    assert [b.center().x() for b in filters] == pytest.approx([b.center().x() for b in below])
    for boxes in (filters, below):
        for one, other in itertools.combinations(boxes, 2):
            assert not one.intersects(other)
    left, right = min(b.left() for b in below), max(b.right() for b in below)
    assert left - units.BOX.left() == pytest.approx(units.BOX.right() - right)
    assert max(b.bottom() for b in filters) < min(b.top() for b in below)
    assert max(b.bottom() for b in below) <= units.BOX.bottom() + 1e-6


def test_a_cell_of_a_filter_is_dragged(view):
    (item,) = view.canvas.nodes.values()
    maps = Picture(of_sample(np.ones((4, 4, 2), np.float32)), False)
    filters = np.arange(18, dtype=np.float32).reshape(2, 3, 3)
    inside = Inside("weight", (3, 3, 1, 2), filters, np.arange(100, 118).reshape(2, 3, 3))
    item.set_thumbnail(maps, inside)
    asked, before = [], (item.node.x, item.node.y)
    view.weight_dragged.connect(lambda *request: asked.append(request))
    box = units.picture_boxes(maps, inside)[0][1]
    at = view.mapFromScene(item.mapToScene(box.center()))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view.viewport(), at + QPoint(0, 60))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(0, 60))
    # 60 of 120 pixels of the largest weight, which is 17, down from 13.
    assert asked == [(item.node.id, "weight", 113, pytest.approx(4.5, abs=0.2))]
    assert (item.node.x, item.node.y) == before


def test_what_is_left_out_is_said():
    assert units.summary(*dense(4, 3)) == ""
    assert units.summary(*dense(40, 20)) == "16 of 20 units, 256 of 800 weights"
    assert units.shown(dense(40, 20)[0]) == units.entering(*dense(40, 20)) == 16


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_all_zero_or_not_finite_weights_can_be_painted(qapp, value):
    picture, inside = dense(3, 2)
    inside.values[:] = value
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    assert units.paint(painter, picture, inside, 1, (True, True))
    assert not units.paint(painter, Picture(over_line(np.ones((8, 2))), True), None, None, (True, True))
    painter.end()


def test_tiles_take_the_rows_that_make_them_larger():
    assert [round(b.height()) for b in tile_boxes(units.QRectF(0, 0, 148, 40), 3, 1.0)] == [40, 40, 40]
    boxes = tile_boxes(units.QRectF(0, 0, 148, 40), 16, 1.0)
    assert len({b.top() for b in boxes}) == 2 and max(b.right() for b in boxes) <= 148


@pytest.fixture
def view(qtbot):
    graph = Graph()
    graph.insert_node(graph.new_node("dense", 0.0, 0.0))
    view = CanvasView(graph)
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.fit()
    view.set_zoom(2.0)
    (item,) = view.canvas.nodes.values()
    item.set_facts(NodeFacts((2,)))
    item.set_thumbnail(*dense(3, 2))
    return view


def test_a_weight_is_dragged_in_one_request_and_escape_takes_it_back(view):
    (item,) = view.canvas.nodes.values()
    asked, moved = [], []
    view.weight_dragged.connect(lambda *request: asked.append(request))
    view.weight_moved.connect(lambda *request: moved.append(request))
    at = view.mapFromScene(on_weight(item.inside, item.thumbnail, 0, 1))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view.viewport(), at - QPoint(0, 40))
    # 40 of 120 pixels of the largest weight, which is 6.
    assert item.inside.values[0, 1] == 4.0 and not asked
    assert moved == [(item.node.id, "weight", 1, 4.0)]
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert item.inside.values[0, 1] == 2.0 and moved[1:] == [(item.node.id, "weight", 1, None)]
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view.viewport(), at - QPoint(0, 20))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at - QPoint(0, 20))
    assert asked == [(item.node.id, "weight", 1, 3.0)]


def test_a_dragged_weight_is_the_number_that_is_shown_and_back_at_its_start_it_is_what_it_was(view):
    (item,) = view.canvas.nodes.values()
    moved, asked = [], []
    view.weight_moved.connect(lambda *request: moved.append(request[-1]))
    view.weight_dragged.connect(lambda *request: asked.append(request))
    at = view.mapFromScene(on_weight(item.inside, item.thumbnail, 0, 1))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    for pixels in (7, 13, 29):
        QTest.mouseMove(view.viewport(), at - QPoint(0, pixels))
        assert moved[-1] == float(QToolTip.text().replace(",", "")) == round(2 + pixels / 20, 2)
    QTest.mouseMove(view.viewport(), at)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert moved[-1] is None and not asked


def test_a_click_on_a_unit_puts_its_weights_in_front_and_another_one_no_longer(view):
    (item,) = view.canvas.nodes.values()
    at = view.mapFromScene(units.unit_boxes(2)[1].center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert item.unit == 1
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert item.unit is None
    view.set_zoom(1.0)
    assert item.part_at(units.unit_boxes(2)[1].center(), view.zoom) is None


def test_single_links_are_one_line_while_an_end_moves():
    line = LinkItem(Link("a", "b"))
    line.set_ends(QPointF(0, 0), QPointF(200, 0))
    narrow = line.boundingRect()
    line.set_wires([-20.0, 0.0, 20.0])
    assert line.boundingRect().height() > narrow.height()
    assert line._wire_path.boundingRect().height() == 40
    line.set_ends(QPointF(0, 0), QPointF(240, 0))
    assert line._wire_path.isEmpty()
    line.settle()
    assert line._wire_path.boundingRect().width() == 240


def test_units_without_weights_promise_none():
    picture, _inside = dense(3, 2)
    part = units.part_at(units.unit_boxes(2)[1].center(), picture, None, 2.0)
    assert part is not None and part.unit is None and "weights" not in part.text
