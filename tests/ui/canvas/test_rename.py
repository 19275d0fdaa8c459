"""Fields over the canvas: they go when something else takes the keys, follow the zoom, and lose nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.model.graph import Graph, Note
from nnstudio.ui.canvas.rename import NameField, NoteField, Writing
from nnstudio.ui.canvas.view import CanvasView


@pytest.fixture
def view(qtbot):
    graph = Graph()
    graph.insert_node(graph.new_node("dense", 0.0, 0.0))
    graph.insert_note(Note("note_1", "A note", 0, 200, 220, 90))
    view = CanvasView(graph)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.fit()
    return view


def lose_keys(field, reason):
    QApplication.sendEvent(field, QFocusEvent(QEvent.Type.FocusOut, reason))


def test_a_name_field_goes_though_nothing_was_written_when_something_else_takes_the_keys(view):
    view.rename(view.canvas.graph.nodes[0].id)
    field = view.viewport().findChild(NameField)
    lose_keys(field, Qt.FocusReason.PopupFocusReason)
    assert not field.isHidden(), "its own menu was opened"
    lose_keys(field, Qt.FocusReason.MouseFocusReason)
    assert field.isHidden()


def test_a_name_field_follows_the_zoom(view):
    view.rename(view.canvas.graph.nodes[0].id)
    field = view.viewport().findChild(NameField)
    before = field.geometry()
    view.set_zoom(0.5)
    item = view.canvas.nodes[view.canvas.graph.nodes[0].id]
    assert field.geometry() != before
    assert view.mapFromScene(item.sceneBoundingRect()).boundingRect().intersects(field.geometry())


def test_escape_keeps_what_was_written_into_a_note(view):
    written = []
    view.renamed.connect(lambda *request: written.append(request))
    view.rename("note_1")
    field = view.viewport().findChild(NoteField)
    field.selectAll()
    QTest.keyClicks(field, "Try tanh")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert written == [("note_1", "Try tanh")] and field.isHidden()


def test_a_name_field_over_a_node_that_is_gone_asks_for_nothing(view):
    asked, (node,) = [], [n.id for n in view.canvas.graph.nodes]
    view.renamed.connect(lambda *request: asked.append(request))
    view.rename(node)
    field = view.viewport().findChild(NameField)
    view.canvas.graph.remove_node(node)
    lose_keys(field, Qt.FocusReason.OtherFocusReason)
    assert field.isHidden() and not asked


def open_fields(view):
    return [f for f in view.viewport().children() if isinstance(f, Writing) and f.is_open]


def test_a_field_goes_with_what_it_stands_on(view):
    asked, graph = [], view.canvas.graph
    view.renamed.connect(lambda *request: asked.append(request))
    (node,) = graph.nodes
    view.rename(node.id)
    QTest.keyClicks(open_fields(view)[0], "Other")
    graph.remove_node(node.id)
    assert not open_fields(view), "at once, not when something takes the keys"
    view.rename("note_1")
    graph.remove_note("note_1")
    assert not open_fields(view) and not asked


def test_a_field_goes_when_somebody_else_renames_or_another_graph_is_shown(view):
    graph = view.canvas.graph
    node = graph.nodes[0]
    view.rename(node.id)
    graph.replace_node(replace(node, options={**node.options, "units": 9}))
    assert open_fields(view), "it is still called the same"
    graph.replace_node(replace(graph[node.id], name="Hidden"))
    assert not open_fields(view)
    view.rename(node.id)
    view.set_graph(Graph())
    assert not open_fields(view)


def test_there_is_never_a_second_field(view):
    asked, node = [], view.canvas.graph.nodes[0].id
    view.renamed.connect(lambda *request: asked.append(request))
    view.rename(node)
    QTest.keyClicks(open_fields(view)[0], "Hidden")
    view.rename("note_1")
    assert [type(field) for field in open_fields(view)] == [NoteField] and asked == [(node, "Hidden")]


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_click_on_the_canvas_takes_what_is_written_and_escape_there_does_not(view, is_taken):
    asked, node = [], view.canvas.graph.nodes[0].id
    view.renamed.connect(lambda *request: asked.append(request))
    view.rename(node)
    QTest.keyClicks(open_fields(view)[0], "Hidden")
    if is_taken:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    else:
        QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not open_fields(view) and asked == [(node, "Hidden")] * is_taken


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_the_renamed_node_stays_selected_and_in_its_position(qtbot, view, key):
    graph = view.canvas.graph
    graph.insert_node(graph.new_node("relu", 0.0, 100.0))
    view.show()
    view.activateWindow()
    view.fit()
    node = graph.nodes[0].id
    before = view.mapFromScene(view.canvas.nodes[node].pos())
    view.rename(node)
    assert view.mapFromScene(view.canvas.nodes[node].pos()) == before
    field = view.viewport().findChild(NameField)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClick(field, key)
    assert view.hasFocus() and list(view.canvas.selected_nodes()) == [node]
