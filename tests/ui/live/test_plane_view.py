"""The view of the plane: between two layers each point is on its way; what is said of the layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.data.dataset import Dataset
from nnstudio.explain.plane import Plane, PlaneProbe, PlaneStage
from nnstudio.ui.live.plane import NOT_HERE, POSITIONS, PlaneView
from nnstudio.ui.live.requests import ShowSample
from nnstudio.ui.widgets.theme import theme

# Two upright and two level lines of two points, two samples, and the chosen one.
START = np.array(
    [[0, 0], [0, 1], [1, 0], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1], [2, 0], [0, 3], [1, 2]], float
)
MATRIX, BIAS = np.array([[0.0, -2.0], [3.0, 0.5]]), np.array([1.0, -0.25])
MOVED = START @ MATRIX + BIAS
STAGES = (
    PlaneStage("i", "Input", 2, (0, 1), START),
    PlaneStage("a", "Dense", 2, (0, 1), MOVED, MATRIX, BIAS),
    PlaneStage("b", "Dense", 1, (0,), MOVED * [1, 0]),
)
PLANE = Plane(5, STAGES, 4, 2, 1.0, np.array([[0.0], [1.0]], np.float32), 2, 6, (), True)


@pytest.fixture
def view(qtbot):
    view = PlaneView()
    qtbot.addWidget(view)
    x = np.zeros((9, 2), np.float32)
    view.set_data(Dataset("d", x, x[:, :1], x[:0], x[:0, :1], classes=("no", "yes"), features=("<u>", "v")))
    view.set_names({"i": "Point", "a": "Turn", "b": "Flat"})
    view.show()
    return view


def drawn(item) -> np.ndarray:
    return np.stack(item.getData(), 1)


def test_points_go_straight_from_one_layer_to_the_next(view):
    view.show_result(PLANE)
    assert view.slider.maximum() == 2 * POSITIONS
    for position, wanted in (
        (0, START),
        (POSITIONS // 3, START * 2 / 3 + MOVED / 3),
        (POSITIONS, MOVED),
        (2 * POSITIONS, MOVED * [1, 0]),
    ):
        view.slider.setValue(position)
        np.testing.assert_allclose(drawn(view.upright), wanted[:4])
        np.testing.assert_allclose(drawn(view.level), wanted[4:8])
        np.testing.assert_allclose(drawn(view.dots), wanted[8:10])
        np.testing.assert_allclose(drawn(view.chosen), wanted[10:])


def test_what_was_before_the_layer_stays_as_a_faint_grid(view):
    view.show_result(PLANE)
    for position, wanted in (
        (0, START[:0]),
        (1, START[:8]),
        (POSITIONS, START[:8]),
        (POSITIONS + 1, MOVED[:8]),
    ):
        view.slider.setValue(position)
        np.testing.assert_allclose(drawn(view.before), wanted)


def test_dots_have_the_colours_of_their_classes(view):
    view.show_result(PLANE)
    assert [spot.brush().color().name() for spot in view.dots.points()] == [
        theme.class_colour(0),
        theme.class_colour(1),
    ]


def test_the_layer_is_told_in_numbers(view):
    view.show_result(PLANE)
    assert view.caption.text() == "Point\nSample 6: (1, 2)\n\n"
    assert view.notes.text() == "Right: <u>, up: v. Grid lines: every 1 of the input."
    view.slider.setValue(POSITIONS // 2)
    assert view.caption.text().splitlines() == [
        "Point → Turn",
        "unit 1 = 0 · x₁ + 3 · x₂ + 1",
        "unit 2 = -2 · x₁ + 0.5 · x₂ − 0.25",
        "Sample 6: (1, 2) → (7, -1.25)",
    ]
    assert view.notes.text().startswith("Right: unit 1, up: unit 2.")
    view.slider.setValue(2 * POSITIONS)
    assert view.caption.text() == "Flat\nSample 6: (7, -1.25) → (7)\n\n", "as many lines"
    assert "“Flat” has a single unit: all points lie on a line." in view.notes.text()


def test_of_more_than_two_units_two_can_be_chosen(view, qtbot):
    view.show_result(PLANE)
    assert not view.units[0].isVisible()
    five = replace(STAGES[1], units=5, shown=(0, 1))
    view.show_result(replace(PLANE, stages=(STAGES[0], five, STAGES[2])))
    view.slider.setValue(POSITIONS)
    told = view.notes.text()
    assert (
        view.units[0].isVisible() and "has 5 units; drawn are unit 1 (to the right) and unit 2 (up)." in told
    )
    with qtbot.waitSignal(view.probe_changed):
        view.units[0].setValue(5)
    view.on_request(ShowSample(np.array([1.5, -2], np.float32)))
    assert view.probe() == PlaneProbe((4, 1), 0, (1.5, -2.0))


def test_what_is_left_out_is_told(view):
    broken = MOVED.copy()
    broken[[1, 8]] = np.nan, np.inf
    stages = (STAGES[0], replace(STAGES[1], points=broken), STAGES[2])
    view.show_result(replace(PLANE, stages=stages, total=70, left_out=("i",), is_all=False))
    view.slider.setValue(POSITIONS)
    told = view.notes.text()
    assert "2 of 70 training samples" in told and "not drawn: 2." in told
    assert "Left out: Point." in told and "other branches" in told
    assert len(drawn(view.dots)) == 1


def test_scaled_inputs_are_told(view):
    view.data = replace(view.data, x_scale=np.array([2.0, 1.0]))
    view.show_result(PLANE)
    assert "The inputs are scaled" in view.notes.text()


def test_a_layer_that_is_selected_is_gone_to(view):
    view.show_result(PLANE)
    view.set_node("a", "Turn")
    assert view.slider.value() == POSITIONS
    view.slider.setValue(3)
    view.show_result(replace(PLANE, step=6))
    assert view.slider.value() == 3, "it stays where it was put while the network learns"
    view.set_node("o", "Output")
    assert view.slider.value() == 3
    view.clear()
    view.set_node("b", "Flat")
    view.show_result(PLANE)
    assert view.slider.value() == 2 * POSITIONS


def test_played_it_goes_on_to_the_end_and_stops(view, qtbot):
    view.show_result(PLANE)
    view._timer.setInterval(1)
    view.slider.setValue(view.slider.maximum())
    QTest.mouseClick(view.play, Qt.MouseButton.LeftButton)
    assert view.slider.value() == 0, "from the end it begins anew"
    qtbot.waitUntil(lambda: not view._timer.isActive())
    assert view.slider.value() == view.slider.maximum()
    view.slider.setValue(0)
    QTest.mouseClick(view.play, Qt.MouseButton.LeftButton)
    QTest.mouseClick(view.play, Qt.MouseButton.LeftButton)
    assert not view._timer.isActive()
    QTest.mouseClick(view.play, Qt.MouseButton.LeftButton)
    view.hide()
    assert not view._timer.isActive(), "nobody looks any more"


def test_other_data_has_no_plane(view):
    x = np.zeros((3, 3), np.float32)
    view.set_data(Dataset("d", x, x[:, :1], x[:0], x[:0, :1]))
    assert not PlaneView.fits(view.data) and view.probe() is None and view.hint.text() == NOT_HERE
    view.set_data(None)
    view.show_result(PLANE)
    assert not view.plot.isVisible(), "it came too late"
