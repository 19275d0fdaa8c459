"""Weights as a picture: each stands where it belongs, and what lies between filters looks like no weight."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from nnstudio.explain.unit_pictures import ClassMeans
from nnstudio.explain.weights import Weights, describe
from nnstudio.ui.live.weight_picture import FINE, left_out, painted, picture_of
from nnstudio.ui.live.weights import WeightView
from nnstudio.ui.widgets.theme import DARK, LIGHT, theme


def test_filters_are_a_mosaic_and_matrices_a_map():
    filters = np.arange(3 * 3 * 2 * 5, dtype=np.float32).reshape(3, 3, 2, 5)
    picture, gaps, _corners = picture_of(filters)
    size = 3 * FINE
    np.testing.assert_array_equal(picture[:size:FINE, :size:FINE], filters[:, :, 0, 0])
    np.testing.assert_array_equal(picture[:size:FINE, size + 1 : 2 * size + 1 : FINE], filters[:, :, 0, 1])
    assert gaps[:, size].all() and not gaps[:size, :size].any()
    # The last line is not full.
    assert gaps[size + 1 :, -size:].all()
    picture, gaps, corners = picture_of(np.zeros((7, 9)))
    assert picture.shape == (7, 9) and not gaps.any() and not corners


def units_of(shape: tuple[int, int, int], count: int) -> np.ndarray:
    """A matrix of units that read a picture: value (i, j, k) has the weight 1000 i + 10 j + u into unit u."""
    i, j, _k = np.indices(shape)
    return ((1000 * i + 10 * j).reshape(-1, 1) + np.arange(count)).astype(np.float32)


def test_units_that_read_a_picture_are_pictures_themselves():
    picture, gaps, corners = picture_of(units_of((20, 30, 3), 5), (20, 30, 3))
    assert picture.shape == (2 * 20 + 1, 3 * 30 + 2)
    assert corners == ((0, 0), (31, 0), (62, 0), (0, 21), (31, 21))
    for unit, (left, top) in enumerate(corners):
        assert picture[top, left] == unit and picture[top + 19, left + 29] == 19_290 + unit
        assert not gaps[top : top + 20, left : left + 30].any()
    assert gaps[20].all() and gaps[:, 30].all()


def test_a_unit_stands_beside_what_it_is_compared_with_each_on_its_own_scale():
    values, beside = units_of((20, 30, 1), 3) * -7, np.zeros((3, 20, 30, 1))
    beside[2, 4, 6] = 0.25
    picture, _gaps, corners = picture_of(values, (20, 30, 1), beside)
    assert corners == ((0, 0), (62, 0), (0, 21))
    assert picture.min() == -1 and picture.max() == 1
    (lit,) = np.argwhere(picture == 1)
    assert lit.tolist() == [21 + 4, 31 + 6]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_no_weight_looks_like_a_gap_or_like_what_is_no_number(colours, monkeypatch):
    monkeypatch.setattr(theme, "colours", colours)
    values = np.concatenate([np.linspace(-1, 1, 201), [np.nan, 0.0]])[None]
    gaps = np.zeros(values.shape, bool)
    gaps[0, -1] = True
    *weights, broken, gap = painted(values, gaps)[0].astype(int)
    apart = np.abs(np.array(weights)[:, None] - np.array([broken, gap])).sum(-1)
    assert apart.min() > 60


def test_where_no_picture_is_left_the_panel_is_seen():
    mosaic = picture_of(units_of((20, 30, 1), 3), (20, 30, 1), room=1.4)
    assert mosaic.values.shape == (41, 61) and len(mosaic.corners) == 3
    colours = painted(mosaic.values, mosaic.gaps, mosaic.blank)
    around = QColor(theme.colours.window).getRgb()[:3]
    assert (colours[21:, 31:] == around).all() and not (colours[20] == around).all()
    assert not mosaic.blank[:20].any() and not mosaic.blank[:, :31].any()
    full = picture_of(units_of((20, 30, 1), 4), (20, 30, 1), room=1.4)
    assert not full.blank.any()


def test_what_is_not_shown_is_said():
    assert left_out(1, 64, "units") == ""
    assert left_out(3, 100, "units") == " · shown: input channel 1 of 3, the first 64 units"


def seen(names: tuple[str, ...], means: ClassMeans | None = None, inputs: int = 400) -> Weights:
    matrix = np.ones((inputs, len(names) or 3), np.float32)
    array = describe(matrix, ("Inputs", "Units"), ((), names), (inputs // 20, 20, 1))
    return Weights(0, "n", {"weight": array}, means=means)


def test_pictures_of_classes_bear_their_names(qtbot):
    view = WeightView()
    qtbot.addWidget(view)
    view.set_node("n", "Digit")
    view.show_result(seen(("cat", "dog")))
    assert [title.toPlainText() for title in view.titles] == ["cat", "dog"]
    assert "each unit as a picture of 20×20" in view.caption.text()
    view.show_result(seen((), inputs=420))
    assert view.titles == []


def test_no_number_of_a_mean_is_taken_for_a_weight(qtbot):
    """A small matrix is a table of numbers that can be written; with means beside it, there is none."""
    view = WeightView()
    qtbot.addWidget(view)
    view.set_node("n", "Digit")
    view.show_result(seen(("cat", "dog"), ClassMeans(np.ones((2, 2, 20, 1)), 9), inputs=40))
    assert view.table.isHidden() and view.numbers.isHidden() and not view.map.isHidden()
    assert "beside the mean of its class over 9 training samples" in view.caption.text()
    assert len(view.titles) == 2
