"""Results by group: a column to choose, its groups with their figures, and the gap in a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.data.dataset import Split
from nnstudio.explain.by_group import ByGroup
from nnstudio.explain.results import ResultsProbe
from nnstudio.project import open_example
from nnstudio.ui.live.result_tabs import ClassTabs, NumberTabs

TOWN = ByGroup("town", ("Bern", "Oslo", "Rome"), np.array([120, 30, 0]), np.array([0.95, 0.6, np.nan]))
SIDE = ByGroup("side", ("left", "right"), np.array([145, 5]), np.array([0.875, 0.875]))


@pytest.fixture(scope="module")
def results():
    """Of classes and of numbers."""
    sessions = (open_example(name).session() for name in ("iris", "celsius"))
    return [next(r for r in ResultsProbe(Split.TRAINING).run(s) if r is not None) for s in sessions]


@pytest.fixture
def tabs_of(qtbot):
    def tabs_of(kind, results, groups):
        tabs, told = kind(), replace(results, groups=groups)
        qtbot.addWidget(tabs)
        tabs.repaint_theme()
        tabs.choice_changed.connect(lambda: tabs.draw(told))
        tabs.draw(told)
        return tabs

    return tabs_of


def texts(tabs):
    table = tabs.groups.table
    return [[table.item(r, c).text() for c in range(3)] for r in range(table.rowCount())]


def open_groups(tabs):
    at = tabs.indexOf(tabs.groups)
    assert tabs.isTabVisible(at) and tabs.tabText(at) == "By group"
    tabs.setCurrentIndex(at)
    tabs.choice_changed.emit()


def test_groups_of_classes_have_their_accuracy(tabs_of, results):
    tabs = tabs_of(ClassTabs, results[0], (TOWN, SIDE))
    open_groups(tabs)
    assert texts(tabs) == [["Bern", "120", "95.0%"], ["Oslo", "30", "60.0%"], ["Rome", "0", "-"]]
    assert tabs.groups.table.horizontalHeaderItem(2).text() == "Right"
    assert tabs.groups.gap.text() == "Gap: 35.0 percentage points, between Oslo and Bern."


def test_another_column_is_drawn_when_it_is_chosen_and_stays_chosen(tabs_of, results):
    tabs = tabs_of(ClassTabs, results[0], (TOWN, SIDE))
    open_groups(tabs)
    tabs.groups.box.setCurrentIndex(1)
    assert texts(tabs) == [["left", "145", "87.5%"], ["right", "5", "87.5%"]]
    told = tabs.groups.gap.text()
    assert told.startswith("Gap: 0.0 percentage points") and told.endswith("chance decides much: right.")
    tabs.draw(replace(results[0], groups=(replace(TOWN, column="city"), SIDE)))
    assert tabs.groups.box.currentText() == "side" and len(texts(tabs)) == 2


def test_groups_of_numbers_have_their_error(tabs_of, results):
    errors = replace(TOWN, values=np.array([1.25, 3.75, np.nan]))
    tabs = tabs_of(NumberTabs, results[1], (errors,))
    open_groups(tabs)
    assert texts(tabs) == [["Bern", "120", "1.25"], ["Oslo", "30", "3.75"], ["Rome", "0", "-"]]
    assert tabs.groups.table.horizontalHeaderItem(2).text() == "Mean absolute error of Fahrenheit"
    assert tabs.groups.gap.text() == "Gap: 2.5 of 'Fahrenheit', between Bern and Oslo."


def test_one_group_alone_has_no_gap(tabs_of, results):
    lone = ByGroup("town", ("Bern", "Oslo"), np.array([50, 0]), np.array([0.5, np.nan]))
    tabs = tabs_of(ClassTabs, results[0], (lone,))
    open_groups(tabs)
    assert tabs.groups.gap.text().startswith("No gap")


@pytest.mark.parametrize("kind, at", [(ClassTabs, 0), (NumberTabs, 1)])
def test_data_that_nothing_parts_has_no_such_tab(tabs_of, results, kind, at):
    tabs = tabs_of(kind, results[at], ())
    assert not tabs.isTabVisible(tabs.indexOf(tabs.groups))
