"""Pills on nodes: where a live view marks something, and what a click on it tells."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.model.arrange import HEIGHT
from nnstudio.model.graph import Graph, Node
from nnstudio.ui.canvas.pills import Pill, boxes
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.canvas.view_marks import ViewMarks

PILLS = (Pill("content", False, "Tells it."), Pill("style × 2", True, "Tells how."))


@pytest.fixture
def view(qtbot):
    graph = Graph()
    graph.insert_node(Node("a", "relu", "First", 0.0, 0.0))
    graph.insert_node(Node("b", "relu", "Second", 0.0, 300.0))
    view = CanvasView(graph)
    qtbot.addWidget(view)
    view.resize(500, 500)
    view.show()
    return view


@pytest.fixture
def marks(view):
    return ViewMarks(view, lambda: {"a": "inner/a", "b": "b"})


def press(view, name: str, pill: int) -> None:
    item = view.canvas.nodes[name]
    at = view.mapFromScene(item.mapToScene(boxes(PILLS)[pill].center()))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_click_names_node_and_pill_and_selects_nothing(view, marks):
    pressed = []
    marks.pressed.connect(lambda node, pill: pressed.append((node, pill)))
    marks.show({"inner/a": PILLS})
    press(view, "a", 1)
    press(view, "a", 0)
    assert view.canvas.nodes["b"].pill_at(view.canvas.nodes["b"].mapToScene(boxes(PILLS)[0].center())) is None
    assert pressed == [("inner/a", 1), ("inner/a", 0)]
    assert "a" not in view.canvas.selected_nodes()


def test_pills_lie_beside_each_other_below_the_name_and_go_again(view, marks):
    marks.show({"inner/a": PILLS})
    first, second = boxes(view.canvas.nodes["a"].pills)
    assert first.right() < second.left() and first.top() > HEIGHT / 2
    assert view.canvas.nodes["a"].boundingRect().contains(second)
    marks.show({})
    assert view.canvas.nodes["a"].pills == ()
