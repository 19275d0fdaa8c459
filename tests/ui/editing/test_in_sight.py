"""What an edit adds or moves by itself is seen afterwards; what a person moves, they see anyway."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF

from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.document import Document
from nnstudio.model.graph import Link
from nnstudio.ui.canvas.catalogue import catalogue
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.editing.editor import Editor


@pytest.fixture
def editor(qtbot):
    """input, dense, output in a row as broad as the view, which a person chose."""
    document = Document()
    for at, kind in enumerate(("input", "dense", "output")):
        document.graph.insert_node(document.graph.new_node(kind, at * (WIDTH + 60), 0.0))
    document.graph.insert_link(Link("input_1", "dense_1"))
    document.graph.insert_link(Link("dense_1", "output_1"))
    view = CanvasView(document.graph)
    qtbot.addWidget(view)
    view.search.show_catalogue(catalogue(document))
    view.resize(int(3 * WIDTH + 160), 300)
    view.show()
    view.fit()
    view._touched = True
    return Editor(document, view)


def sees(editor, node: str) -> bool:
    view, at = editor.view, editor.graph[node]
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    return seen.contains(QRectF(at.x, at.y, WIDTH, HEIGHT))


def test_a_node_that_makes_room_is_followed(editor):
    assert sees(editor, "output_1")
    before = editor.view.zoom
    editor.view.canvas.select(["dense_1"])
    editor.add_behind_selection("tanh")
    assert editor.graph["output_1"].x > 3 * WIDTH
    assert sees(editor, "tanh_1") and sees(editor, "output_1")
    assert editor.view.zoom == before, "there is room for both"


def test_what_lies_far_apart_is_seen_smaller(editor):
    editor.view.set_zoom(3.0)
    editor.view.centerOn(0, 0)
    editor.add("tanh", QPointF(5000, 4000))
    assert sees(editor, "tanh_1")
    editor.add("relu", QPointF(5100, 4100))
    assert sees(editor, "relu_1")


def test_what_a_person_moves_out_of_sight_goes_there(editor):
    seen = editor.view.mapToScene(editor.view.viewport().rect()).boundingRect()
    editor.move({"dense_1": (9000.0, 9000.0)}, object())
    assert editor.view.mapToScene(editor.view.viewport().rect()).boundingRect() == seen


def test_a_layer_by_keys_stands_before_what_it_leads_to(editor):
    # In another row, where nothing would make room by itself.
    editor.move({"output_1": (2 * WIDTH + 80.0, 2 * HEIGHT)}, object())
    editor.view.canvas.select(["dense_1"])
    editor.add_behind_selection("relu")
    assert editor.graph["relu_1"].x + WIDTH <= editor.graph["output_1"].x
