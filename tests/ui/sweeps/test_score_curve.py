"""A sweep of one option is a curve of the score by its value, with the spread of each setting."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from sweep.projects import iris, plan_of
from ui.sweeps.scripted import setting

from nnstudio.sweep.trial import Status
from nnstudio.ui.sweeps.axes import ListedAxis, MeasuredAxis, measured_axis_of
from nnstudio.ui.sweeps.score_curve import CUT, SPREAD


@pytest.fixture
def curve(page, qtbot):
    page.begin(plan_of(iris(), "learning_rate=0.01,0.03,0.1"), {"learning_rate": "Rate"}, "iris")
    qtbot.waitUntil(page.curve.hint.isVisible)
    return page.curve


def of(number: int, rate: object, value: float | None, status: Status = Status.TRAINED, **more: object):
    return setting(number, value, status, values={"learning_rate": rate}, **more)


def points(item) -> list[tuple[float, float]]:
    x, y = item.getData()
    return [] if x is None else sorted(zip(list(x), list(y), strict=True))


def at(curve, x: float, y: float) -> QPoint:
    return curve.plot.mapFromScene(curve.plot.getViewBox().mapViewToScene(QPointF(x, y)))


def test_one_option_is_a_curve_and_two_are_parallel_coordinates(page, curve):
    assert page.pictures.currentWidget() is curve
    page.begin(
        plan_of(iris(), "learning_rate=1,2", "batch_size=8,16"), {"learning_rate": "", "batch_size": ""}
    )
    assert page.pictures.currentWidget() is page.of_several and page.plot.isVisible()


def test_points_stand_by_value_and_score_and_are_joined_in_order(curve):
    curve.show_settings([of(1, 0.1, 0.2), of(2, 0.01, 0.6), of(3, 0.03, 0.4)])
    x, y = map(list, curve.line.getData())
    assert x == pytest.approx([0.0, 2 / 9, 1.0]) and y == pytest.approx([1.0, 0.5, 0.0])
    assert points(curve.best) == [(1.0, 0.0)] and len(points(curve.trained)) == 3
    assert curve.plot.getAxis("bottom").labelText == "Rate"
    assert curve.plot.getAxis("left").labelText == "Validation loss"


def test_the_spread_is_a_bar_and_is_explained(curve):
    curve.show_settings([of(1, 0.01, 0.5)])
    assert SPREAD not in curve.legend.text() and points(curve.spread) == []
    curve.show_settings([of(1, 0.01, 0.5, deviation=0.1), of(2, 0.1, 0.9)])
    # From 0.4, the end of the bar, to 0.9.
    assert points(curve.spread) == [(0.0, 0.0), (0.0, pytest.approx(0.4))] and SPREAD in curve.legend.text()


def test_a_bar_beyond_zero_ends_where_the_logarithm_does(curve):
    curve.show_settings([of(1, 0.01, 0.01, deviation=0.02), of(2, 0.1, 5.0, deviation=1.0)])
    heights = [height for _x, height in points(curve.spread)]
    assert np.isfinite(heights).all() and min(heights) == 0
    assert CUT in curve.legend.text()
    curve.show_settings([of(1, 0.01, 0.5, deviation=0.1), of(2, 0.1, 0.9)])
    assert CUT not in curve.legend.text()


def test_what_could_not_be_trained_is_a_cross_at_the_bottom(curve):
    curve.show_settings(
        [of(1, 0.01, None, Status.DIVERGED), of(2, 0.03, 0.5), of(3, 0.1, 0.1, Status.STOPPED)]
    )
    ((x, y),) = points(curve.failed)
    assert x == 0.0 and y < 0 and len(points(curve.stopped)) == 1
    assert (
        "could\xa0not\xa0be\xa0trained" in curve.legend.text() and "stopped\xa0early" in curve.legend.text()
    )
    assert points(curve.best) == points(curve.trained), "what was stopped is not the best"
    low, _high = curve.plot.getViewBox().viewRange()[1]
    assert low < y, "it is in sight"


def test_words_are_not_joined(page):
    page.begin(plan_of(iris(), "optimizer=adam,sgd"), {"optimizer": "Optimizer"}, "iris")
    page.curve.show_settings(
        [setting(1, 0.5, values={"optimizer": "adam"}), setting(2, 0.3, values={"optimizer": "sgd"})]
    )
    assert points(page.curve.line) == [] and points(page.curve.trained) == [(0, 1), (1, 0)]


def test_a_point_and_its_row_belong_together(page, curve, qtbot):
    for each in (of(1, 0.01, 0.5), of(2, 0.1, 0.1)):
        page.add(each)
    page._draw()
    qtbot.waitUntil(curve.plot.isVisible)
    QTest.mouseClick(curve.plot.viewport(), Qt.MouseButton.LeftButton, pos=at(curve, 1.0, 0.0))
    assert page.table.selected == 2 and points(curve.marked) == [(1.0, 0.0)]
    page.table.pointed.emit(1)
    assert points(curve.below_mouse) == [(0.0, 1.0)]
    page.table.pointed.emit(0)
    assert points(curve.below_mouse) == []


def test_numbers_far_apart_stand_by_their_logarithm_and_words_evenly():
    (rates, words) = (
        measured_axis_of(plan_of(iris(), text).space.searched[0], "")
        for text in ("learning_rate=0.001,0.1,0.01", "optimizer=adam,sgd")
    )
    assert isinstance(rates, MeasuredAxis) and isinstance(words, ListedAxis)
    assert [(t.height, t.text) for t in rates.ticks()] == [
        (0.0, "0.001"), (pytest.approx(0.5), "0.01"), (1.0, "0.1"),
    ]  # fmt: skip
