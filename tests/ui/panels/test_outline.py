"""The outline says in words what the canvas shows, follows its selection and leads it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.model.graph import Node
from nnstudio.model.inference import NodeFacts
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.describe import describe


@pytest.fixture
def outline(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.docks["outline"].raise_()
    hands.wait(lambda: window.panels.outline.topLevelItemCount() > 0)
    return window.panels.outline


def test_every_node_is_a_row_with_its_ends_below(window, outline):
    graph = window.editor.graph
    rows = [outline.topLevelItem(i) for i in range(outline.topLevelItemCount())]
    assert [r.text(0) for r in rows] == [n.name for n in graph.nodes]
    dense = next(n for n in graph.nodes if n.kind == "dense")
    row = rows[[n.id for n in graph.nodes].index(dense.id)]
    assert [row.child(i).text(0) for i in range(row.childCount())] == [
        f"input from {graph[graph.sources(dense.id)[0]].name}",
        f"output to {graph[graph.targets(dense.id)[0]].name}",
    ]
    spoken = row.data(0, int(Qt.ItemDataRole.AccessibleTextRole))
    assert "gives" in spoken and "parameters" in spoken


def test_selections_follow_each_other(window, outline, hands):
    node = window.editor.graph.nodes[1].id
    window.canvas.canvas.select([node])
    # Not before all that came in as the project opened is shown.
    hands.wait(lambda: [i.text(0) for i in outline.selectedItems()] == [window.editor.graph[node].name])
    # Nor is it taken out again where Ctrl is held down, as it is to select several.
    QTest.keyPress(window.canvas, Qt.Key.Key_Control)
    QTest.keyPress(window.canvas, Qt.Key.Key_Shift, Qt.KeyboardModifier.ControlModifier)
    for at in (2, 1):
        window.canvas.canvas.select([window.editor.graph.nodes[at].id])
        assert [i.text(0) for i in outline.selectedItems()] == [window.editor.graph.nodes[at].name]
    outline.clearSelection()
    outline.topLevelItem(2).setSelected(True)
    assert window.canvas.canvas.selected_nodes() == [window.editor.graph.nodes[2].id]


def test_it_follows_edits(hands, window, outline):
    count = outline.topLevelItemCount()
    window.panels.palette.add_requested.emit("dense")
    hands.wait(lambda: outline.topLevelItemCount() == count + 1)
    hands.trigger("undo")
    hands.wait(lambda: outline.topLevelItemCount() == count)


def test_a_fault_is_read_aloud():
    node = Node("d", "dense", "My layer")
    assert describe(node, "Dense", NodeFacts(error="It is not connected.")) == (
        "My layer, Dense. It is not connected."
    )
