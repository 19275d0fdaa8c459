"""Sub-networks through the window: made, named, opened, edited, trained, left, dissolved, copied."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from ui.pointing import double_click

from nnkernels.spec import SUBNETWORK
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.rename import NameField


@pytest.fixture
def spiral(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    return window


def group(window, count=2) -> str:
    """Put the first layers into a sub-network by the menu."""
    layers = [n.id for n in window.editor.graph.nodes if window.editor.graph.registry[n.kind].role == "layer"]
    window.canvas.canvas.select(layers[:count])
    window.menus.actions["group"].trigger()
    return window.canvas.canvas.selected_nodes()[0]


def test_made_named_opened_and_left(hands, spiral):
    node = group(spiral)
    field = spiral.canvas.viewport().findChild(NameField)
    QTest.keyClicks(field, "Encoder")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert spiral.editor.graph[node].name == "Encoder"
    assert "Encoder" in {i.text(0) for i in spiral.panels.palette._items()}
    item = spiral.canvas.canvas.nodes[node]
    position = item.pos() + type(item.pos())(80, 50)
    double_click(spiral.canvas.viewport(), hands.screen(position))
    assert spiral.editor.path == (node,)
    assert spiral.panels.breadcrumb.isVisible()
    assert [n.kind for n in spiral.editor.graph.nodes][:2] == ["dense", "tanh"]
    back = next(b for b in spiral.panels.breadcrumb.findChildren(QPushButton) if b.text() == "Network")
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    assert spiral.editor.path == () and not spiral.panels.breadcrumb.isVisible()


def test_it_trains_and_shows_what_is_inside(hands, spiral):
    node = group(spiral)
    spiral.editor.go((node,))
    spiral.runner.orders.train()
    items = spiral.canvas.canvas.nodes
    hands.wait(lambda: all(i.thumbnail for i in items.values() if i.layer.id in ("dense", "tanh")))
    spiral.runner.orders.pause()
    assert spiral.presenter.state.findings.nodes[spiral.editor.graph.nodes[0].id].parameters > 0


def test_undo_goes_where_the_step_was_made(hands, spiral):
    before = spiral.workspace.project.document.to_dict()
    node = group(spiral)
    spiral.editor.go((node,))
    inner = spiral.editor.graph.nodes[0]
    spiral.editor.change_nodes([inner.id], "units", 5)
    spiral.editor.go(())
    hands.trigger("undo")
    assert spiral.editor.path == (node,)
    assert spiral.editor.graph[inner.id].options["units"] == inner.options["units"]
    hands.trigger("undo")
    assert spiral.editor.path == () and spiral.workspace.project.document.to_dict() == before


def test_what_cannot_be_grouped_is_said(spiral):
    spiral.canvas.canvas.select([n.id for n in spiral.editor.graph.nodes])
    spiral.menus.actions["group"].trigger()
    assert "stay outside" in spiral.panels.message.text()


def test_dissolved_again(hands, spiral):
    count = len(spiral.editor.graph.nodes)
    parameters = sum(f.parameters for f in spiral.presenter.state.findings.nodes.values())
    node = group(spiral)
    spiral.canvas.canvas.select([node])
    hands.trigger("dissolve")
    spiral.presenter.look_again()
    assert len(spiral.editor.graph.nodes) == count
    assert sum(f.parameters for f in spiral.presenter.state.findings.nodes.values()) == parameters


def test_the_palette_adds_another_of_it(spiral):
    node = group(spiral)
    network = spiral.editor.graph[node].options["network"]
    spiral.panels.palette.add_requested.emit(f"{SUBNETWORK}:{network}")
    assert spiral.workspace.project.document.uses(network) == 2


def test_a_copy_takes_its_sub_network_to_another_project(hands, spiral):
    node = group(spiral)
    spiral.canvas.canvas.select([node])
    hands.trigger("copy")
    spiral.workspace.project.saved = spiral.workspace.project.moment()
    spiral.files.new()
    hands.trigger("paste")
    pasted = spiral.editor.graph.nodes[-1]
    assert pasted.kind == SUBNETWORK
    assert pasted.options["network"] in spiral.workspace.project.document.subnetworks
    hands.trigger("undo")
    assert spiral.workspace.project.document.subnetworks == {}
    QGuiApplication.clipboard().clear()


def test_unused_sub_networks_are_forgotten_on_request(hands, spiral):
    hands.trigger("forget")
    assert "in use" in spiral.panels.message.text()
    node = group(spiral)
    spiral.canvas.canvas.select([node])
    hands.trigger("dissolve")
    assert len(spiral.workspace.project.document.subnetworks) == 1
    hands.trigger("forget")
    assert spiral.workspace.project.document.subnetworks == {}
    hands.trigger("undo")
    assert len(spiral.workspace.project.document.subnetworks) == 1
