"""What a screen reader finds on the canvas: nodes and ports with names, roles and places."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible

from nnstudio.training.messages import Phase

Name, Description = QAccessible.Text.Name, QAccessible.Text.Description


@pytest.fixture
def found(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.presenter.look_again()
    return QAccessible.queryAccessibleInterface(window.canvas)


def names(piece) -> list[str]:
    return [piece.child(i).text(Name) for i in range(piece.childCount())]


def test_nodes_are_children_with_names_roles_and_places(found, window):
    graph, canvas = window.editor.graph, window.canvas
    assert found.text(Name) == "Network canvas" and found.role() == QAccessible.Role.Canvas
    assert [name.split(",")[0] for name in names(found)] == [n.name for n in graph.nodes]
    for i, node in enumerate(graph.nodes):
        child = found.child(i)
        assert child.role() == QAccessible.Role.ListItem and child.isValid()
        assert found.indexOfChild(child) == i and child.parent() is found
        assert child.text(Description) == graph.registry[node.kind].help
        middle = child.rect().center()
        assert (
            canvas.mapFromScene(canvas.canvas.nodes[node.id].sceneBoundingRect())
            .boundingRect()
            .contains(canvas.viewport().mapFromGlobal(middle))
        )
        assert found.childAt(middle.x(), middle.y()) is child
    assert found.child(99) is None


def test_ports_say_what_they_are_connected_to(found, window):
    graph = window.editor.graph
    first = found.child(1)
    assert names(first) == ["Input, connected from Input", f"Output, connected to {graph.nodes[2].name}"]
    port = first.child(1)
    assert port.role() == QAccessible.Role.Button and port.parent() is first
    window.editor.remove([], [link for link in graph.links if link.source == first.name])
    assert port.text(Name) == "Output, not connected"
    assert names(found.child(0)) == ["Output, connected to Dense"]


def test_selection_is_a_state_and_faults_are_told(found, window):
    node = window.editor.graph.nodes[1]
    assert found.focusChild() is None and not found.child(1).state().selected
    window.canvas.canvas.select([node.id])
    assert found.child(1).state().selected and found.focusChild() is found.child(1)
    window.editor.remove([], [link for link in window.editor.graph.links if link.target == node.id])
    window.presenter.look_again()
    assert found.child(1).text(Name).endswith("Dense is not connected. Draw a link to its left side.")


def test_a_node_that_is_gone_is_invalid_and_comes_back_with_undo(found, hands, window):
    child = found.child(1)
    count = found.childCount()
    window.editor.remove([child.name], [])
    assert not child.isValid() and child.text(Name) == "" and child.rect().isEmpty()
    assert found.childCount() == count - 1 and found.indexOfChild(child) == -1
    hands.trigger("undo")
    assert child.isValid() and found.indexOfChild(child) == 1
