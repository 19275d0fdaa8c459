"""The page of sweeps on its own."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from sweep.projects import iris, plan_of

from nnstudio.sweep.options import variables
from nnstudio.ui.sweeps.sweep_page import SweepPage
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def page(qtbot):
    """A page on which nothing was done yet, for the flowers."""
    application = QApplication.instance()
    if theme.colours.dark or not application.styleSheet():
        application.setStyle("Fusion")
        theme.apply(application, dark=False)
    page = SweepPage()
    page.resize(1000, 620)
    qtbot.addWidget(page)
    page.form.show_project(variables(iris().document), 1, True, True)
    with qtbot.waitExposed(page):
        page.show()
    return page


@pytest.fixture
def begun(page):
    """The same with a sweep over three learning rates and two batch sizes that has just begun."""
    plan = plan_of(iris(), "learning_rate=0.01,0.02,0.03", "batch_size=8,16")
    page.begin(plan, {"learning_rate": "Rate", "batch_size": "Batch"}, "iris")
    return page
