"""Lines of settings: one for each, found by the mouse, strongest for the best."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip
from sweep.projects import iris, plan_of
from ui.sweeps.scripted import setting

from nnstudio.sweep.trial import Status
from nnstudio.ui.sweeps.parallel_plot import NO_AXIS, NOTHING


@pytest.fixture
def plot(begun):
    return begun.plot


def of(number: int, rate: float, batch: int, value: float | None, status: Status = Status.TRAINED):
    return setting(number, value, status, values={"learning_rate": rate, "batch_size": batch})


def lines_of(item) -> list[list[float]]:
    """Heights of each line of a curve."""
    _x, y = item.getData()
    if y is None or not len(y):
        return []
    gaps = np.isnan(_x)
    return [list(part) for part in np.split(y[~gaps], gaps.sum()) if len(part)]


def at(plot, x: float, y: float) -> QPoint:
    """A point of the plot as the mouse has it."""
    return plot.plot.mapFromScene(plot.plot.getViewBox().mapViewToScene(QPointF(x, y)))


def test_nothing_is_drawn_before_something_came(plot):
    assert plot.hint.isVisible() and plot.hint.text() == NOTHING and not plot.plot.isVisible()


def test_the_best_has_the_strongest_line(plot):
    plot.show_settings([of(1, 0.01, 8, 0.5), of(2, 0.03, 16, 0.1), of(3, 0.02, 8, 0.3)])
    assert lines_of(plot.best) == lines_of(plot.shades[0]) == [[1.0, 1.0, 0.0]]
    assert lines_of(plot.shades[2]) == [[0.5, 0.0, pytest.approx(0.5)]]
    assert lines_of(plot.shades[-1]) == [[0.0, 0.0, 1.0]]


def test_what_could_not_be_trained_has_a_line_without_a_score(plot):
    plot.show_settings([of(1, 0.01, 8, 0.5), of(2, 0.03, 16, None, Status.DIVERGED)])
    (line,) = lines_of(plot.failed)
    assert line[:2] == [1.0, 1.0] and np.isnan(line[2])
    assert (
        "could\xa0not\xa0be\xa0trained" in plot.legend.text() and "stopped\xa0early" not in plot.legend.text()
    )


def test_a_line_below_the_mouse_is_told_and_a_click_chooses_it(plot, qtbot, monkeypatch):
    told, chosen, tips = [], [], []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _widget: tips.append(text))
    plot.pointed.connect(told.append)
    plot.chosen.connect(chosen.append)
    plot.show_settings([of(1, 0.01, 8, 0.5), of(2, 0.03, 16, 0.1)])
    view = plot.plot.viewport()
    QTest.mouseMove(view, at(plot, 0.5, 0.99))
    assert told[-1] == 2 and lines_of(plot.below_mouse) == [[1.0, 1.0, 0.0]]
    assert tips[-1] == "Setting 2\nRate: 0.03\nBatch: 16\nValidation loss: 0.1"

    spots = cycle((0.5, 0.52))

    def is_left() -> bool:
        # pyqtgraph leaves out movements that follow each other closely, and Qt such as lead nowhere.
        QTest.mouseMove(view, at(plot, 0.5, next(spots)))
        return told[-1] == 0

    qtbot.waitUntil(is_left)
    assert tips[-1] == "" and lines_of(plot.below_mouse) == []
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(plot, 0.5, 0.01))
    assert chosen == [1]


def test_a_setting_that_is_selected_stays_drawn_over_the_others(plot):
    plot.show_settings([of(1, 0.01, 8, 0.5)])
    plot.mark(1)
    plot.show_settings([of(1, 0.01, 8, 0.5), of(2, 0.03, 16, 0.1)])
    assert lines_of(plot.marked) == [[0.0, 0.0, 1.0]]
    plot.mark(0)
    assert lines_of(plot.marked) == []


def test_seeds_alone_have_nothing_to_compare(plot):
    plot.show_plan(plan_of(iris(), "seed=1..3"), {}, "validation loss")
    assert plot.hint.text() == NO_AXIS and not plot.plot.isVisible()
