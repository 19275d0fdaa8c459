"""The results view: its numbers are the probe's, for classes and for numbers, and it survives edits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.data.dataset import Split
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
    tabs = view.class_tabs
    cells = [[tabs.matrix.table.item(r, c).text() or "0" for c in range(3)] for r in range(3)]
    assert cells == [[str(v) for v in row] for row in results.matrix.tolist()]
    assert f"{results.accuracy:.1%}" in view.caption.text()
    tabs.setCurrentWidget(tabs.mistakes)
    assert tabs.mistakes.count() == max(len(results.mistakes), 1)
    told = tabs.mistakes.item(0).toolTip()
    assert results.mistakes[0].told in told and "petal length: " in told
    assert not tabs.isTabVisible(tabs.indexOf(tabs.roc))
    tabs.setCurrentWidget(tabs.calibration)
    assert len(tabs.calibration_line.getData()[0]) == int((results.calibration[:, 2] > 0).sum())


def test_numbers_have_a_scatter_and_residuals(hands, window):
    view = shown(hands, window, "celsius")
    assert isinstance(view._latest, NumberResults)
    tabs = view.number_tabs
    assert tabs.scatter.isVisible() and view.class_tabs is None
    assert len(tabs.points.getData()[0]) == view._latest.truth.size
    tabs.setCurrentWidget(tabs.residuals)
    edges, counts = tabs.bars.getData()
    assert counts.sum() == view._latest.total and len(edges) == len(counts) + 1


def test_other_data_of_the_other_kind_gets_its_own_tabs(hands, window):
    for example, results in (("iris", ClassResults), ("celsius", NumberResults), ("iris", ClassResults)):
        # Another project has views of its own.
        view = shown(hands, window, example)
        assert isinstance(view._latest, results)
        mine, others = view.class_tabs, view.number_tabs
        if results is NumberResults:
            mine, others = others, mine
        assert mine.isVisible() and others is None


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


def test_the_test_part_is_shown_when_asked_for(hands, window, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{i % 13},{i % 7},{i % 13 * 2 - i % 7}\n" for i in range(120)))
    hands.create_from(path)
    hands.wait_phase(Phase.READY)
    window.docks["results"].raise_()
    view = window.live.views["results"]
    hands.wait(lambda: view._latest is not None)
    assert view._latest.part == Split.VALIDATION and "validation samples" in view.caption.toolTip()
    assert [view.which.itemText(i) for i in range(view.which.count())] == ["Training", "Validation", "Test"]
    view.which.setCurrentIndex(2)
    hands.wait(lambda: view._latest is not None)
    assert view._latest.part == Split.TEST and "18 test samples" in view.caption.toolTip()
    tabs = view.number_tabs
    tabs.setCurrentWidget(tabs.groups)
    assert (tabs.groups.box.currentText(), tabs.groups.table.rowCount()) == ("b", 7)
    counts = [int(tabs.groups.table.item(row, 1).text()) for row in range(7)]
    assert sum(counts) == 18 and tabs.groups.gap.text().startswith("Gap: ")


def test_a_single_number_has_no_share_that_is_explained(hands, window):
    view = shown(hands, window, "celsius")
    assert "R²" in view.caption.text()
    view.show_result(replace(view._latest, explained=float("nan")))
    assert "R²" not in view.caption.text() and "nan" not in view.caption.text()
