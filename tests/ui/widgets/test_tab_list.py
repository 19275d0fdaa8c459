"""Tabs that have no room are reached by a list, not by scrolling."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QTabBar, QTabWidget, QWidget

from nnstudio.ui.widgets.tab_list import Entry, TabLists
from nnstudio.ui.widgets.theme import theme

TITLES = ("Confusion", "Classes", "Mistakes && worse", "Calibration", "Hidden")


@pytest.fixture
def tabs(qtbot):
    tabs = QTabWidget()
    for title in TITLES:
        tabs.addTab(QWidget(), title)
    tabs.setTabVisible(4, False)
    qtbot.addWidget(tabs)
    lists = TabLists(tabs)
    lists.follow(tabs.tabBar())
    tabs.list = lists.buttons[tabs.tabBar()]
    tabs.show()
    return tabs


def test_the_list_is_there_only_where_tabs_have_no_room(tabs):
    tabs.resize(900, 200)
    assert not tabs.list.isVisible()
    tabs.resize(150, 200)
    assert tabs.list.isVisible() and "Calibration" in tabs.list.toolTip()
    assert tabs.list.text() == "3 more ▾"
    tabs.resize(900, 200)
    assert not tabs.list.isVisible()


def test_an_entry_brings_its_tab_to_the_front(tabs):
    tabs.resize(150, 200)
    menu = tabs.list.menu()
    menu.aboutToShow.emit()
    actions = menu.actions()
    assert [a.text() for a in actions] == ["Confusion", "Classes", "Mistakes && worse", "Calibration"]
    assert [a.isChecked() for a in actions] == [True, False, False, False]
    actions[3].trigger()
    assert tabs.currentIndex() == 3
    bar = tabs.tabBar()
    assert bar.rect().contains(bar.tabRect(3).center()) and tabs.list.isVisible()


def test_no_part_of_a_title_is_seen_beside_the_button(tabs):
    bar = tabs.tabBar()
    for width in range(160, 330, 7):
        tabs.resize(width, 200)
        if not tabs.list.isVisible():
            continue
        edge = tabs.list.geometry().left()
        cut = [at for at in range(1, 4) if bar.tabRect(at).left() < edge <= bar.tabRect(at).right()]
        assert not cut and tabs.list.width() >= tabs.list.sizeHint().width()


def test_the_button_says_how_many_it_hides_and_its_tip_which_ones(tabs):
    bar = tabs.tabBar()
    titles = ["Confusion", "Classes", "Mistakes & worse", "Calibration"]
    seen_counts = set()
    for width in range(150, 400, 9):
        tabs.resize(width, 200)
        for at in range(4):
            tabs.setCurrentIndex(at)
            bar.repaint()
            if not tabs.list.isVisible():
                continue
            edge = tabs.list.geometry().left()
            whole = [bar.tabRect(i).left() >= 0 and bar.tabRect(i).right() < edge for i in range(4)]
            hidden = [title for i, title in enumerate(titles) if not whole[i] and i != at]
            seen_counts.add(len(hidden))
            assert tabs.list.text() == f"{len(hidden)} more ▾"
            assert tabs.list.toolTip() == f"Not in sight: {', '.join(hidden)}"
    assert len(seen_counts) > 1


def test_an_entry_says_what_its_tab_shows(qtbot):
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    tabs.addTab(QWidget(), "Classes")
    lists = TabLists(tabs, about={"Classes": "How many of each class are right."}.get)
    lists.follow(tabs.tabBar())
    menu = lists.buttons[tabs.tabBar()].menu()
    menu.aboutToShow.emit()
    assert menu.actions()[0].toolTip() == "How many of each class are right."


@pytest.fixture
def at_scale():
    theme.apply(QApplication.instance(), dark=False)
    yield theme.set_text_scale
    theme.set_text_scale(1.0)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_tab_in_front_is_seen_whole(tabs, at_scale, scale):
    at_scale(scale)
    bar = tabs.tabBar()
    for width in range(int(210 * scale), int(330 * scale), 13):
        tabs.resize(width, 200)
        for at in range(4):
            tabs.setCurrentIndex(at)
            bar.repaint()
            tab, edge = bar.tabRect(at), tabs.list.geometry().left() if tabs.list.isVisible() else bar.width()
            assert tab.left() >= 0 and tab.right() < edge, (width, at)


def test_what_else_there_is_stands_below_the_tabs_with_why_it_cannot_be_chosen(qtbot):
    tabs, brought = QTabWidget(), []
    qtbot.addWidget(tabs)
    for title in TITLES:
        tabs.addTab(QWidget(), title)
    others = [
        Entry("Weights", "", lambda: brought.append("Weights")),
        Entry("Fit", "For one number.", brought.clear),
    ]
    lists = TabLists(tabs, lambda _bar: others)
    lists.follow(tabs.tabBar())
    menu = lists.buttons[tabs.tabBar()].menu()
    menu.aboutToShow.emit()
    *_, weights, fit = menu.actions()
    assert (weights.text(), weights.isEnabled()) == ("Weights", True)
    assert (fit.text(), fit.isEnabled(), fit.toolTip()) == ("Fit", False, "For one number.")
    weights.trigger()
    assert brought == ["Weights"]


def test_a_bar_that_is_gone_is_forgotten(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    lists, bar = TabLists(owner), QTabBar(owner)
    lists.follow(bar)
    assert len(lists.buttons) == 1
    bar.deleteLater()
    qtbot.waitUntil(lambda: not lists.buttons)
    theme.changed.emit()
