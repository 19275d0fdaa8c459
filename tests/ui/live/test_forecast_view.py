"""The forecast as a picture: the series, its fitted rows, what comes after, and what is said of it."""

from __future__ import annotations

import csv
import io
from functools import partial

import numpy as np
import pytest
from explain.small_series import ROWS, series_of, sum_of
from PySide6.QtCore import QPointF
from ui.live.asked import draw

from nnstudio.data.dataset import Split
from nnstudio.project import open_example
from nnstudio.ui.live.forecast import NOT_HERE, POINT, ForecastView


@pytest.fixture
def view_of(answered):
    return partial(answered, ForecastView)


def points(item) -> list[list[float]]:
    across, up = item.getData()
    return [[], []] if across is None else [list(across), list(up)]


def test_the_series_its_fit_and_what_comes_after_stand_side_by_side(view_of, tmp_path):
    session = sum_of(series_of(tmp_path, test_ratio=0.3))
    view = view_of(session)
    result = draw(view, session)
    assert view.steps.value() == 12, "a season"
    assert points(view.truth)[0] == list(range(ROWS))
    for part in Split:
        assert points(view.fitted[part])[0] == list(session.data.series.ends[part])
    across, up = points(view.ahead)
    assert across == list(range(ROWS - 1, ROWS + 12))
    assert up == pytest.approx([result.truth[-1], *result.ahead])
    low, high = (points(edge) for edge in view.edges)
    known = np.isfinite(result.low)
    assert low[1] == pytest.approx(result.low[known]) and high[1] == pytest.approx(result.high[known])
    assert view.axis.tickStrings([0, ROWS, 1.5, ROWS + 99], 1, 1) == ["1990-01", "1995-01", "", ""]
    assert view.told.text().startswith("Mean absolute error on the test part, 1 to 12 months ahead: network ")
    assert view.legend.text().endswith("■</span>&nbsp;spread&nbsp;(8&nbsp;of&nbsp;10&nbsp;errors)"), (
        "the spread has a sign in its colour"
    )
    told = view.told.toolTip()
    assert "8 of 10 errors" in told and "seasonal naive forecast (the value 12 rows before)" in told


def test_other_steps_ask_for_another_forecast_and_a_late_one_is_not_shown(view_of, tmp_path):
    session = sum_of(series_of(tmp_path))
    view = view_of(session)
    *_pieces, late = view.probe().run(session)
    asked = []
    view.probe_changed.connect(lambda: asked.append(view.probe()))
    view.steps.set_value(3)
    assert [probe.steps for probe in asked] == [3]
    view.show_result(late)
    assert len(points(view.ahead)[0]) == 13, "the one before stays"
    draw(view, session)
    assert len(points(view.ahead)[0]) == 4


def test_values_are_read_where_the_mouse_is(view_of, tmp_path):
    session = sum_of(series_of(tmp_path, test_ratio=0.3))
    view = view_of(session)
    result, box = draw(view, session), view.plot.getPlotItem().vb
    view.plot.setXRange(0, ROWS + 12, padding=0)

    def read(row) -> str:
        view._on_mouse(QPointF(box.mapViewToScene(QPointF(row, float(np.nanmean(result.truth))))))
        return view.reading._whole

    assert read(ROWS).startswith("1995-01: forecast ") and " spread " in read(ROWS)
    last = session.data.series.ends[Split.TEST][-1]
    assert read(last).startswith("1994-12: true ") and read(last).endswith("(test)")
    view._on_mouse(QPointF(-50, -50))
    assert view.reading._whole == POINT and not view.pointer.isVisible()


def test_each_predicted_column_can_be_chosen(view_of, tmp_path):
    session = sum_of(series_of(tmp_path, column="price; sales", inputs="price; sales"))
    view = view_of(session)
    assert view.column.isVisible()
    view.column.setCurrentIndex(1)
    draw(view, session)
    assert points(view.truth)[1] == pytest.approx(list(session.data.series.series.target[:, 1]))
    assert "mean absolute error of 'sales' " in view.told.toolTip()


def test_all_that_is_drawn_is_a_table_too(view_of, tmp_path):
    session = sum_of(series_of(tmp_path, test_ratio=0.3))
    view = view_of(session)
    result = draw(view, session)
    rows = list(csv.DictReader(io.StringIO(view.csv_text())))
    assert len(rows) == ROWS + 12 and rows[0]["month"] == "1990-01" and rows[-1]["month"] == "1995-12"
    assert [float(row["sales"]) for row in rows[:ROWS]] == pytest.approx(list(result.truth), rel=1e-5)
    tests = [row for row in rows if row["part"] == "test"]
    assert [float(row["predicted"]) for row in tests] == pytest.approx(
        list(result.fitted[2].values), rel=1e-5
    )
    assert [float(row["forecast"]) for row in rows[ROWS:]] == pytest.approx(list(result.ahead), rel=1e-5)
    assert float(rows[ROWS]["high"]) == pytest.approx(result.high[0], rel=1e-5) and rows[-1]["high"] == ""
    view.clear()
    assert view.csv_text() == ""


def test_why_there_is_no_spread_and_no_number_is_said(view_of, tmp_path):
    session = sum_of(series_of(tmp_path, test_ratio=0.0, validation_ratio=0.0))
    view = view_of(session)
    assert "No spread: No part of the series was held back" in view.told.text()
    assert "spread" not in view.legend.text()
    session.parameters[:] = np.nan
    draw(view, session)
    assert "the network gives no numbers" in view.told.text()
    view.repaint_theme()
    view.grab()


def test_of_other_data_it_says_what_it_is_for(view_of, qtbot):
    view = ForecastView()
    qtbot.addWidget(view)
    data = open_example("iris").session().data
    assert not ForecastView.fits(data)
    view.set_data(data)
    assert view.probe() is None and view.hint.text() == NOT_HERE
