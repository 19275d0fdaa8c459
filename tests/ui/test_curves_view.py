"""The curves: what the lower plot shows, scale, cursor, earlier runs, export."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from nnstudio.explain.metrics import METRICS
from nnstudio.training.curve import MOST_ROWS, Curve, Epoch
from nnstudio.ui.live.curve_lines import MAX_POINTS


@pytest.fixture
def curve(hands, window):
    """The view after a training of iris."""
    hands.train("iris", 12)
    view = window.live.views["loss_curve"]
    hands.wait(lambda: view.draw() or len(view.lines["loss"][-1].xData) == 12)
    hands.wait(lambda: len(view._statistics) > 0)
    return view


def test_every_quantity_draws_what_was_measured(curve, hands):
    window_shows = [curve.quantity.itemText(i) for i in range(curve.quantity.count())]
    assert window_shows[:2] == ["Accuracy", "F1 (mean over classes)"]
    kept = len(hands.window.runner.snapshot.kept.steps)
    for index in range(1, curve.quantity.count()):
        curve.quantity.setCurrentIndex(index)
        if curve.quantity.currentData() in {m.id for m in METRICS}:
            hands.wait(lambda: curve._metric is not None and len(curve._metric.steps) == kept)
            training, validation = [line.yData for line in curve.lines["below"][:2]]
            assert np.array_equal(training, curve._metric.training)
            assert np.array_equal(validation, curve._metric.validation)
            curve._point_at(6)
            # Where the weights were kept that are nearest to the end of epoch 7.
            assert "at\N{NO-BREAK SPACE}epoch\N{NO-BREAK SPACE}7" in curve.pair.values.text()
            curve._point_at(None)
            continue
        drawn = [line for line in curve.lines["below"] if line.xData is not None and len(line.xData)]
        assert drawn
        assert set(drawn[0].xData) <= {v.epoch for v in curve._statistics}
    assert len(drawn) == len(curve._statistics[0].updates) == 2
    assert "Dense 2" in curve.legend.text().replace("\xa0", " ")


def test_a_single_epoch_is_a_point(hands, window):
    hands.train("iris", 1)
    view = window.live.views["loss_curve"]
    hands.wait(lambda: view.draw() or len(view.lines["loss"][-1].xData) == 1)
    assert view.lines["loss"][-1].opts["symbol"] == "o"
    window.runner.orders.train()
    hands.wait(lambda: view.draw() or len(view.lines["loss"][-1].xData) > 1)
    window.runner.orders.pause()
    assert view.lines["loss"][-1].opts["symbol"] is None


def test_the_cursor_tells_the_values_of_an_epoch(curve):
    box = curve.plots["loss"].getPlotItem().vb
    row = curve._epochs[6]
    position = box.mapViewToScene(
        curve.plots["loss"].plotItem.vb.mapSceneToView(box.sceneBoundingRect().center())
    )
    curve.plots["loss"].scene().sigMouseMoved.emit(position)
    assert curve.cursors["below"].isVisible() and "epoch" in curve.pair.values.text()
    curve._point_at(6)
    told = curve.pair.values.text()
    assert f"training {row.loss:.4g}" in told and f"{row.val_accuracy:.1%}" in told
    curve._point_at(None)
    assert not curve.cursors["loss"].isVisible() and curve.pair.values.isHidden()


def test_the_legend_stays_and_nothing_moves_while_values_are_told(curve):
    curve.resize(240, 190)
    curve.show()
    curve.grab()
    legend, plots = curve.legend.text(), [plot.geometry() for plot in curve.plots.values()]
    assert "training" in legend
    for row in (1, len(curve._epochs) - 1):
        curve._point_at(row)
        curve.grab()
        assert curve.legend.text() == legend
        assert [plot.geometry() for plot in curve.plots.values()] == plots
        frame = curve.pair.values
        assert frame.isVisible() and curve.rect().contains(frame.geometry())


def test_a_logarithmic_scale_reads_powers(curve):
    curve.log_scale.setChecked(True)
    axis = curve.plots["loss"].getAxis("left")
    assert axis.logMode
    ((_, ticks),) = axis.tickValues(-2.0, 0.0, 200)
    assert axis.logTickStrings(ticks, 1, 1) == ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]


def test_an_earlier_run_stays_behind_and_can_be_hidden(curve, hands, window):
    first = [r.val_loss for r in curve._epochs]
    window.runner.orders.reset()
    hands.wait(lambda: len(curve._runs) == 1)
    assert [r.val_loss for r in curve._runs[0]] == first
    assert "earlier" in curve.legend.text()
    assert len(curve.lines["loss"][0].xData) == 12
    curve.earlier.setChecked(False)
    assert "earlier" not in curve.legend.text()
    window.workspace.project.saved = window.workspace.project.moment()
    window.files.open_example("xor")
    hands.wait(lambda: curve._runs == [])


def test_curves_are_written_as_table_and_pictures(curve, hands, window, tmp_path):
    for name in ("c.csv", "c.png", "c.svg"):
        curve.export(tmp_path / name)
        hands.wait(lambda name=name: f"Wrote {name}" in window.panels.status.currentMessage())
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text().splitlines()))
    assert len(rows) == 12 and float(rows[3]["loss"]) == curve._epochs[3].loss
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
    assert b"<path" in (tmp_path / "c.svg").read_bytes() or b"polyline" in (tmp_path / "c.svg").read_bytes()


def test_curves_that_cannot_be_written_are_told(curve, hands, window, tmp_path):
    curve.export(tmp_path / "c.doc")
    assert "'c.doc' ends in none of them" in window.panels.message.text()
    curve.export(tmp_path / "nowhere" / "c.csv")
    hands.wait(lambda: "cannot be written" in window.panels.message.text())


def long_curve(epochs: int) -> Curve:
    """A falling loss with one peak and one dip."""
    curve = Curve()
    for n in range(1, epochs + 1):
        loss = {epochs // 3: 9.0, epochs // 2: 0.001}.get(n, 1 + 1 / n)
        curve.append(Epoch(n, n, loss, 0.5, loss + 1, 0.5, 1.0, float(n)))
    return curve


def test_a_long_run_is_drawn_by_its_extremes_and_says_so(curve):
    rows = long_curve(3 * MOST_ROWS)
    curve.set_rows(rows)
    assert curve.draw()
    training, validation = curve.lines["loss"][-2:]
    assert len(training.xData) <= MAX_POINTS + 1
    assert training.yData.max() == 9.0 and training.yData.min() == 0.001
    assert validation.yData.max() == 10.0 and training.yData[-1] == rows[-1].loss
    assert (training.xData[0], training.xData[-1]) == (0.5, rows.total - 0.5)
    assert (np.diff(training.xData) >= 0).all()
    mark = f"up to {curve._points.span:,} epochs per point".replace(" ", "\N{NO-BREAK SPACE}")
    assert mark in curve.legend.text() and "lowest and highest" in curve.legend.toolTip()
    at = int(rows.column("loss").argmin())
    curve._point_at(at)
    assert "last of" in curve.pair.values.text() and "loss 0.001 …" in curve.pair.values.text()
    pointed = curve._pointed
    rows.follow(Curve((Epoch(0, 0, 1.0, 0.5, 1.0, 0.5, 1.0, 1.0),) * MOST_ROWS, before=rows.total))
    assert curve.draw() and curve._pointed == pointed and "loss 0.001 …" in curve.pair.values.text()
    curve._point_at(None)
    curve.smoothings.actions()[1].trigger()
    assert "smoothed" in curve.legend.toolTip()
    assert len(curve.lines["loss"][-1].xData) <= MAX_POINTS


def test_an_earlier_long_run_is_kept_thinned(curve):
    curve.set_rows(long_curve(2_000))
    curve.clear()
    (kept,) = curve._runs
    assert len(kept) <= MAX_POINTS and kept.total == 2_000 and kept.column("loss_highest").max() == 9.0


def test_large_numbers_and_the_label_have_room_beside_each_other(curve, hands):
    above, below = (plot.getAxis("left") for plot in curve.plots.values())
    curve.plots["below"].setYRange(0, 1_500_000)
    curve.grab()
    assert below.tickStrings([500_000.0, 1e6], 1.0, 500_000.0) == ["500,000", "1,000,000"]
    assert above.tickStrings([0.05, 0.1], 1.0, 0.05) == ["0.05", "0.10"]
    assert below.textWidth > above.textWidth
    label = below.label.boundingRect().height() * 0.8
    # The layout follows when the events do.
    hands.wait(lambda: above.width() == below.width() >= below.textWidth + label)
