"""The list of steps: what was done, what was taken back, and a way to each."""

from __future__ import annotations

from nnstudio.training.messages import Phase


def test_a_click_goes_back_and_forth(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    states = [window.workspace.project.document.to_dict()]
    dense = next(n.id for n in window.editor.graph.nodes if n.kind == "dense")
    for units in (3, 4):
        window.editor.change_node(dense, "name", f"Layer {units}")
        window.editor.change_node(dense, "units", units)
        states.append(window.workspace.project.document.to_dict())
    steps = window.panels.history.list
    assert steps.count() == 5 and steps.currentRow() == 4
    assert [steps.item(i).text() for i in (0, 2)] == ["As it was opened", "Set units of Layer 3 to 3"]
    steps.itemClicked.emit(steps.item(0))
    assert window.workspace.project.document.to_dict() == states[0] and steps.currentRow() == 0
    assert steps.item(4).font().italic()
    steps.itemClicked.emit(steps.item(2))
    assert window.workspace.project.document.to_dict() == states[1]
    window.editor.change_node(dense, "frozen", True)
    assert steps.count() == 4 and steps.currentRow() == 3
