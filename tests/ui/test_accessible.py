"""What a screen reader finds on the canvas: nodes and ports with names, roles and positions."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible

from nnstudio.training.messages import Phase

Name, Description = QAccessible.Text.Name, QAccessible.Text.Description


@pytest.fixture
def access(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.presenter.look_again()
    return QAccessible.queryAccessibleInterface(window.canvas)


def names(piece) -> list[str]:
    return [piece.child(i).text(Name) for i in range(piece.childCount())]


def test_nodes_are_children_with_names_roles_and_positions(access, window):
    graph, canvas = window.editor.graph, window.canvas
    assert access.text(Name) == "Network canvas" and access.role() == QAccessible.Role.Canvas
    assert [name.split(",")[0] for name in names(access)] == [n.name for n in graph.nodes]
    for i, node in enumerate(graph.nodes):
        child = access.child(i)
        assert child.role() == QAccessible.Role.ListItem and child.isValid()
        assert access.indexOfChild(child) == i and child.parent() is access
        assert child.text(Description) == graph.registry[node.kind].help
        middle = child.rect().center()
        assert (
            canvas.mapFromScene(canvas.canvas.nodes[node.id].sceneBoundingRect())
            .boundingRect()
            .contains(canvas.viewport().mapFromGlobal(middle))
        )
        assert access.childAt(middle.x(), middle.y()) is child
    assert access.child(99) is None


def test_ports_say_what_they_are_connected_to(access, window):
    graph = window.editor.graph
    first = access.child(1)
    assert names(first) == ["Input, connected from Input", f"Output, connected to {graph.nodes[2].name}"]
    port = first.child(1)
    assert port.role() == QAccessible.Role.Button and port.parent() is first
    window.editor.remove([], [link for link in graph.links if link.source == first.name])
    assert port.text(Name) == "Output, not connected"
    assert names(access.child(0)) == ["Output, connected to Dense"]


def test_selection_is_a_state_and_faults_are_told(access, window):
    node = window.editor.graph.nodes[1]
    assert access.focusChild() is None and not access.child(1).state().selected
    window.canvas.canvas.select([node.id])
    assert access.child(1).state().selected and access.focusChild() is access.child(1)
    window.editor.remove([], [link for link in window.editor.graph.links if link.target == node.id])
    window.presenter.look_again()
    assert access.child(1).text(Name).endswith("Dense is not connected. Draw a link to its left side.")


def test_a_node_that_is_gone_is_invalid_and_comes_back_with_undo(access, hands, window):
    child = access.child(1)
    count = access.childCount()
    window.editor.remove([child.name], [])
    assert not child.isValid() and child.text(Name) == "" and child.rect().isEmpty()
    assert access.childCount() == count - 1 and access.indexOfChild(child) == -1
    hands.trigger("undo")
    assert child.isValid() and access.indexOfChild(child) == 1
