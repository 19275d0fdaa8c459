"""Points are set and taken away in the decision boundary, with undo, and are learned."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
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


@pytest.fixture
def own(hands, window):
    """The decision boundary with four points."""
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.editor.choose_data(DataReference("own_points", {"points": "0.123456 0 1; 4 4 1; 0 4 2; 4 0 2"}))
    view = window.live.views["decision_boundary"]
    hands.wait(lambda: view.which.isVisible() and view._last is not None)
    return view


def drag(view, start: tuple[float, float], end: tuple[float, float], button) -> None:
    viewport, spots = view.plot.viewport(), []
    for point in (start, end):
        scene = view.plot.getPlotItem().vb.mapViewToScene(QPointF(*point))
        spots.append(QPoint(view.plot.mapFromScene(scene)))
    QTest.mousePress(viewport, button, pos=spots[0])
    QTest.mouseMove(viewport, spots[1])
    QTest.mouseRelease(viewport, button, pos=spots[1])


def test_a_drag_sets_points_in_one_step_and_a_drag_of_the_right_button_erases(hands, window, own):
    before = window.workspace.document.data.options["points"]
    assert own.counts.text() == "teal: 2, purple: 2"
    drag(own, (0.5, 2), (3.5, 2), Qt.MouseButton.LeftButton)
    text = window.workspace.document.data.options["points"]
    assert text.startswith(before + "; ") and text.count(";") >= 5
    hands.wait(lambda: own.data is not None and len(own.data.x_train) == text.count(";") + 1)
    assert own.counts.text() == f"teal: {text.count(';') - 1}, purple: 2"
    hands.wait(lambda: own._last is not None)
    drag(own, (0.3, 2), (3.7, 2), Qt.MouseButton.RightButton)
    assert window.workspace.document.data.options["points"] == before
    window.editor.undo()
    assert window.workspace.document.data.options["points"] == text
    window.editor.undo()
    assert window.workspace.document.data.options["points"] == before


def test_the_last_points_stay_and_that_is_told(hands, window, own):
    told = []
    window.live.said.connect(told.append)
    window.editor.choose_data(DataReference("own_points", {"points": "1 1 2"}))
    hands.wait(lambda: own.data is not None and len(own.data.x_train) == 1 and own._last is not None)
    click(own, 1, 1, Qt.MouseButton.RightButton)
    assert "One point has to stay" in told[0]
    assert window.workspace.document.data.options["points"] == "1 1 2"


def test_points_with_values_take_the_number_beside(hands, window, own):
    window.editor.choose_data(DataReference("own_values", {"points": "0 0 1; 4 4 3"}))
    hands.wait(lambda: own.value.isVisible() and not own.which.isVisible() and own._last is not None)
    assert own.counts.text() == "2 points, values 1 to 3"
    own.value.set_value(7.5)
    click(own, 2, 1, Qt.MouseButton.LeftButton)
    assert window.workspace.document.data.options["points"].endswith(" 7.5")
    hands.wait(lambda: own.counts.text() == "3 points, values 1 to 7.5")
