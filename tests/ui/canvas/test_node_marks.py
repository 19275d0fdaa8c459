"""A node with a problem carries a mark that offers what would mend it; the legend explains colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from nnstudio.explain.thumbnails import Thumbnail, ThumbnailKind
from nnstudio.model.graph import Graph
from nnstudio.model.problems import Problem, Repair
from nnstudio.ui.canvas import node_item
from nnstudio.ui.canvas.legend import HEIGHT, Legend
from nnstudio.ui.canvas.node_parts import LEAST_MARK, MARK
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def view(qtbot):
    graph = Graph()
    graph.insert_node(graph.new_node("dense", 0.0, 0.0))
    view = CanvasView(graph)
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.fit()
    return view


def test_a_press_on_the_mark_offers_repairs_and_the_chosen_one_is_requested(view):
    (item,) = view.canvas.nodes.values()
    repair = Repair("Insert Flatten", lambda _document, _graph: None)
    view.repairs_of = lambda _problem: [repair]
    asked = []
    view.repair_requested.connect(asked.append)
    view.canvas.show_problems([Problem(item.node.id, "Nothing comes in."), Problem("", "No Output.")])
    assert "Nothing comes in." in item.toolTip() and "No Output" not in item.toolTip()
    at = view.mapFromScene(MARK.center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    menu = view.findChild(QMenu)
    said, offered = menu.actions()
    assert said.text() == "Nothing comes in." and not said.isEnabled()
    offered.trigger()
    menu.close()
    assert asked == [repair]
    view.canvas.show_problems([])
    assert not item.mark_at(MARK.center())


def test_from_afar_the_mark_is_as_large_as_can_be_seen(view):
    (item,) = view.canvas.nodes.values()
    view.canvas.show_problems([Problem(item.node.id, "Nothing comes in.")])
    view.set_zoom(0.3)
    view.centerOn(item)
    picture = view.viewport().grab().toImage()
    ratio, warning = picture.devicePixelRatio(), QColor(theme.colours.error)
    columns = [
        x for x in range(picture.width()) for y in range(picture.height())
        if picture.pixelColor(x, y) == warning
    ]  # fmt: skip
    assert (max(columns) - min(columns)) / ratio >= LEAST_MARK - 4


def test_the_legend_takes_a_strip_below_the_canvas_and_gives_it_back(view):
    legend = Legend(view)
    view.show()
    before = view.viewport().height()
    legend.set_shown(False)
    assert view.viewport().height() == before + HEIGHT and not legend.isVisible()
    legend.set_shown(True)
    assert legend.geometry().bottom() == view.height() - 1 and not legend.grab().isNull()


def test_the_sentence_below_a_node_lies_over_other_nodes(view):
    (item,) = view.canvas.nodes.values()
    before, facts = item.zValue(), item.facts
    item.set_facts(replace(facts, error="Nothing comes in."))
    assert item.zValue() > before
    item.set_facts(facts)
    assert item.zValue() == before


def test_a_long_sentence_is_broken_into_lines_of_the_menu_and_a_heading_stands_for_it(view):
    (item,) = view.canvas.nodes.values()
    text = "Nothing comes in, and that is so because of many things. " * 4
    for problem, is_long in (
        (Problem(item.node.id, text), True),
        (Problem(item.node.id, text, heading="It"), False),
    ):
        view.canvas.show_problems([problem])
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(MARK.center()))
        menu = view.findChildren(QMenu)[-1]
        said = [action.text() for action in menu.actions()]
        assert " ".join(said) == (text.strip() if is_long else "It") and (len(said) > 2) == is_long
        assert not any("…" in line for line in said)
        menu.close()


@pytest.mark.parametrize(
    ("formula", "is_written"),
    [("1.8 · x + 32", True), ("-9.163 · x1 - 6.341 · x2 - 4.673 · x3 + 0.125 · x4 - 1.25", False)],
)
def test_a_formula_stands_below_a_picture_whole_or_not_at_all(view, monkeypatch, formula, is_written):
    (item,) = view.canvas.nodes.values()
    written = []
    monkeypatch.setattr(node_item, "write_line", lambda _painter, _box, text, *_how: written.append(text))
    tiles = np.full((1, 8, 8), 128, np.uint8)
    item.set_thumbnail(Picture(Thumbnail(ThumbnailKind.PLANE, tiles, 1, formula=formula), True))
    view.set_zoom(1.0)
    view.viewport().grab()
    assert written == [formula] * is_written
    assert f"Computes {formula}" in item.toolTip(), "the tip says it all the same"


@pytest.mark.parametrize("units", [2, 32])
def test_a_card_from_afar_is_painted_anew_as_a_whole_when_its_first_picture_comes(view, monkeypatch, units):
    (item,) = view.canvas.nodes.values()
    painted = []
    monkeypatch.setattr(item, "update", lambda *box: painted.append(box))
    tiles = np.full((2, 4, 4), 200, np.uint8)
    picture = Picture(Thumbnail(ThumbnailKind.PICTURE, tiles, units), True)
    for shown, is_whole in ((picture, True), (picture, False), (None, True)):
        painted.clear()
        item.set_thumbnail(shown)
        assert (() in painted) == is_whole
