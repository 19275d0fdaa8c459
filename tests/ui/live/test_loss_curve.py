"""The curves without a window: what they draw inside of an epoch, and which moment they are of."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QImage

from nnstudio.data.dataset import Dataset
from nnstudio.explain.curves import Measured, OutputCurves
from nnstudio.explain.metrics import MetricCurve
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.journal import EpochPart, TrainingStatistics
from nnstudio.training.messages import Snapshot
from nnstudio.ui.live.curve_lines import Quantity, line_of, line_of_parts, lines_of_layers, lines_of_outputs
from nnstudio.ui.live.loss_curve import LossCurve
from nnstudio.ui.live.staleness import RunTimes
from nnstudio.ui.widgets.theme import LIGHT


@pytest.fixture
def curve(qtbot):
    view = LossCurve()
    qtbot.addWidget(view)
    return view


def test_a_long_epoch_is_drawn_before_it_ends(curve):
    parts = (EpochPart(0.25, 10, 2.0, 0.5), EpochPart(0.5, 20, 1.0, None))
    curve.show_result(Measured(20, (), parts))
    assert curve.draw() and not curve.draw()
    line = curve.lines["loss"][0]
    assert line.xData.tolist() == [0.25, 0.5] and line.yData.tolist() == [2.0, 1.0]
    below = curve.lines["below"][0]
    assert below.xData.tolist()[0] == 0.25 and below.yData.tolist()[0] == 0.5
    assert curve.plots["below"].getAxis("bottom").labelText == "epoch"
    curve.clear()
    assert not any(line.xData is not None and len(line.xData) for line in curve.lines["loss"])


def test_the_moment_that_the_timeline_shows_is_the_curves_own(curve):
    rows = Curve(Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in range(1, 4))
    curve.set_rows(rows)
    shown, times = Snapshot(steps=150, shown=100), RunTimes()
    curve.set_snapshot(shown)
    times.look(shown, True)
    assert curve.staleness.mark(times) == "step 100" and curve.cursors["loss"].pos().x() == 2
    curve.clear()
    assert not curve.cursors["loss"].isVisible(), "another run has other moments"


def test_a_metric_is_told_of_the_step_that_is_looked_at_or_of_the_end_of_an_epoch(curve):
    curve.set_rows(Curve(Epoch(n, 50 * n, 1 / n, None, 2 / n, None, 1.0, float(n)) for n in range(1, 4)))
    steps, training, validation = np.array([0, 60, 90, 120]), np.arange(4) + 30, np.arange(4) + 40
    mae = Quantity("mae", "Mean absolute error", "error")
    curve._quantities = [mae]
    with QSignalBlocker(curve.quantity):
        curve.quantity.clear()
        curve.quantity.addItem(mae.title, mae.id)
    curve.show_result(Measured(150, (), (), MetricCurve("mae", steps, steps / 50, training, validation)))
    for shown, told in ((60, ("31", "41", "1.2")), (90, ("32", "42", "1.8"))):
        curve.set_snapshot(Snapshot(steps=150, shown=shown))
        assert all(f">{number}<" in curve.pair.values.text() for number in told[:2])
        assert f"epoch\N{NO-BREAK SPACE}{told[2]}" in curve.pair.values.text(), "both lie in epoch 2"
    curve._point_at(2)
    assert ">33<" in curve.pair.values.text()
    assert "epoch\N{NO-BREAK SPACE}2.4" in curve.pair.values.text()


def test_rows_that_came_after_what_was_measured_count(curve):
    curve.staleness.picture_drawn(70)
    curve.set_rows(Curve([Epoch(1, 50, 1.0, None, None, None, 1.0, 1.0)]))
    assert curve.draw() and curve.staleness.step == 70
    curve.set_rows(Curve([Epoch(n, 50 * n, 1.0, None, None, None, 1.0, 1.0) for n in (1, 2)]))
    assert curve.draw() and curve.staleness.step == 100


def test_every_line_that_is_drawn_has_its_name_in_the_legend(curve):
    curve.set_rows(Curve(Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in (1, 2)))
    curve.draw()
    assert "within" not in curve.legend.text() and "earlier" not in curve.legend.text()
    curve.clear()
    curve.show_result(Measured(20, (), (EpochPart(0.25, 10, 2.0, 0.5), EpochPart(0.5, 20, 1.0, None))))
    curve.draw()
    told = curve.legend.text().replace("\N{NO-BREAK SPACE}", " ")
    for name in ("training", "within epochs", "validation", "earlier runs"):
        assert name in told
    # The sign has the colour of its line.
    earlier = curve.lines["loss"][0]
    assert earlier.opts["pen"].color().name() in told


def test_the_legend_names_no_line_that_the_plots_do_not_draw(curve):
    curve.set_rows(Curve(Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in (1, 2)))
    curve.draw()
    curve.clear()
    # Of losses that do not add up, each Output has its own instead of their sum.
    outputs = OutputCurves(("fooled", "caught"), np.array([1.0, 2.0]), np.ones((2, 2)), add_up=False)
    parts = (EpochPart(0.25, 10, 2.0, 0.5), EpochPart(0.5, 20, 1.0, None))
    curve.show_result(Measured(20, (), parts, outputs=outputs))
    assert "within" in curve.legend.text(), "the accuracy has such a line"
    curve.quantity.setCurrentIndex(curve.quantity.findData("rate"))
    assert "within" not in curve.legend.text() and "earlier" not in curve.legend.text()
    curve.quantity.setCurrentIndex(curve.quantity.findData("accuracy"))
    # An accuracy that nobody measured is no line.
    curve.show_result(Measured(20, (), (EpochPart(0.25, 10, 2.0, None),), outputs=outputs))
    assert "within" not in curve.legend.text()


def epochs_in_sight(curve) -> tuple[float, float]:
    box = curve.plots["loss"].getPlotItem().vb
    # As before it is painted.
    box.updateAutoRange()
    return tuple(box.viewRange()[0])


def test_another_projects_axis_does_not_stay(curve):
    curve.set_rows(Curve(Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in range(1, 900)))
    curve.draw()
    assert epochs_in_sight(curve)[1] > 800
    curve.set_data(None)
    curve.draw()
    assert epochs_in_sight(curve) == pytest.approx((0, 1))
    curve.set_rows(Curve(Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in range(1, 16)))
    curve.draw()
    assert 14 < epochs_in_sight(curve)[1] < 20


def test_a_metric_that_is_behind_the_loss_says_how_far_it_reaches(curve):
    curve.set_rows(Curve(Epoch(n, 3 * n, 1 / n, None, None, None, 1.0, float(n)) for n in range(1, 23)))
    curve.data = SimpleNamespace(classes=("a", "b"), are_labels=False)
    curve._offer_quantities()
    curve.quantity.setCurrentIndex(curve.quantity.findData("f1"))
    epochs = np.arange(1.0, 13.0)
    curve.show_result(Measured(36, (), (), MetricCurve("f1", epochs * 3, epochs, epochs / 20, epochs / 20)))
    curve.draw()
    assert not curve.reach.isHidden() and curve.reach.text() == "measured up to epoch 12 of 22"
    assert curve.staleness.step == 66, "the loss is drawn up to there"
    curve.quantity.setCurrentIndex(curve.quantity.findData("accuracy"))
    assert curve.reach.isHidden()


def test_a_run_that_goes_on_after_an_edit_is_no_earlier_run(curve):
    rows = [Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in range(1, 4)]
    curve.set_rows(Curve(rows))
    curve.draw()
    curve.clear()
    curve.set_rows(Curve([*rows, Epoch(4, 200, 0.25, None, None, None, 1.0, 4.0)]))
    curve.draw()
    assert "earlier" not in curve.legend.text()
    curve.clear()
    # The same numbers, at another speed: a run that was reset.
    curve.set_rows(Curve([Epoch(1, 50, 1.0, None, None, None, 2.0, 0.5), *rows[1:]]))
    curve.draw()
    assert "earlier" in curve.legend.text()


def moved(epoch: int, **moves: float) -> TrainingStatistics:
    """Each layer went so far, with weights of norm 2; "__" stands for the sign between names."""
    sums = {name.replace("__", "/"): (far**2, 4.0) for name, far in moves.items()}
    return TrainingStatistics(epoch, 10 * epoch, 0.1, 1.0, 1.0, sums)


def test_a_layer_in_a_sub_network_has_a_line_of_its_own():
    rows = [moved(1, block__dense_1=0.2, block__dense_2=0.4, dense_3=0.6), moved(2, block__dense_1=0.1)]
    names = {"block": "Encoder", "block/dense_1": "Encoder › Dense 1", "block/dense_2": "Encoder › Dense 2"}
    lines = {line.name: line.y for line in lines_of_layers(rows, names, ("red", "blue"))}
    assert list(lines) == ["Encoder › Dense 1", "Encoder › Dense 2", "dense_3"]
    np.testing.assert_allclose(lines["Encoder › Dense 1"], [0.1, 0.05])
    np.testing.assert_allclose(lines["Encoder › Dense 2"], [0.2, np.nan])
    # Parts of a layer that nobody knows by name are one line.
    (line,) = lines_of_layers(rows[:1], {"block": "Encoder", "dense_3": "Last"}, ("red",))[:1]
    assert line.name == "Encoder" and line.y[0] == pytest.approx(np.sqrt((0.2**2 + 0.4**2) / 8))


def test_nothing_leads_from_one_long_epoch_to_another_far_on():
    parts = [EpochPart(epoch, round(10 * epoch), loss, None) for epoch, loss in ((0.5, 3), (1, 2), (40.5, 1))]
    line = line_of_parts(parts, "loss", "#000000")
    assert np.isnan(line.y).tolist() == [False, False, True, False]
    assert line.x[[0, 1, 3]].tolist() == [0.5, 1.0, 40.5]


def of_run(first: float) -> Curve:
    return Curve(Epoch(n, 50 * n, first / n, None, None, None, 1.0, float(n)) for n in range(1, 4))


def earlier_runs(curve) -> list[float]:
    """Where each line of an earlier run begins."""
    return [float(line.y[0]) for line in curve._losses() if line.is_earlier]


def test_a_run_that_began_with_other_data_is_no_earlier_run(curve):
    x, y = np.zeros((5, 2), np.float32), np.zeros((5, 1), np.float32)
    data = Dataset("numbers", x, y, x[:0], y[:0])
    curve.set_data(data)
    curve.set_rows(of_run(8.0))
    curve.clear()
    assert earlier_runs(curve) == [8.0]
    curve.set_rows(of_run(4.0))
    # The run goes on with other data, and is reset then.
    curve.set_data(replace(data, name="others"))
    curve.set_rows(of_run(4.0))
    curve.clear()
    assert earlier_runs(curve) == []
    curve.set_rows(of_run(2.0))
    curve.clear()
    assert earlier_runs(curve) == [2.0], "this one had the new data from its beginning"


def test_nothing_is_promised_of_a_run_that_kept_no_weights_after_its_start(curve):
    curve.set_rows(Curve(Epoch(n, 50 * n, 1 / n, None, 2 / n, None, 1.0, float(n)) for n in range(1, 41)))
    mae = Quantity("mae", "Mean absolute error", "error")
    curve._quantities = [mae]
    with QSignalBlocker(curve.quantity):
        curve.quantity.clear()
        curve.quantity.addItem(mae.title, mae.id)
    one = np.zeros(1)
    start = MetricCurve("mae", one.astype(int), one, one + 1.173, one + 1.284)
    curve.show_result(Measured(2000, (), (), replace(start, awaited=3)))
    assert curve.reach.text() == "measuring …"
    curve.show_result(Measured(2000, (), (), start))
    assert "epoch 0 only" in curve.reach.toolTip() + curve.reach.text() and not curve.reach.isHidden()
    assert "measuring" not in curve.reach.text()
    # The error of the untrained network is none of epoch 20.
    curve.set_snapshot(Snapshot(steps=2000, shown=1000))
    assert "epoch 20" in curve.pair.values.text() and "1.173" not in curve.pair.values.text()
    curve._point_at(0)
    assert "1.173" in curve.pair.values.text()
    nothing = replace(start, steps=start.steps[:0], epochs=one[:0], training=one[:0], validation=one[:0])
    curve.show_result(Measured(2000, (), (), nothing))
    assert "not measured" in curve.reach.toolTip() + curve.reach.text()


def test_the_mean_of_an_epoch_stands_in_its_middle_and_what_is_measured_after_it_at_its_end(curve):
    rows = Curve(Epoch(n, 10 * n, 1 / n, n / 10, 2 / n, n / 20, 1.0, float(n)) for n in (1, 2))
    curve.set_rows(rows)
    curve.draw()
    means, measured = curve.lines["loss"][:2]
    assert means.xData.tolist() == [0.5, 1.5] and measured.xData.tolist() == [1, 2]
    assert list(line_of(rows, "loss", "", 0.0).x) == list(line_of(rows, "accuracy", "", 0.5).x) == [0.5, 1.5]
    assert (
        list(line_of(rows, "val_loss", "", 0.0).x) == [1, 2] == list(line_of(rows, "val_accuracy", "", 0).x)
    )
    (line,) = lines_of_outputs(OutputCurves(("a",), np.array([1.0, 2.0]), np.ones((2, 1)), True), {}, 0.0)
    assert list(line.x) == [0.5, 1.5]


def told_plainly(curve) -> str:
    return (
        re.sub("<[^>]+>", "", curve.legend.text()).replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
    )


def test_what_a_logarithmic_axis_has_no_room_for_is_counted(curve):
    values = [2.0, 0.0, 1.0, -1.0, float("nan"), 0.5]
    rows = Curve(
        Epoch(n, 50 * n, value, None, value, None, 1.0, float(n)) for n, value in enumerate(values, 1)
    )
    curve.set_rows(rows)
    curve.draw()
    assert "not drawn" not in curve.legend.text(), "an even axis has room for all"
    curve.log_scale.setChecked(True)
    assert "4 points of 0 or below not drawn: the axis is logarithmic" in told_plainly(curve)
    curve._point_at(0)
    assert "4 points of 0 or below not drawn" in told_plainly(curve)
    curve.log_scale.setChecked(False)
    assert "not drawn" not in curve.legend.text()


def test_layers_that_did_not_move_have_no_point_and_that_is_told(curve):
    curve.set_rows(Curve(Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in (1, 2)))
    statistics = tuple(
        TrainingStatistics(n, 50 * n, 0.1, 1.0, 1.0, {"a": (1e-4, 1.0), "frozen": (0.0, 1.0)}) for n in (1, 2)
    )
    curve.show_result(Measured(100, statistics, ()))
    curve.quantity.setCurrentIndex(curve.quantity.findData("updates"))
    assert "below, 2 points of 0 or below not drawn: the axis is logarithmic" in told_plainly(curve)


def test_a_picture_of_the_curves_has_the_legend(curve, qtbot, tmp_path):
    """It is for somebody who does not have the window."""
    written = []
    curve.requested.connect(lambda request: written.append(request.content()))
    curve.resize(500, 400)
    curve.show()
    curve.set_rows(
        Curve(Epoch(n, 50 * n, max(3.0 - n, 0.0), None, 1.0, None, 1.0, float(n)) for n in (1, 2, 3, 4))
    )
    curve.draw()
    curve.log_scale.setChecked(True)
    for name in ("a.png", "a.svg"):
        curve.export(tmp_path / name)
    picture, drawing = written
    image = QImage.fromData(picture)
    plots = sum(plot.height() for plot in curve.plots.values() if plot.isVisible())
    across = max(plot.width() for plot in curve.plots.values())
    assert image.height() / image.width() > plots / across + 0.02
    below = image.copy(0, round(image.width() * plots / across), image.width(), image.height())
    colours = {below.pixelColor(x, y).name() for x in range(below.width()) for y in range(below.height())}
    assert {LIGHT.training, LIGHT.validation} <= colours
    assert b"not drawn" in drawing or b"<path" in drawing


def show_measured_at(curve, *epochs, last=20):
    """A curve of ``last`` epochs of 50 steps, and below it a metric that was measured at some."""
    curve.set_rows(
        Curve(Epoch(n, 50 * n, 1 / n, None, None, None, 1.0, float(n)) for n in range(1, last + 1))
    )
    curve.data = SimpleNamespace(classes=("a", "b"), are_labels=False)
    curve._offer_quantities()
    curve.quantity.setCurrentIndex(curve.quantity.findData("f1"))
    x = np.array(epochs, float)
    curve.show_result(Measured(50 * last, (), (), MetricCurve("f1", x * 50, x, x / 40, x / 50)))
    curve.draw()


@pytest.mark.parametrize("smoothing", [0, 2])
def test_where_nothing_was_measured_no_line_leads_on(curve, smoothing):
    curve.smoothings.actions()[smoothing].setChecked(True)
    show_measured_at(curve, 0, 20)
    line = curve.lines["below"][0]
    assert np.isnan(line.yData[1]) and line.opts["symbol"] == "o"
    assert line.yData[[0, 2]].tolist() == [0.0, 0.5], "of a gap nothing is smoothed"
    assert curve.reach._whole == "measured at 2 points, with gaps between"


def test_measurements_with_epochs_between_are_dots_on_their_line(curve):
    show_measured_at(curve, *range(0, 21, 2))
    line = curve.lines["below"][0]
    assert np.isfinite(line.yData).all() and line.opts["symbol"] == "o" and curve.reach.isHidden()
    show_measured_at(curve, *range(21))
    line = curve.lines["below"][0]
    assert np.isfinite(line.yData).all() and line.opts["symbol"] is None


def test_how_far_a_metric_reaches_is_said_in_what_room_there_is(curve):
    show_measured_at(curve, 0, 20, last=40)
    assert curve.reach._whole == "measured at 2 points up to epoch 20 of 40, with gaps between"
    assert [*curve.reach._shorter] == ["2 points up to epoch 20 of 40", "2 points to 20 of 40"]


def test_statistics_with_a_gap_are_drawn_with_one(curve):
    rows = [
        TrainingStatistics(epoch, step, 0.1, 1.0, 2.0, {}) for step, epoch in ((5, 1), (10, 2), (100, 20))
    ]
    curve.show_result(Measured(100, tuple(rows), ()))
    curve.quantity.setCurrentIndex(curve.quantity.findData("rate"))
    assert np.flatnonzero(np.isnan(curve.lines["below"][0].yData)).tolist() == [2]


def test_a_dot_at_the_last_epoch_has_room_also_where_the_losses_end_before(curve):
    curve.set_rows(Curve([Epoch(1, 50, 0.5, 0.8, None, 1.0, 1.0, 1.0)]))
    curve.draw()
    left, right = epochs_in_sight(curve)
    assert left < 0.5 and right > 1.01


@pytest.mark.parametrize("height", [120, 900])
def test_shares_go_from_0_to_1_at_every_size(curve, height):
    curve.set_rows(Curve([Epoch(1, 50, 0.5, 0.8, 0.4, 1.0, 1.0, 1.0)]))
    curve.draw()
    curve.resize(600, 200)
    curve.show()
    curve.resize(600, height)
    low, high = curve.plots["below"].getPlotItem().vb.viewRange()[1]
    assert -0.11 < low < 0 and 1 < high < 1.11
    if height > 500:
        assert low > -0.05 and high < 1.05


def test_the_legend_says_why_training_stands_left_of_validation(curve):
    curve.set_rows(Curve([Epoch(1, 50, 0.5, 0.8, 0.4, 1.0, 1.0, 1.0)]))
    curve.resize(900, 400)
    curve.show()
    curve.draw()
    curve._redraw()
    assert "in its middle" in curve.legend.toolTip() and "mid-epoch" in curve.legend.text()
    curve.resize(220, 400)
    curve._redraw()
    assert "mid-epoch" not in curve.legend.text()
