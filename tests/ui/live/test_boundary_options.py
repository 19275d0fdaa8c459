"""The decision boundary without held-out points, and without shades."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from nnstudio.data.dataset import Dataset, load
from nnstudio.explain.boundary import Boundary
from nnstudio.ui.live.decision_boundary import DecisionBoundary
from nnstudio.ui.widgets.theme import theme

EXTENT = (-6.0, -6.0, 6.0, 6.0)


@pytest.fixture
def view(qtbot):
    view = DecisionBoundary()
    qtbot.addWidget(view)
    return view


def colours(view) -> set[tuple[int, ...]]:
    return {tuple(colour) for colour in view.image.image.reshape(-1, 3)}


def test_held_out_points_come_and_go(view):
    data = load("spiral", {"samples": 100})
    view.set_data(data)
    assert len(view.dots.getData()[0]) == 100 and "hollow" in view.legend.text()
    view.held_out.setChecked(False)
    shown = np.stack(view.dots.getData(), 1)
    np.testing.assert_allclose(shown, data.x_train)
    assert "hollow" not in view.legend.text()
    view.held_out.setChecked(True)
    assert len(view.dots.getData()[0]) == 100


def test_what_is_learned_from_lies_on_what_is_not(view):
    data = load("spiral", {"samples": 100})
    view.set_data(data)
    across, up = view.dots.getData()
    # Later dots are painted over earlier ones.
    np.testing.assert_allclose(np.stack([across, up], 1)[-len(data.x_train) :], data.x_train)
    ground = theme.colours.base
    hollow = [spot.brush().color().name() == ground for spot in view.dots.points()]
    assert hollow == [True] * (100 - len(data.x_train)) + [False] * len(data.x_train)


@pytest.mark.parametrize("classes", [2, 3])
def test_without_shades_each_class_has_one_colour(view, classes):
    view.set_data(load("gaussian", {"classes": classes}))
    shares = np.linspace(0.01, 0.99, 64).reshape(8, 8)
    values = shares if classes == 2 else np.arange(64).reshape(8, 8) % 3 + shares / 2
    view.show_result(Boundary(1, values, EXTENT, classes))
    assert len(colours(view)) > 20
    view.shades.setChecked(False)
    assert len(colours(view)) == classes
    if classes == 2:
        first, second = view.image.image[shares < 0.5], view.image.image[shares > 0.5]
        assert len(np.unique(first, axis=0)) == len(np.unique(second, axis=0)) == 1


def test_without_shades_numbers_are_low_or_high_and_that_is_told(view):
    view.set_data(load("plane", {}))
    values = np.linspace(-3, 5, 64).reshape(8, 8)
    view.show_result(Boundary(1, values, EXTENT, 0))
    view.shades.setChecked(False)
    assert len(colours(view)) == 2 and "lower half" in view.legend.text()
    low, high = view.image.image[values < 1], view.image.image[values > 1]
    assert len(np.unique(low, axis=0)) == len(np.unique(high, axis=0)) == 1


def test_points_that_are_not_shown_are_not_erased(view, qtbot):
    x, y = np.array([[0, 0], [3, 3]], np.float32), np.zeros((2, 1), np.float32)
    data = Dataset("own", x[:1], y[:1], x[1:], y[1:], ("a", "b"), ("x1", "x2"), set_by_hand=True)
    view.set_data(data)
    view.held_out.setChecked(False)
    asked = []
    view.requested.connect(asked.append, Qt.ConnectionType.DirectConnection)
    view.brush.ended.emit(np.array([[3.0, 3.0]]), True)
    # The nearest dot is the last one, which has to stay.
    assert [type(request).__name__ for request in asked] == ["Say"]


def test_axes_read_as_the_data_does(view):
    data = load("spiral", {"samples": 100})
    table = replace(data, features=("height <m>", "weight"), x_shift=np.array([5, 0]), x_scale=2.0)
    view.set_data(table)
    across, up = (view.plot.getAxis(side) for side in ("bottom", "left"))
    assert (across.labelText, up.labelText) == ("height &lt;m&gt;", "weight")
    (spacing, ticks), *_ = across.tickValues(-1.0, 1.0, 400.0)
    read = [float(text) for text in across.tickStrings(ticks, 1.0, spacing)]
    assert read == pytest.approx([2 * tick + 5 for tick in ticks]) and 3 <= min(read) <= max(read) <= 7
    assert all(number == round(number, 1) for number in read)
    view.set_data(data)
    assert across.labelText == data.features[0] and across.reading == (0.0, 1.0)
