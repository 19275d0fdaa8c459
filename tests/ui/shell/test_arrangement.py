"""Shipped layouts: as many views beside each other as there is room for, and none that does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.view import Question
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
    groups, each = [["a", "b"], ["c"], ["d"], ["e"]], ["1", "2", "3", "4"]
    assert in_columns(groups, each, 9) == groups
    assert in_columns(groups, each, 3) == [["a", "b", "e"], ["c"], ["d"]]
    assert in_columns(groups, each, 1) == [["a", "b", "c", "d", "e"]]


def test_a_second_group_on_a_question_comes_last_or_where_that_is_asked():
    groups, questions = [["a", "b"], ["c"], ["d"], ["e"]], ["learning", "learning", "answers", "inside"]
    assert in_columns(groups, questions, 4) == [["a", "b"], ["d"], ["e"], ["c"]]
    assert in_columns(groups, questions, 3) == [["a", "b", "c"], ["d"], ["e"]]
    assert in_columns(groups, questions, 2) == [["a", "b", "c", "e"], ["d"]]


def test_tabs_and_menus_of_views_stand_in_the_order_of_what_a_learner_asks(window):
    views = window.live.views.factories
    asked = [view.question for view in views.values()]
    assert asked == sorted(asked, key=list(Question).index) and set(asked) == set(Question)
    titles = {view.title: view.question for view in views.values()}
    for menu in window.findChildren(QMenu):
        if menu.title() in ("Li&ve views", "Show &one view large"):
            heads = [action.text() for action in menu.actions() if action.isSeparator()]
            assert heads == [str(question) for question in Question]
            below, head = {}, ""
            for action in menu.actions():
                head = action.text() if action.isSeparator() else head
                if head and not action.isSeparator():
                    below[action.text().replace("&&", "&")] = head
            assert below == titles
    for column in window.docks.columns(FIRST):
        # What has nothing to show comes behind what has.
        shown = [name for name in column if not window.live.views.lack(name)]
        assert shown == [name for name in views if name in shown]


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
