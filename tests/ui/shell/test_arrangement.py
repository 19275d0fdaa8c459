"""Shipped layouts: as many views beside each other as there is room for, and none that does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication

from nnstudio.data.dataset import Dataset
from nnstudio.ui.shell.arrangement import FIRST, SHIPPED, Room, in_columns
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def normal_text():
    yield
    theme.set_text_scale(1.0)


def room(width: int, letter: int = 6) -> Room:
    return Room(width, 700, letter, 14)


def seen(window) -> list[str]:
    QCoreApplication.processEvents()
    return [name for name in window.docks if window.docks.is_seen(name)]


def test_larger_letters_and_smaller_windows_take_columns():
    assert [room(width).columns(FIRST) for width in (3840, 1400, 1024, 600, 100)] == [14, 4, 3, 1, 1]
    assert [room(1024, letter).columns(FIRST) for letter in (6, 9, 12)] == [3, 2, 1]


def test_groups_that_are_left_over_are_tabs_of_the_first():
    groups = [["a", "b"], ["c"], ["d"], ["e"]]
    assert in_columns(groups, 9) == groups
    assert in_columns(groups, 3) == [["a", "b", "e"], ["c"], ["d"]]
    assert in_columns(groups, 1) == [["a", "b", "c", "d", "e"]]


def test_each_layout_shows_what_it_says(window):
    assert len({arrangement.title for arrangement in SHIPPED}) == len(SHIPPED)
    for arrangement in SHIPPED:
        window.layouts.choose(arrangement)
        shown = {name for name in window.docks if not window.docks[name].isHidden()}
        views = set(window.live.views.factories)
        assert shown - views == set(arrangement.beside), arrangement.title
        assert shown & views == (views if arrangement.views is None else set(arrangement.views))


def test_a_view_that_does_not_fit_takes_no_room_in_any_layout(window):
    x, y = np.zeros((4, 7), np.float32), np.zeros((4, 1), np.float32)
    window.docks.offer(Dataset("some", x, y, x, y))
    for arrangement in SHIPPED:
        window.layouts.choose(arrangement)
        assert window.docks["decision_boundary"].isHidden()


@pytest.mark.parametrize("scale", [1.0, 1.4, 2.0])
def test_the_window_fits_a_small_screen_whatever_the_letters(window, normal_text, hands, scale):
    window.resize(1024, 700)
    theme.set_text_scale(scale)
    hands.wait(lambda: window.minimumSizeHint().width() <= 1024 and not window.layouts._follow.isActive())
    assert (window.width(), window.height()) == (1024, 700)
    assert "loss_curve" in seen(window), "the first of several that were seen is in front"


def test_a_layout_that_nobody_changed_follows_the_window(window, hands):
    def count() -> int:
        return sum(name in window.live.views for name in seen(window))

    assert count() == 4
    window.resize(1024, 700)
    hands.wait(lambda: count() == 3)
    window.resize(1500, 900)
    hands.wait(lambda: count() == 4)


def test_panels_stay_where_they_are_while_letters_grow_a_little(window, normal_text, hands):
    hands.wait(lambda: not window.layouts._follow.isActive())
    before = seen(window)
    theme.set_text_scale(1.1)
    assert Room.of(window).columns(FIRST) < 4, "a new window would have fewer columns"
    hands.wait(lambda: not window.layouts._follow.isActive())
    assert seen(window) == before


def test_the_tab_that_was_chosen_stays_in_front(window, hands):
    window.docks.raise_("weights")
    window.resize(1024, 700)
    hands.wait(lambda: "loss_surface" not in seen(window))
    assert "weights" in seen(window) and "activations" not in seen(window)


def test_a_higher_window_gives_views_their_share(window, hands):
    window.resize(1400, 1500)
    hands.wait(lambda: window.docks["loss_curve"].height() > 0.3 * 1500)
