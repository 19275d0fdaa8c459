"""The View menu is short and grouped; a layout shows what it is for, and all of the network."""

from __future__ import annotations

MOST = 14


def test_the_view_menu_fits_on_any_screen_and_still_holds_every_panel(window):
    (top,) = [a.menu() for a in window.menuBar().actions() if a.text() == "&View"]
    shown = [action for action in top.actions() if not action.isSeparator()]
    assert len(shown) <= MOST
    held = [inner for action in shown if action.menu() for inner in action.menu().actions()]
    for name in window.docks:
        assert held.count(window.docks[name].toggleViewAction()) == 1, name
    for name in ("larger text", "reset layout", "undo layout", "large"):
        assert window.menus.actions[name] in held, name


def test_a_layout_shows_the_page_that_it_is_for(window, hands):
    hands.trigger("layout data and results")
    assert window.pages.currentWidget() is window.panels.data_page
    hands.trigger("layout watch the training")
    assert window.pages.currentWidget() is window.canvas


def test_a_layout_brings_all_of_the_network_into_sight(window, hands):
    view, graph = window.editor.view, window.editor.graph
    graph.insert_node(graph.new_node("dense", 0.0, 0.0))
    graph.insert_node(graph.new_node("dense", 900.0, 0.0))
    view.set_zoom(3.0)

    def is_seen() -> bool:
        return view.mapToScene(view.viewport().rect()).boundingRect().contains(view.canvas.content_rect())

    assert not is_seen()
    hands.trigger("layout watch the training")
    hands.bot.waitUntil(is_seen, timeout=4000)
