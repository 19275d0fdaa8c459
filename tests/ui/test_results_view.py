"""The results view: its numbers are the probe's, for classes and for numbers, and it survives edits."""

from __future__ import annotations

import pytest

from nnstudio.explain.results import ClassResults, NumberResults
from nnstudio.training.messages import Phase


def shown(hands, window, example):
    window.files.open_example(example)
    hands.wait_phase(Phase.READY)
    window.docks["results"].raise_()
    view = window.live.views["results"]
    hands.wait(lambda: view._latest is not None)
    return view


def test_classes_have_a_matrix_mistakes_and_calibration(hands, window):
    view = shown(hands, window, "iris")
    results = view._latest
    assert isinstance(results, ClassResults)
    cells = [[view.matrix.item(r, c).text() or "0" for c in range(3)] for r in range(3)]
    assert cells == [[str(v) for v in row] for row in results.matrix.tolist()]
    assert f"{results.accuracy:.1%}" in view.caption.text()
    view.tabs.setCurrentWidget(view.mistakes)
    assert view.mistakes.count() == max(len(results.mistakes), 1)
    assert not view.tabs.isTabVisible(view.tabs.indexOf(view.roc))
    view.tabs.setCurrentWidget(view.calibration)
    assert len(view.calibration_line.getData()[0]) == int((results.calibration[:, 2] > 0).sum())


def test_numbers_have_a_scatter_and_residuals(hands, window):
    view = shown(hands, window, "celsius")
    assert isinstance(view._latest, NumberResults)
    assert view.scatter.isVisible() and not view.tabs.isVisible()
    assert len(view.points.getData()[0]) == view._latest.truth.size
    view.number_tabs.setCurrentWidget(view.residuals)
    edges, counts = view.bars.getData()
    assert counts.sum() == view._latest.total and len(edges) == len(counts) + 1


def test_it_follows_the_training(hands, window):
    view = shown(hands, window, "xor")
    first = view._latest.step
    window.runner.orders.train()
    hands.wait(lambda: view._latest.step > first)
    window.runner.orders.pause()


@pytest.mark.parametrize("example", ["xor", "celsius"])
def test_a_network_that_breaks_under_it_leaves_it_standing(hands, window, example):
    view = shown(hands, window, example)
    window.editor.remove([window.editor.graph.nodes[1].id], [])
    hands.wait_phase(Phase.FAILED)
    view.repaint_theme()
    hands.trigger("undo")
    hands.wait_phase(Phase.READY)
