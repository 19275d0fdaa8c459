"""The share among the five most probable classes stands beside what chance gives."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.explain.results import ClassResults
from nnstudio.ui.live.results import ResultsView


def results(classes: int, top5: float, tied: int = 0) -> ClassResults:
    counts, shares = np.eye(classes, dtype=int), np.ones(classes)
    names = tuple(f"class {i}" for i in range(classes))
    return ClassResults(
        1, Split.VALIDATION, classes, names, counts, shares, shares, (), np.zeros((0, 3)), None,
        float("nan"), 0, top5, tied=tied,
    )  # fmt: skip


def test_a_network_that_knows_nothing_does_not_look_good(qtbot):
    view = ResultsView()
    qtbot.addWidget(view)
    view.show_result(results(10, 0.52))
    assert "52.0%" in view.caption.text() and "50% by chance" in view.caption.text()
    view.show_result(results(3, float("nan")))
    assert "by chance" not in view.caption.text()


def test_ties_are_told(qtbot):
    view = ResultsView()
    qtbot.addWidget(view)
    view.show_result(results(10, 0.5, tied=3))
    assert "by chance, 3 ties)" in view.caption.text() and "For 3 samples" in view.caption.toolTip()
    view.show_result(results(10, 0.5))
    assert "tie" not in view.caption.text() + view.caption.toolTip()


def test_of_too_many_classes_for_a_matrix_what_can_be_read_is_in_front(qtbot):
    view = ResultsView()
    qtbot.addWidget(view)
    view.show_result(results(10, 0.5))
    tabs = view.class_tabs
    assert tabs.currentWidget() is tabs.matrix
    view.show_result(results(61, 0.5))
    assert tabs.currentWidget() is tabs.shares
    # A person may look at what is said there; the next result of this data changes nothing.
    tabs.setCurrentWidget(tabs.matrix)
    view.show_result(results(61, 0.6))
    assert tabs.currentWidget() is tabs.matrix
    tabs.setCurrentWidget(tabs.shares)
    view.show_result(results(10, 0.5))
    assert tabs.currentWidget() is tabs.matrix
