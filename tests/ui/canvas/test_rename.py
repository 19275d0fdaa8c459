"""Fields over the canvas: they go when something else takes the keys, follow the zoom, and lose nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.model.graph import Graph, Note
from nnstudio.ui.canvas.rename import NameField, NoteField
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
