"""A link that is selected says in the inspector what it is and what flows, and can be changed there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from nnstudio.explain.link_flow import LinkFlow
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.context import context_menu
from nnstudio.ui.panels.inspector import EMPTY


@pytest.fixture
def shows_views() -> bool:
    return False


@pytest.fixture
def section(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    return window.panels.inspector.link


def choose(window, at: int):
    canvas = window.canvas.canvas
    canvas.select([])
    link = window.editor.graph.links[at]
    canvas.links[link].setSelected(True)
    return link


def press(section, text: str) -> None:
    button = next(b for b in section.findChildren(QPushButton) if b.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_says_from_where_to_where_and_what_flows_now(hands, window, section):
    assert not section.isVisible() and EMPTY in window.panels.inspector.empty.text()
    link = choose(window, 1)
    graph = window.editor.graph
    assert section.isVisible() and not window.panels.inspector.empty.isVisible()
    assert (
        section.title.text().replace("\u200b", "") == f"{graph[link.source].name} → {graph[link.target].name}"
    )
    shape = window.presenter.state.findings.nodes[link.source].shape
    assert section.facts.text().replace("\u200b", "") == f"Shape of each sample here: {shape[0]}"
    hands.wait(section.mean_size.isVisible)
    assert section.of.text().startswith("At step 0, over ")
    before = section.mean_size.text(), section.gradient.text()
    window.runner.worker.start()
    hands.wait(lambda: not section.of.text().startswith("At step 0,"))
    assert (section.mean_size.text(), section.gradient.text()) != before


def test_another_link_does_not_show_what_flowed_through_the_one_before(hands, window, section):
    choose(window, 1)
    hands.wait(section.mean_size.isVisible)
    window.runner.worker.set_probe("link", None)
    choose(window, 2)
    assert not section.mean_size.isVisible() and not section.gradient.isVisible()
    choose(window, 0)
    hands.wait(section.gradient.isVisible)
    assert section.gradient.text().endswith("none flows back to here"), "it begins at the data"


def test_without_a_selected_link_nothing_is_computed_for_one(hands, window, section):
    choose(window, 1)
    hands.wait(lambda: "link" in window.runner.worker._probes)
    window.canvas.canvas.select([window.editor.graph.nodes[0].id])
    assert not section.isVisible()
    hands.wait(lambda: "link" not in window.runner.worker._probes)


def test_delete_takes_it_out_as_one_step(hands, window, section):
    link = choose(window, 1)
    press(section, "Delete")
    assert link not in window.editor.graph.links and not section.isVisible()
    hands.trigger("undo")
    assert link in window.editor.graph.links


def test_bend_puts_a_dot_into_it(window, section):
    link = choose(window, 1)
    press(section, "Bend")
    graph = window.editor.graph
    assert link not in graph.links
    (dot,) = graph.targets(link.source)
    assert graph[dot].kind == "identity" and graph.targets(dot) == [link.target]


def test_insert_searches_for_a_layer_and_puts_it_into_it(window, section):
    link = choose(window, 1)
    press(section, "Insert a layer…")
    search = window.canvas.search
    assert search.isVisible()
    QTest.keyClicks(search.field, "Dropout")
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    graph = window.editor.graph
    (between,) = graph.targets(link.source)
    assert graph[between].kind == "dropout" and graph.targets(between) == [link.target]


def test_of_several_inputs_it_says_which_one_it_is(window, section):
    from nnstudio.model.inspected_link import InspectedLink

    link = window.editor.graph.links[1]
    section.show_link(InspectedLink(link, "Left", "Add", (8,), 2, 3, 1))
    text = section.facts.text().replace("\u200b", "")
    assert "Input 2 of 3 of Add" in text and "Left feeds 1 other link with the same values." in text
    section.show_flow(LinkFlow("x", 1234, 1, 0.5, 0.25))
    assert section.of.text() == "At step 1,234, over 1 training sample"


def test_a_node_goes_with_the_selected_link_that_leads_to_it(hands, window, section):
    link = choose(window, 1)
    window.canvas.canvas.nodes[link.target].setSelected(True)
    hands.trigger("delete")
    assert link.target not in window.editor.graph and not section.isVisible()


def choose_several(window, *at: int):
    links = [choose(window, i) for i in at[:1]]
    for i in at[1:]:
        links.append(window.editor.graph.links[i])
        window.canvas.canvas.links[links[-1]].setSelected(True)
    return links


def buttons(section) -> list[str]:
    return [b.text() for b in section.findChildren(QPushButton) if b.isVisible()]


def test_several_links_are_counted_and_named_with_what_can_be_done_with_all(hands, window, section):
    choose(window, 1)
    hands.wait(section.mean_size.isVisible)
    links = choose_several(window, 0, 1, 3)
    assert section.isVisible() and section.title.text() == "3 links selected"
    assert not window.panels.inspector.empty.isVisible()
    graph, told = window.editor.graph, section.facts.text().replace("\u200b", "").split("\n")
    ends = [f"{graph[link.source].name} → {graph[link.target].name}" for link in links]
    assert [line.partition(":")[0] for line in told] == ends and told[0].endswith(": 2")
    assert buttons(section) == ["Delete all", "Bend all"]
    hands.wait(lambda: "link" not in window.runner.worker._probes)
    assert not section.mean_size.isVisible(), "what flows is told of one"
    choose(window, 2)
    assert buttons(section) == ["Delete", "Insert a layer…", "Bend"]


def test_of_many_links_the_rest_is_counted(section):
    from nnstudio.model.graph import Link
    from nnstudio.model.inspected_link import InspectedLink

    one, *others = [InspectedLink(Link("a", f"b{i}"), "A", f"B {i}", (8,), 1, 1, 10) for i in range(11)]
    section.show_link(replace(one, beside=tuple(others)))
    told = section.facts.text().replace("\u200b", "").split("\n")
    assert told[:1] == ["A → B 0: 8"] and told[-1] == "and 3 more" and len(told) == 9


@pytest.mark.parametrize("way", ["button", "key"])
def test_several_links_go_in_one_step(hands, window, section, way):
    links = choose_several(window, 1, 2)
    before = list(window.editor.graph.links)
    if way == "button":
        press(section, "Delete all")
    else:
        hands.trigger("delete")
    assert not set(links) & set(window.editor.graph.links) and not section.isVisible()
    assert window.presenter.state.undo == "Delete 2 links"
    hands.trigger("undo")
    assert list(window.editor.graph.links) == before


def test_several_links_are_bent_in_one_step_and_their_dots_can_be_dragged_together(hands, window, section):
    links = choose_several(window, 1, 2)
    graph = window.editor.graph
    before = list(graph.links)
    press(section, "Bend all")
    dots = [graph.targets(link.source)[0] for link in links]
    assert [graph[dot].kind for dot in dots] == ["identity"] * 2
    assert [graph.targets(dot) for dot in dots] == [[link.target] for link in links]
    assert len({graph[dot].name for dot in dots}) == 2
    assert sorted(window.canvas.canvas.selected_nodes()) == sorted(dots)
    assert window.presenter.state.undo == "Bend 2 links"
    hands.trigger("undo")
    assert list(graph.links) == before and not set(dots) & {n.id for n in graph.nodes}


def test_the_menu_of_a_link_takes_out_all_that_are_selected_with_it(window, section):
    links = choose_several(window, 1, 2)
    view = window.canvas
    for link, told in ((links[0], "Remove 2 links"), (window.editor.graph.links[4], "Remove")):
        menu = context_menu(view, view.mapFromScene(view.canvas.middle_of(link)))
        assert told in [action.text().partition("\t")[0] for action in menu.actions()]
        menu.deleteLater()
