"""Points are set and taken away in the decision boundary, with undo, and are learned."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from nnstudio.model.document import DataReference
from nnstudio.training.messages import Phase


def click(view, x: float, y: float, button) -> None:
    plot = view.plot
    position = plot.getPlotItem().vb.mapViewToScene(QPointF(x, y))
    QTest.mouseClick(plot.viewport(), button, pos=plot.mapFromScene(position))


def test_points_are_set_taken_away_undone_and_learned(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    view = window.live.views["decision_boundary"]
    assert not view.which.isVisible()
    window.editor.choose_data(DataReference("own_points", {}))
    hands.wait(lambda: view.data is not None and view.data.name == "Own points")
    hands.wait(lambda: view.which.isVisible() and view._last is not None)
    before = len(view.data.x_train)
    view.which.setCurrentIndex(1)
    click(view, 0.5, 0.25, Qt.MouseButton.LeftButton)
    hands.wait(lambda: view.data is not None and len(view.data.x_train) == before + 1)
    added = view.data.x_train[abs(view.data.x_train - [0.5, 0.25]).sum(1).argmin()]
    assert added == pytest.approx([0.5, 0.25], abs=0.1)
    hands.wait(lambda: view._last is not None)
    click(view, 0.5, 0.25, Qt.MouseButton.RightButton)
    hands.wait(lambda: view.data is not None and len(view.data.x_train) == before)
    hands.trigger("undo")
    hands.wait(lambda: view.data is not None and len(view.data.x_train) == before + 1)
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: window.runner.snapshot.epoch > 3)
