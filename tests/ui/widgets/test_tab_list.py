"""Tabs that have no room are reached by a list, not by scrolling."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QTabBar, QTabWidget, QWidget

from nnstudio.ui.widgets.tab_list import TabLists
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


def test_a_bar_that_is_gone_is_forgotten(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    lists, bar = TabLists(owner), QTabBar(owner)
    lists.follow(bar)
    assert len(lists.buttons) == 1
    bar.deleteLater()
    qtbot.waitUntil(lambda: not lists.buttons)
    theme.changed.emit()
