"""The code map: dots with a legend, and a picture that follows the mouse and the arrow keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from ui.pointing import move_over

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.groupings import Grouping
from nnstudio.explain.code_map import CodeMap
from nnstudio.ui.live.code_map import NO_CODE, NOT_HERE, CodeMapView


def pictures(groupings: tuple[Grouping, ...] = ()) -> Dataset:
    x = np.zeros((5, 2, 2, 1), np.float32)
    y = x.reshape(5, -1)
    return Dataset("pictures", x, y, x[:0], y[:0], groupings=groupings)


POINTS = np.array([[0, 0], [1, 0], [2, 1], [0, 2], [np.nan, 1]], np.float32)
KINDS = Grouping("kind", ("cat", "d<g"), {Split.TRAINING: np.array([0, 1, 1, 0, 1], np.uint8)})
DOTS = CodeMap(3, "m0", POINTS, 9)
PICTURE = np.array([[[0.0], [1.0]], [[0.5], [0.0]]])


@pytest.fixture
def view(qtbot):
    view = CodeMapView()
    qtbot.addWidget(view)
    view.resize(420, 300)
    view.show()
    view.set_data(pictures((KINDS,)))
    return view


def test_dots_are_coloured_by_group_and_those_left_out_are_told(view):
    view.show_result(DOTS)
    across, up = view.dots.getData()
    assert np.stack([across, up], 1).tolist() == POINTS[:4].tolist()
    colours = [point.brush().color().name() for point in view.dots.points()]
    assert colours[0] == colours[3] != colours[1] == colours[2]
    told = view.legend.text()
    assert "kind: " in told and "d&lt;g" in told
    assert "the first 5 of 9 training samples" in told and told.endswith("not finite: 1")


def test_it_begins_in_the_middle_and_follows_the_mouse(view):
    view.show_result(DOTS)
    assert view.probe().code == (0.5, 0.5)
    move_over(view.plot, 1.2, 0.8)
    pixel = view.plot.getPlotItem().vb.viewPixelSize()
    assert view.probe().code == pytest.approx((1.2, 0.8), abs=2 * max(pixel))
    assert [float(v[0]) for v in view.here.getData()] == pytest.approx(view.probe().code)


def test_the_picture_is_shown_with_the_code_that_it_was_drawn_from(view):
    view.show_result(DOTS)
    view.show_result(CodeMap(3, "m0", code=(0.25, -1.5), picture=PICTURE))
    # Of the dots, the first is nearest, and it is a cat.
    assert view.where.text() == "0.25, -1.5\nnearest dot: cat"
    image = view.drawn.grab().toImage()
    quarter = [image.pixelColor(image.width() // 2 + dx, image.height() // 2 + dy).lightness()
               for dx, dy in ((-9, -9), (9, -9), (-9, 9))]  # fmt: skip
    assert quarter == [0, 255, 127]
    assert len(view.dots.points()) == 4
    view.show_result(CodeMap(3, "m0", code=(0.25, -1.5), picture=PICTURE * np.nan))
    assert view.drawn.picture is None and view.where.text() == "not finite"


@pytest.mark.parametrize(
    "key, way", [(Qt.Key.Key_Right, (1, 0)), (Qt.Key.Key_Left, (-1, 0)), (Qt.Key.Key_Up, (0, 1)),
                 (Qt.Key.Key_Down, (0, -1))],
)  # fmt: skip
def test_arrow_keys_walk(view, key, way):
    view.show_result(DOTS)
    QTest.keyClick(view.plot, key)
    moved = np.sign(np.subtract(view.probe().code, (0.5, 0.5)))
    assert moved.tolist() == list(way)


def test_without_a_code_of_two_numbers_it_says_what_is_lacking(view):
    view.show_result(DOTS)
    view.show_result(CodeMap(3, ""))
    assert view.hint.isVisible() and view.hint.text() == NO_CODE and not view.plot.isVisible()
    assert view.probe().code is None


def test_samples_that_nothing_parts_have_one_colour(view):
    view.set_data(pictures())
    view.show_result(replace(DOTS, total=5))
    view.show_result(CodeMap(3, "m0", code=(2.0, 1.0), picture=PICTURE))
    assert view.where.text() == "2, 1"
    assert len({point.brush().color().name() for point in view.dots.points()}) == 1
    assert view.legend.text().startswith("5 training samples")


def test_other_data_has_no_map(qtbot):
    view, data = CodeMapView(), replace(pictures(), classes=("a", "b"))
    qtbot.addWidget(view)
    assert not CodeMapView.fits(data) and CodeMapView.fits(pictures())
    view.set_data(data)
    assert view.probe() is None and view.hint.text() == NOT_HERE
