"""The arithmetic view goes through a step operation by operation."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.training.messages import Phase


def test_a_person_goes_through_a_whole_step(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.docks["arithmetic"].raise_()
    view = window.live.views["arithmetic"]
    hands.wait(lambda: view._latest is not None)
    hands.click_node("dense_1")
    hands.wait(lambda: view._latest.stages[view._latest.at].node == "dense_1")
    assert view.stage.currentText() == "Forward Dense"
    assert view.table.rowCount() == 5 and view.table.item(0, 0).text() == "Input [1]"
    assert "engine:" in view.result.text()
    seen = [view.stage.currentText()]
    while view.ahead.isEnabled():
        at = view._latest.at
        QTest.mouseClick(view.ahead, Qt.MouseButton.LeftButton)
        hands.wait(lambda at=at: view._latest.at == at + 1)
        seen.append(view.stage.currentText())
    assert seen[0] == "Forward Dense" and seen[-1] == "Update Dense 2"
    assert "Loss" in seen and "Backward ReLU" in seen
    view.unit.setValue(3)
    hands.wait(lambda: view._latest.unit == 2)
    view.sample.setValue(7)
    hands.wait(lambda: view._latest.sample == 7)
    window.runner.orders.step()
    hands.wait(lambda: view._latest.step == 1)
