"""What units react to is drawn as large as there is room, and what is not shown is said."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.reactions import Reaction, Reactions
from nnstudio.ui.live.reacts_to import NOT_HERE, NOTHING, ReactsToView


def data(*shape: int) -> Dataset:
    x, y = np.zeros((3, *shape), np.float32), np.zeros((3, 1), np.float32)
    return Dataset("d", x, y, x[:0], y[:0], ("a", "b"))


def reaction(name: str, channels: int = 1) -> Reaction:
    parts = np.linspace(0, 1, 6 * 5 * 4 * channels).reshape(6, 5, 4, channels)
    parts[0, :2] = np.nan
    return Reaction(name, tuple(range(6)), (1.0,) * 6, parts)


@pytest.fixture
def view(qtbot):
    view = ReactsToView()
    qtbot.addWidget(view)
    view.resize(600, 200)
    view.set_data(data(28, 28, 1))
    view.set_node("c", "Conv")
    return view


def result(*reactions: Reaction, units: int = 0) -> Reactions:
    return Reactions(7, "c", Split.VALIDATION, 256, units or len(reactions), (5, 4), reactions)


@pytest.mark.parametrize("channels", [1, 3])
def test_parts_are_drawn_on_one_scale_for_each_unit(view, channels):
    view.show_result(result(reaction("1", channels), reaction("2", channels)))
    pixels = view.image.image
    assert pixels.max() == 255 and [title.toPlainText() for title in view.titles] == ["1", "2"]
    assert "256 validation samples" in view.caption.text() and "5×4 pixels" in view.caption.text()


def test_units_stand_beside_each_other_where_there_is_more_room(view):
    view.show()
    drawn = result(*[reaction(str(i)) for i in range(8)])
    view.show_result(drawn)
    low = view.image.image.shape
    view.resize(200, 700)
    high = view.image.image.shape
    assert low[1] > high[1] and low[0] < high[0]


def test_what_is_left_out_is_said(view):
    view.show_result(result(reaction("1"), Reaction("2", (), (), np.zeros((0, 5, 4, 1))), units=20))
    assert "the first 2 of 20" in view.caption.text() and "the same for all: 2" in view.caption.text()


def test_a_layer_without_units_and_other_data_say_so(view):
    view.show_result(result())
    assert view.hint.text() == NOTHING and not view.hint.isHidden() and view.map.isHidden()
    view.set_data(data(4))
    assert view.probe() is None and view.hint.text() == NOT_HERE
