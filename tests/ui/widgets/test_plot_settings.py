"""Plots without pyqtgraph's menu behave as those with it."""

from __future__ import annotations

import inspect
import re
import sys

import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QWidget

from nnstudio.ui.widgets.plot_settings import PlotSettings, without_menu
from nnstudio.ui.widgets.plots import make_plot

# An attribute of pyqtgraph's brings all of it in: a module of it alone would find half of the others.
assert pg.PlotItem
template = sys.modules["pyqtgraph.graphicsItems.PlotItem.plotConfigTemplate_generic"]
READ = ("isChecked", "value", "maximum", "count")


@pytest.fixture
def plot(qtbot):
    plot = make_plot()
    qtbot.addWidget(plot)
    return plot


def test_all_settings_are_there_with_the_values_that_pyqtgraph_gives_them(qtbot):
    form, theirs, ours = QWidget(), template.Ui_Form(), PlotSettings()
    qtbot.addWidget(form)
    theirs.setupUi(form)
    ours.setupUi(form)
    names = set(re.findall(r"\b(?:ctrl|c)\.(\w+)", inspect.getsource(pg.PlotItem))) - {"setupUi"}
    names = {name for name in names if hasattr(theirs, name)}
    assert len(names) > 25
    for name in names:
        one, other = getattr(theirs, name), getattr(ours, name)
        for read in READ:
            if hasattr(one, read):
                assert getattr(one, read)() == getattr(other, read)(), f"{name}.{read}"


def test_what_a_plot_is_asked_for_reaches_its_curves(plot):
    curve = plot.plot([1, 2, 3], [1, 10, 100])
    plot.setLogMode(y=True)
    assert curve.getData()[1].tolist() == [0, 1, 2] and plot.getAxis("left").logMode
    later = plot.plot([1, 2], [1, 1000])
    assert later.getData()[1].tolist() == [0, 3]
    plot.setLogMode(y=False)
    assert curve.getData()[1].tolist() == [1, 10, 100]
    plot.showGrid(x=True, alpha=0.5)
    assert plot.getAxis("bottom").grid == 127 and plot.getAxis("left").grid is False


def test_there_are_few_widgets_and_plots_of_others_keep_their_menu(plot, qtbot):
    other = pg.PlotWidget()
    qtbot.addWidget(other)
    with pytest.raises(ZeroDivisionError), without_menu():
        _ = 1 / 0
    last = pg.PlotWidget()
    qtbot.addWidget(last)
    for whole in (other, last):
        assert len(whole.getPlotItem().ctrlMenu.findChildren(QWidget)) > 40
    assert len(plot.getPlotItem().ctrlMenu.findChildren(QWidget)) < 20
