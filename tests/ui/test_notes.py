"""Notes, frames that carry what lies in them, dots in links, and templates that come in a frame."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from ui.pointing import double_click

from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.model.document import DataReference
from nnstudio.model.templates import templates
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.catalogue import OF, TEMPLATE
from nnstudio.ui.canvas.dot_item import DotItem
from nnstudio.ui.canvas.rename import NameField, NoteField


@pytest.fixture
def shows_views() -> bool:
    return False


@pytest.fixture
def spiral(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    return window


def note_of(window):
    return next(iter(window.editor.graph.notes.values()))


def test_a_note_is_written_moved_resized_and_undone(hands, spiral):
    before = spiral.workspace.project.document.to_dict()
    hands.trigger("note")
    field = spiral.canvas.viewport().findChild(NoteField)
    field.selectAll()
    QTest.keyClicks(field, "Try tanh")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    note = note_of(spiral)
    assert note.text == "Try tanh"
    hands.press_move_release(QPointF(note.x + 40, note.y + 40), QPointF(note.x + 40, note.y - 380))
    moved = note_of(spiral)
    assert moved.y == note.y - 420
    corner = QPointF(moved.x + moved.width - 5, moved.y + moved.height - 5)
    hands.press_move_release(corner, corner + QPointF(65, 45))
    assert (note_of(spiral).width, note_of(spiral).height) == (moved.width + 60, moved.height + 40)
    for _ in range(4):
        hands.trigger("undo")
    assert spiral.workspace.project.document.to_dict() == before


def test_a_frame_carries_what_lies_in_it(hands, spiral):
    graph = spiral.editor.graph
    first, second, *rest = [n.id for n in graph.nodes]
    spiral.canvas.canvas.select([first, second])
    hands.trigger("frame")
    QTest.keyClick(spiral.canvas.viewport().findChild(NameField), Qt.Key.Key_Return)
    frame = note_of(spiral)
    before = {n.id: (n.x, n.y) for n in graph.nodes}
    spiral.canvas.fit()
    hands.press_move_release(QPointF(frame.x + 60, frame.y + 12), QPointF(frame.x + 60, frame.y - 88))
    assert note_of(spiral).y == frame.y - 100
    assert all((graph[n].x, graph[n].y) == (before[n][0], before[n][1] - 100) for n in (first, second))
    assert all((graph[n].x, graph[n].y) == before[n] for n in rest)
    hands.trigger("undo")
    assert {n.id: (n.x, n.y) for n in graph.nodes} == before and note_of(spiral) == frame


def test_a_double_click_on_a_link_bends_it(hands, spiral):
    link = spiral.editor.graph.links[0]
    middle = spiral.canvas.canvas.links[link].path().pointAtPercent(0.5)
    shape = spiral.presenter.state.findings.nodes[link.target].shape
    double_click(spiral.canvas.viewport(), hands.screen(middle))
    dot = spiral.editor.graph.nodes[-1]
    assert isinstance(spiral.canvas.canvas.nodes[dot.id], DotItem)
    spiral.presenter.look_again()
    assert spiral.presenter.state.findings.nodes[link.target].shape == shape
    item = spiral.canvas.canvas.nodes[dot.id]
    centre = item.mapToScene(QPointF(86, 33))
    hands.press_move_release(centre, centre + QPointF(0, 90))
    assert spiral.editor.graph[dot.id].y == dot.y + 90
    assert len(spiral.editor.graph.nodes) == len({n.id for n in spiral.editor.graph.nodes})


@pytest.mark.parametrize("name", [t.id for t in templates])
def test_a_template_comes_as_a_group_in_one_step(hands, window, name):
    window.files.new()
    for node in [n.id for n in window.editor.graph.nodes]:
        window.editor.remove([node], [])
    before = window.workspace.project.document.to_dict()
    window.editor.add(TEMPLATE + OF + name, QPointF(0, 0))
    graph, frame = window.editor.graph, note_of(window)
    assert frame.text == templates[name].title
    assert all(frame.holds(n.x, n.y, 172, 66) for n in graph.nodes)
    assert len(graph.links) >= len(graph.nodes) - 1
    hands.trigger("undo")
    assert window.workspace.project.document.to_dict() == before


@pytest.mark.parametrize(
    "name, data",
    [("dense_classifier", "iris"), ("convnet", "mnist"), ("dense_classifier", "spiral")],
)
def test_a_template_fits_the_data_and_can_be_trained_at_once(hands, window, name, data):
    window.files.new()
    window.editor.choose_data(DataReference(data))
    hands.wait(lambda: window.runner.data is not None and window.editor.data_facts is not None)
    window.editor.remove([n.id for n in window.editor.graph.nodes], [])
    window.editor.add(TEMPLATE + OF + name, QPointF(0, 0))
    window.presenter.look_again()
    assert [f.error for f in hands.facts.values() if f.error] == []


def test_an_unknown_layer_is_pasted_as_a_placeholder_and_copied_as_it_was(hands, spiral):
    node = {"id": "d", "kind": "dance", "name": "Dance", "x": 0, "y": 0, "options": {"steps": 3}}
    content = {"nnstudio": "nodes", "nodes": [node], "links": [], "notes": []}
    QGuiApplication.clipboard().setText(json.dumps(content))
    hands.trigger("paste")
    assert "dance" in spiral.panels.message.text()
    pasted = spiral.editor.graph.nodes[-1]
    spiral.canvas.canvas.select([pasted.id])
    hands.trigger("copy")
    (copied,) = json.loads(QGuiApplication.clipboard().text())["nodes"]
    assert copied["kind"] == "dance" and copied["options"] == {"steps": 3}
    QGuiApplication.clipboard().clear()


def test_arranging_takes_frames_along_and_is_one_step_back(hands, window):
    window.files.new_from_template("dense_classifier")
    hands.wait_phase(Phase.READY)
    before = hands.graph.to_dict()
    hands.trigger("arrange")
    (frame,) = hands.graph.notes.values()
    assert frame.height < before["notes"][0]["height"]
    assert all(frame.holds(n.x, n.y, WIDTH, HEIGHT) for n in hands.graph.nodes)
    hands.trigger("undo")
    assert hands.graph.to_dict() == before
