"""Losses are drawn as high as this run needs, whatever runs before it or single peaks needed."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.training.curve import Curve, Epoch
from nnstudio.ui.live.curve_lines import Line
from nnstudio.ui.live.curve_reach import Reach, reach_of, reach_of_runs
from nnstudio.ui.live.edits import Edit
from nnstudio.ui.live.loss_curve import LossCurve


def line(values, is_earlier: bool = False) -> Line:
    return Line(np.arange(len(values), dtype=float), np.array(values, float), "", "#000000", is_earlier)


FALLING = 0.7 * 0.99 ** np.arange(400)


def test_an_earlier_run_asks_for_no_height_but_may_go_lower():
    reach = reach_of([line([30.0, 4e13, 0.001], True), line(FALLING)], False)
    assert reach == Reach(0.001, pytest.approx(0.7), None, 4e13)
    # Where all is to be seen, it is.
    assert reach_of([line([30.0, 4e13], True), line(FALLING)], False, cuts=False).high == 4e13


def test_a_high_start_stays_and_a_peak_does_not():
    assert reach_of([line([50.0, *FALLING])], False).high == 50
    late = FALLING.copy()
    late[300] = 4e13
    assert reach_of([line(late)], False) == Reach(late.min(), pytest.approx(0.7), 4e13, None)
    # As high as what follows it: no peak.
    late[300] = 0.69
    assert reach_of([line(late)], False).own is None


def test_before_its_first_row_a_run_shows_those_before_it():
    reach = reach_of([line([*FALLING, 4e13], True), line([])], False)
    assert reach.high == pytest.approx(0.7) and reach.earlier == 4e13
    assert reach_of([line([np.nan])], False) is None


def test_on_a_logarithmic_scale_nothing_of_this_run_is_cut():
    late = FALLING.copy()
    late[300] = 4e13
    reach = reach_of([line([1e-9], True), line(late)], True)
    assert reach.high == 4e13 and reach.low == pytest.approx(late.min() / 10)


@pytest.fixture
def curve(qtbot):
    view = LossCurve()
    qtbot.addWidget(view)
    run(view, [30.0, 4e13, 1.0])
    view.clear()
    run(view, FALLING[:50])
    return view


def run(view, losses) -> None:
    view.set_rows(
        Curve(Epoch(n, 50 * n, y, None, None, None, 1.0, float(n)) for n, y in enumerate(losses, 1))
    )
    view.draw()


def heights(view) -> tuple[float, float]:
    box = view.plots["loss"].getPlotItem().vb
    box.updateAutoRange()
    return tuple(box.viewRange()[1])


def test_what_is_cut_off_is_said_and_a_double_click_shows_all(curve):
    assert heights(curve)[1] < 1
    assert "earlier runs up to 4e+13, cut off" in curve.legend.text().replace("\N{NO-BREAK SPACE}", " ")
    curve.pair.doubled.emit()
    assert heights(curve)[1] >= 4e13 and "cut" not in curve.legend.text()
    curve.pair.doubled.emit()
    assert heights(curve)[1] < 1
    # From where a person zoomed, it leads back first.
    curve.plots["loss"].setYRange(5, 6)
    curve.pair.doubled.emit()
    assert heights(curve)[1] < 1 and curve.cuts.isChecked()


def test_an_edit_has_a_mark_with_a_tip_and_its_words_at_the_cursor(curve):
    curve.set_edits((Edit(500, "Set units of Dense 2 to 12"), Edit(500, "Insert Tanh"), Edit(1250, "Undone")))
    marks = [mark for _plot, mark in curve.pair._marks]
    assert sorted({mark.value() for mark in marks}) == [10.0, 25.0] and len(marks) == 4
    assert marks[0].toolTip() == "Set units of Dense 2 to 12\nInsert Tanh"
    curve._point_at(9)
    assert "Set units of Dense 2 to 12" in curve.pair.values.text()
    curve.set_edits(())
    assert not curve.pair._marks


def test_a_run_that_diverges_leaves_the_runs_before_it_to_be_seen():
    diverged = [0.7, 3.0, 1e6, 1e22]
    for is_log in (False, True):
        reach = reach_of([line(FALLING, True), line(diverged)], is_log)
        assert reach.high == 3.0 and reach.own == 1e22
    # Without others there is nothing else to see.
    assert reach_of([line(diverged)], False).high == 1e22


def test_what_is_in_sight_is_not_called_cut_off():
    reach = Reach(0.0, 10.0, 10.3, 4e13)
    assert reach.within(10.5) == Reach(0.0, 10.0, None, 4e13)
    assert reach.within(1e14) == Reach(0.0, 10.0)


def test_of_several_runs_those_that_diverged_are_cut_for_the_others():
    fine, diverged = FALLING, np.array([0.7, 50.0, 1e20])
    assert reach_of_runs([[fine], [diverged]]) == Reach(fine.min(), 0.7, None, 1e20)
    assert reach_of_runs([[fine], [fine * 30]]).high == pytest.approx(21)
    assert reach_of_runs([[diverged]]) == Reach(0.7, 1e20)
    assert reach_of_runs([[], [np.zeros(0)]]) is None


def test_the_legend_follows_what_is_in_sight(qtbot):
    view = LossCurve()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    rows = Curve()
    for epoch in range(1, 60):
        loss = 1000.0 if epoch == 30 else 1.0 / epoch
        rows.append(Epoch(epoch, epoch, loss, None, None, None, 0.0, 0.0))
    view.set_rows(rows)
    view.draw()
    qtbot.waitUntil(lambda: "cut" in view.legend.text())
    view.pair.plots["loss"].setYRange(0, 2000)
    assert "cut" not in view.legend.text()
