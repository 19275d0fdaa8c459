"""Gestures beyond moving and linking: each is one undo step, or leaves no trace."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from nnstudio.model.graph import Link
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.context import context_menu
from nnstudio.ui.canvas.highlight import Highlight
from nnstudio.ui.canvas.rename import NameField


@pytest.fixture
def shows_views() -> bool:
    return False


@pytest.fixture
def spiral(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    return hands


def middle(hands, link: Link) -> QPointF:
    return hands.canvas.canvas.links[link].path().pointAtPercent(0.5)


def grip(hands, node: str) -> QPointF:
    return hands.canvas.canvas.nodes[node].pos() + QPointF(80, 40)


LINK = Link("dense_1", "tanh_1")


def test_a_node_dropped_on_a_link_goes_into_it_in_one_step(spiral, window):
    position = spiral.canvas.canvas.content_rect().bottomLeft() + QPointF(100, 150)
    window.editor.add("relu", position)
    before = spiral.graph.to_dict()
    start = grip(spiral, "relu_1")
    centre = spiral.canvas.canvas.nodes["relu_1"].pos() + QPointF(86, 33)
    spiral.press_move_release(start, start + middle(spiral, LINK) - centre)
    assert spiral.graph.sources("relu_1") == ["dense_1"]
    assert spiral.graph.sources("tanh_1") == ["relu_1"]
    assert window.workspace.project.document.history.last.title == "Insert ReLU"
    spiral.trigger("undo")
    assert spiral.graph.to_dict() == before
    spiral.trigger("redo")
    assert spiral.graph.sources("tanh_1") == ["relu_1"]


def test_a_node_with_links_is_only_moved_over_a_link(spiral):
    links = spiral.graph.links
    start = grip(spiral, "tanh_2")
    spiral.press_move_release(start, middle(spiral, LINK))
    assert spiral.graph.links == links


def test_a_layer_dropped_from_the_palette_on_a_link_goes_into_it(spiral):
    before = spiral.graph.to_dict()
    spiral.drop_layer("dropout", middle(spiral, LINK))
    assert spiral.graph.sources("tanh_1") == ["dropout_1"]
    spiral.trigger("undo")
    assert spiral.graph.to_dict() == before


def test_alt_drag_copies_in_one_step(spiral):
    before = spiral.graph.to_dict()
    spiral.click_node("dense_1")
    view, start = spiral.canvas.viewport(), grip(spiral, "dense_1")
    alt, left = Qt.KeyboardModifier.AltModifier, Qt.MouseButton.LeftButton
    QTest.mousePress(view, left, alt, spiral.screen(start))
    QTest.mouseMove(view, spiral.screen(start + QPointF(40, 120)))
    QTest.mouseRelease(view, left, alt, spiral.screen(start + QPointF(40, 120)))
    copy = next(n for n in spiral.graph.nodes if n.name == "Dense 4")
    original = spiral.graph["dense_1"]
    assert (copy.x - original.x, copy.y - original.y) == (40, 120)
    assert spiral.canvas.canvas.selected_nodes() == [copy.id]
    after = spiral.graph.to_dict()
    spiral.trigger("undo")
    assert spiral.graph.to_dict() == before
    spiral.trigger("redo")
    assert spiral.graph.to_dict() == after


def test_a_stroke_cuts_all_links_that_it_crosses(spiral):
    view, right = spiral.canvas.viewport(), Qt.MouseButton.RightButton
    control = Qt.KeyboardModifier.ControlModifier
    before = spiral.graph.links
    position = middle(spiral, LINK)
    QTest.mousePress(view, right, control, spiral.screen(position - QPointF(0, 40)))
    QTest.mouseMove(view, spiral.screen(position + QPointF(0, 40)))
    QTest.mouseRelease(view, right, control, spiral.screen(position + QPointF(0, 40)))
    assert [k for k in before if k not in spiral.graph.links] == [LINK]
    spiral.trigger("undo")
    assert spiral.graph.links == before


def test_a_link_by_keys_alone(spiral, window):
    window.editor.remove([], [LINK])
    spiral.click_node("dense_1")
    keys = spiral.canvas
    QTest.keyClick(keys, Qt.Key.Key_Return)
    assert "Connect to" in window.statusBar().currentMessage()
    fitting = spiral.graph.targets_for("dense_1")
    assert "tanh_1" in fitting and "input_1" not in fitting
    chosen = keys.gesture
    while chosen.targets[chosen.at].node.id != "tanh_1":
        QTest.keyClick(keys, Qt.Key.Key_Down)
    QTest.keyClick(keys, Qt.Key.Key_Return)
    assert spiral.graph.sources("tanh_1") == ["dense_1"]
    QTest.keyClick(keys, Qt.Key.Key_Return)
    QTest.keyClick(keys, Qt.Key.Key_Escape)
    assert all(item.lit == Highlight.NONE for item in spiral.canvas.canvas.nodes.values())


def test_the_mouse_ends_a_link_by_keys(spiral, window):
    window.editor.remove([], [LINK])
    items = len(spiral.canvas.canvas.items())
    spiral.click_node("dense_1")
    QTest.keyClick(spiral.canvas, Qt.Key.Key_Return)
    assert any(item.lit != Highlight.NONE for item in spiral.canvas.canvas.nodes.values())
    QTest.mouseClick(spiral.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert spiral.canvas.gesture is None and len(spiral.canvas.canvas.items()) == items
    assert all(item.lit == Highlight.NONE for item in spiral.canvas.canvas.nodes.values())


def test_what_a_link_can_lead_to_is_what_the_graph_allows(spiral):
    for a in spiral.graph.nodes:
        able = {b.id for b in spiral.graph.nodes if spiral.graph.can_link(Link(a.id, b.id), replacing=True)}
        assert spiral.graph.targets_for(a.id) == able


@pytest.mark.parametrize("shows_views", [True])
@pytest.mark.parametrize("is_closed", [False, True], ids=["behind its tabs", "closed"])
def test_a_nodes_menu_leads_to_its_weights(spiral, window, shows_views, is_closed):
    if is_closed:
        window.docks["weights"].close()
    menu = context_menu(spiral.canvas, spiral.screen(grip(spiral, "dense_1")))
    (action,) = [a for a in menu.actions() if a.text() == "Its weights…"]
    action.trigger()
    menu.deleteLater()
    weights = window.live.views["weights"]
    spiral.wait(lambda: window.docks.is_seen("weights") and weights.isVisible())
    spiral.wait(lambda: weights._latest is not None)
    none = context_menu(spiral.canvas, spiral.screen(grip(spiral, "tanh_1")))
    assert "Its weights…" not in [a.text() for a in none.actions()]
    none.deleteLater()


def test_nodes_links_notes_and_the_canvas_have_menus_of_their_own(spiral):
    def titles(position: QPointF) -> list[str]:
        menu = context_menu(spiral.canvas, spiral.screen(position))
        names = [a.text().split("\t")[0] for a in menu.actions() if not a.isSeparator()]
        menu.deleteLater()
        return names

    nodes = spiral.canvas.canvas.nodes
    assert "Rename" in titles(grip(spiral, "dense_1"))
    assert spiral.canvas.canvas.selected_nodes() == ["dense_1"]
    assert titles(nodes["dense_1"].output_position())[0] == "Connect to a new layer…"
    assert titles(nodes["tanh_1"].input_position()) == ["Remove its links"]
    assert titles(middle(spiral, LINK)) == ["Insert a layer here…", "Insert a dot here", "Remove"]
    assert titles(grip(spiral, "dense_1") + QPointF(0, 300))[0] == "Add a layer here…"
    spiral.trigger("select all")
    assert "Align &left" in titles(grip(spiral, "dense_1"))


def test_arrange_align_and_distribute_are_steps(spiral, window):
    before = spiral.graph.to_dict()
    spiral.trigger("select all")
    for name in ("align left", "distribute y", "arrange"):
        spiral.trigger(name)
    xs = [spiral.graph[n].x for n in ("input_1", "dense_1", "tanh_1")]
    assert xs == sorted(set(xs))
    for _ in range(3):
        spiral.trigger("undo")
    assert spiral.graph.to_dict() == before
    spiral.canvas.canvas.clearSelection()
    spiral.trigger("align left")
    assert "Select two or more nodes" in window.panels.message.text()


def test_f1_explains_the_selected_layer(spiral, window):
    from PySide6.QtWidgets import QMessageBox

    spiral.click_node("dense_1")
    spiral.trigger("help layer")
    box = window.findChild(QMessageBox)
    assert "Units" in box.text() and "Dense" in box.text()
    box.close()


def test_a_copy_that_is_dropped_on_a_link_goes_into_it(spiral):
    before = spiral.window.workspace.project.document.to_dict()
    spiral.drop_layer("relu", grip(spiral, "dense_1") + QPointF(0, 260))
    lone = spiral.window.editor.graph.nodes[-1].id
    start, end = grip(spiral, lone), middle(spiral, LINK)
    view, left, alt = spiral.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
    QTest.mousePress(view, left, alt, spiral.screen(start))
    for share in (0.4, 0.8, 1.0):
        QTest.mouseMove(view, spiral.screen(start + (end - start) * share))
    QTest.mouseRelease(view, left, alt, spiral.screen(end))
    copy = spiral.window.editor.graph.nodes[-1].id
    assert copy != lone and spiral.window.editor.graph.sources(copy) == [LINK.source]
    spiral.trigger("undo")
    spiral.trigger("undo")
    assert spiral.window.workspace.project.document.to_dict() == before


def test_a_copied_frame_leaves_the_originals_where_they_are(spiral):
    graph = spiral.window.editor.graph
    first = graph.nodes[0].id
    spiral.canvas.canvas.select([first])
    spiral.trigger("frame")
    QTest.keyClick(spiral.canvas.viewport().findChild(NameField), Qt.Key.Key_Return)
    before = spiral.window.workspace.project.document.to_dict()
    spiral.canvas.fit()
    frame = next(iter(graph.notes.values()))
    start = QPointF(frame.x + 60, frame.y + 12)
    view, left, alt = spiral.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
    QTest.mousePress(view, left, alt, spiral.screen(start))
    for share in (0.5, 1.0):
        QTest.mouseMove(view, spiral.screen(start + QPointF(0, 150) * share))
    QTest.mouseRelease(view, left, alt, spiral.screen(start + QPointF(0, 150)))
    after = spiral.window.workspace.project.document.to_dict()
    assert len(graph.notes) == 2 and after["graph"]["nodes"][:-1] == before["graph"]["nodes"]
    spiral.trigger("undo")
    assert spiral.window.workspace.project.document.to_dict() == before
    spiral.trigger("redo")
    assert spiral.window.workspace.project.document.to_dict() == after


@pytest.mark.parametrize("name", ["ControlModifier", "ShiftModifier"])
def test_control_and_shift_add_and_toggle(spiral, name):
    held, view = getattr(Qt.KeyboardModifier, name), spiral.canvas.viewport()
    left, canvas = Qt.MouseButton.LeftButton, spiral.canvas.canvas

    def click(node: str) -> None:
        QTest.mouseClick(view, left, held, spiral.screen(grip(spiral, node)))

    canvas.select(["dense_1"])
    click("tanh_1")
    assert set(canvas.selected_nodes()) == {"dense_1", "tanh_1"}
    click("dense_1")
    assert canvas.selected_nodes() == ["tanh_1"]
    box = canvas.nodes["dense_1"].sceneBoundingRect().adjusted(-12, -12, 12, 12)
    QTest.mousePress(view, left, held, spiral.screen(box.topLeft()))
    for corner in (box.center(), box.bottomRight()):
        QTest.mouseMove(view, spiral.screen(corner))
    QTest.mouseRelease(view, left, held, spiral.screen(box.bottomRight()))
    assert set(canvas.selected_nodes()) == {"dense_1", "tanh_1"}
