"""The problems panel names what is wrong and mends it in one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.model.graph import Link
from nnstudio.training.messages import Phase


@pytest.fixture
def digits(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    return hands


def test_a_fault_is_listed_shown_and_mended_by_a_click(digits, window):
    panel = window.panels.problems
    assert not panel.rows and "No problems" in panel.note.text()
    window.editor.remove(["flatten_1"], [], bridge=True)
    digits.wait(lambda: bool(panel.rows))
    window.docks["problems"].raise_()
    assert window.docks["problems"].windowTitle() == "Problems (1)"
    row = panel.rows[0]
    QTest.mouseClick(row.where, Qt.MouseButton.LeftButton)
    assert digits.canvas.canvas.selected_nodes() == [row.problem.node]
    button = next(b for b in row.buttons if b.text() == "Insert Flatten")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    digits.wait(lambda: not panel.rows)
    assert window.menus.actions["undo"].text() == "Undo Insert Flatten"
    digits.trigger("undo")
    digits.wait(lambda: bool(panel.rows))


def test_a_repair_of_a_network_edited_meanwhile_is_refused_in_a_sentence(digits, window):
    panel = window.panels.problems
    window.editor.remove([], [Link("flatten_1", "dense_1")])
    digits.wait(lambda: bool(panel.rows))
    button = next(b for b in panel.rows[0].buttons if b.text() == "Connect Flatten")
    window.editor.remove(["flatten_1"], [])
    before = window.workspace.project.document.to_dict()
    # At once, before the list follows the edit.
    button.click()
    assert window.workspace.project.document.to_dict() == before
    assert "no longer fits" in window.panels.message.text()
