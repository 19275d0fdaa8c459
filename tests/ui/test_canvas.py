"""Gestures and keys on the canvas; every one is one undo step or leaves no trace."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsSceneHoverEvent
from ui.pointing import double_click

from nnstudio.model.graph import Link
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.rename import NameField
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def shows_views() -> bool:
    return False


@pytest.fixture
def spiral(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    return hands


def title_of(hands, node: str) -> QPointF:
    item = hands.canvas.canvas.nodes[node]
    return QPointF(item.node.x + 80, item.node.y + 30)


def test_a_drag_moves_the_node_on_the_grid_and_is_one_step(spiral, window):
    before = spiral.graph["dense_1"]
    start = title_of(spiral, "dense_1")
    spiral.press_move_release(start, start + QPointF(33, 61))
    after = spiral.graph["dense_1"]
    assert (after.x - before.x, after.y - before.y) == (30, 60)
    spiral.trigger("undo")
    assert spiral.graph["dense_1"] == before
    assert not window.menus.actions["undo"].isEnabled()


def test_several_selected_nodes_move_together(spiral):
    spiral.trigger("select all")
    before = {n.id: (n.x, n.y) for n in spiral.graph.nodes}
    start = title_of(spiral, "tanh_1")
    spiral.press_move_release(start, start + QPointF(0, 40))
    assert {n.id: (n.x, n.y - 40) for n in spiral.graph.nodes} == before


def test_a_link_drawn_to_an_occupied_input_replaces_it(spiral):
    spiral.link("input_1", "tanh_1")
    assert spiral.graph.sources("tanh_1") == ["input_1"]
    spiral.trigger("undo")
    assert spiral.graph.sources("tanh_1") == ["dense_1"]


def test_a_circle_is_refused_with_the_reason(spiral, window):
    before = spiral.graph.links
    spiral.link("tanh_2", "dense_1")
    assert spiral.graph.links == before
    assert "cycle" in window.panels.message.text()


def test_pulling_a_link_off_its_input_removes_it(spiral):
    end = spiral.canvas.canvas.nodes["tanh_1"].input_position()
    spiral.press_move_release(end, end + QPointF(-10, 200))
    assert spiral.graph.sources("tanh_1") == []


def test_releasing_a_link_on_empty_space_offers_layers_and_connects(spiral, window):
    start = spiral.canvas.canvas.nodes["dense_1"].output_position()
    spiral.press_move_release(start, start + QPointF(30, 260))
    search = window.canvas.search
    assert search.isVisible()
    QTest.keyClicks(search.field, "relu")
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert spiral.graph.sources("relu_1") == ["dense_1"]
    spiral.trigger("undo")
    assert "relu_1" not in spiral.graph


def test_escape_cancels_a_drag_without_a_trace(spiral):
    before = spiral.graph.to_dict()
    view, start = spiral.canvas.viewport(), title_of(spiral, "dense_1")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=spiral.screen(start))
    QTest.mouseMove(view, spiral.screen(start + QPointF(90, 90)))
    assert spiral.graph.to_dict() != before
    QTest.keyClick(spiral.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=spiral.screen(start))
    assert spiral.graph.to_dict() == before


def test_delete_and_backspace_keep_the_chain(spiral):
    told = []
    spiral.canvas.told.connect(told.append)
    spiral.click_node("tanh_1")
    QTest.keyClick(spiral.canvas, Qt.Key.Key_Delete)
    assert "tanh_1" not in spiral.graph and spiral.graph.sources("dense_2") == ["dense_1"]
    assert told == ["Dense leads to Dense 2 now; Undo brings back what was deleted."]
    spiral.trigger("undo")
    assert spiral.graph.sources("dense_2") == ["tanh_1"]
    spiral.click_node("tanh_1")
    QTest.keyClick(spiral.canvas, Qt.Key.Key_Backspace)
    assert spiral.graph.sources("dense_2") == ["dense_1"]


def test_a_link_can_be_selected_and_deleted(spiral):
    line = spiral.canvas.canvas.links[Link("dense_1", "tanh_1")]
    middle = line.path().pointAtPercent(0.5)
    QTest.mouseClick(spiral.canvas.viewport(), Qt.MouseButton.LeftButton, pos=spiral.screen(middle))
    assert spiral.canvas.canvas.selected_links() == [Link("dense_1", "tanh_1")]
    QTest.keyClick(spiral.canvas, Qt.Key.Key_Delete)
    assert Link("dense_1", "tanh_1") not in spiral.graph.links


def test_copy_and_paste_make_new_names_in_one_step(spiral):
    spiral.canvas.canvas.select(["dense_1", "tanh_1"])
    spiral.trigger("copy")
    assert json.loads(QGuiApplication.clipboard().text())["links"] == [["dense_1", "tanh_1"]]
    before = len(spiral.graph.nodes)
    spiral.trigger("paste")
    assert len(spiral.graph.nodes) == before + 2
    assert len({n.name for n in spiral.graph.nodes}) == before + 2
    pasted = spiral.canvas.canvas.selected_nodes()
    assert Link(*pasted) in spiral.graph.links
    spiral.trigger("undo")
    assert len(spiral.graph.nodes) == before


@pytest.mark.parametrize(
    "text", ["", "hello", "[]", '{"nnstudio": "nodes"}', '{"nnstudio": "nodes", "nodes": [1]}']
)
def test_pasting_something_else_is_a_sentence(spiral, window, text):
    QGuiApplication.clipboard().setText(text)
    spiral.trigger("paste")
    assert "holds no layers" in window.panels.message.text()


def test_cut_and_duplicate(spiral):
    spiral.canvas.canvas.select(["tanh_1"])
    spiral.trigger("duplicate")
    assert "tanh_3" in spiral.graph
    spiral.trigger("cut")
    assert "tanh_3" not in spiral.graph


def test_arrows_nudge_and_undo_knows(spiral):
    spiral.click_node("dense_1")
    x = spiral.graph["dense_1"].x
    QTest.keyClick(spiral.canvas, Qt.Key.Key_Right)
    assert spiral.graph["dense_1"].x == x + 10
    spiral.trigger("undo")
    assert spiral.graph["dense_1"].x == x


def test_double_click_on_the_palette_adds_behind_the_selection(spiral, window):
    spiral.click_node("dense_1")
    window.panels.palette.tree.itemActivated.emit(window.panels.palette.item("dropout"), 0)
    assert spiral.graph.sources("dropout_1") == ["dense_1"]


def test_a_layer_added_from_the_palette_goes_into_the_link_behind_the_selected_node(spiral, window):
    spiral.click_node("dense_1")
    (after,) = [link.target for link in spiral.graph.links if link.source == "dense_1"]
    window.panels.palette.add_requested.emit("dropout")
    assert spiral.graph.sources("dropout_1") == ["dense_1"]
    assert spiral.graph.sources(after) == ["dropout_1"]
    spiral.click_node("dense_1")
    window.panels.palette.add_requested.emit("output")
    assert spiral.graph.sources("dropout_1") == ["dense_1"], "an end goes into no link"


def test_the_palette_finds_synonyms(window):
    palette = window.panels.palette
    QTest.keyClicks(palette.search, "convolution")
    assert not palette.item("conv2d").isHidden() and palette.item("relu").isHidden()
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert any(n.kind == "conv2d" for n in window.workspace.project.document.graph.nodes)


def test_what_enter_would_add_is_chosen_in_the_palette(window):
    palette = window.panels.palette
    QTest.keyClicks(palette.search, "lstm")
    # A relative of it stands above it.
    assert not palette.item("gru").isHidden() and palette.tree.currentItem() is palette.item("lstm")
    palette.search.clear()
    assert palette.tree.currentItem() is None


def test_faults_are_shown_on_the_guilty_node(spiral, window):
    spiral.drop_layer("conv2d", QPointF(200, 330))
    spiral.link("dense_1", "conv2d_1")
    item = spiral.canvas.canvas.nodes["conv2d_1"]
    spiral.wait(lambda: "picture" in item.facts.error)
    spiral.click_node("conv2d_1")
    assert window.panels.inspector.error.isVisible() and "picture" in window.panels.inspector.error.text()


def test_shapes_are_on_every_link_and_counts_on_every_node(spiral):
    links = spiral.canvas.canvas.links
    assert [item.label for item in links.values()] == ["2", "8", "8", "8", "8", "1", "1"]
    assert spiral.canvas.canvas.nodes["dense_2"].facts.parameters == 72


def test_zoom_fit_and_both_themes_paint(spiral, window, qapp):
    window.canvas.set_zoom(9)
    assert window.canvas.zoom == pytest.approx(4.0)
    spiral.trigger("fit")
    assert window.canvas.zoom <= 1.0
    for dark in (True, False):
        theme.apply(qapp, dark)
        picture = window.grab().toImage()
        corner = window.canvas.mapTo(window, window.canvas.rect().topLeft())
        colour = picture.pixelColor((corner + QPointF(3, 3).toPoint()) * picture.devicePixelRatio())
        assert (colour.lightness() < 60) == dark


def test_a_double_click_on_the_title_renames_in_place(spiral):
    node = spiral.graph["dense_1"]
    title = spiral.screen(QPointF(node.x + 60, node.y + 15))
    double_click(spiral.canvas.viewport(), title)
    field = spiral.canvas.viewport().findChild(NameField)
    QTest.keyClicks(field, "Hidden")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert spiral.graph["dense_1"].name == "Hidden"
    assert field.isHidden()
    QTest.keyClick(spiral.canvas, Qt.Key.Key_F2)
    field = next(f for f in spiral.canvas.viewport().findChildren(NameField) if not f.isHidden())
    QTest.keyClicks(field, "Other")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert spiral.graph["dense_1"].name == "Hidden"


def test_a_link_tells_what_flows_through_it_now(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    line = next(iter(window.canvas.canvas.links.values()))
    hands.wait(lambda: line.values is not None)
    hover = QGraphicsSceneHoverEvent(QEvent.Type.GraphicsSceneHoverMove)
    line.hoverMoveEvent(hover)
    low, _mean, high = line.values
    tip = line.toolTip()
    assert "Shape of each sample here: 2" in tip and f"from {low:.4g} to {high:.4g}" in tip


def test_an_input_without_its_link_is_starved(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    link = window.editor.graph.links[0]
    item = window.canvas.canvas.nodes[link.target]
    assert not item.starved
    window.editor.remove([], [link])
    window.presenter.look_again()
    assert item.starved
