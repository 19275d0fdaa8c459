"""The tab Backtest in the results: figures of each step ahead, computed only while it is looked at."""

from __future__ import annotations

import csv
import io
from functools import partial

import numpy as np
import pytest
from explain.small_series import series_of, sum_of
from ui.live.asked import draw

from nnstudio.explain.backtest import ENOUGH, Way
from nnstudio.model.quantity import error_in_digits
from nnstudio.project import open_example
from nnstudio.ui.live.results import ResultsView


@pytest.fixture
def view_of(answered):
    return partial(answered, ResultsView)


def texts(table, column: int) -> list[str]:
    return [table.item(row, column).text() for row in range(table.rowCount())]


def test_it_is_computed_once_it_is_looked_at(view_of, tmp_path):
    session = sum_of(series_of(tmp_path))
    view = view_of(session)
    tabs = view.number_tabs
    assert tabs.isTabVisible(tabs.indexOf(tabs.backtest)) and view.probe().forecasts == 0
    asked = []
    view.probe_changed.connect(lambda: asked.append(view.probe().forecasts))
    tabs.setCurrentWidget(tabs.backtest)
    assert asked == [ENOUGH] and "being made" in tabs.backtest.told.text()
    backtest = draw(view, session).backtest
    table = tabs.backtest.table
    assert texts(table, 0) == ["all", *map(str, range(1, backtest.steps + 1))]
    for column, way in enumerate((Way.NETWORK, Way.SEASONAL, Way.NAIVE), 2):
        figures = [*backtest.overall(way).mean_absolute, *backtest.by_step(way).mean_absolute]
        assert texts(table, column) == [error_in_digits(float(v)) for v in figures]
    tabs.backtest.figure.setCurrentText("MASE")
    scaled = float(backtest.overall(Way.NETWORK).scaled[0])
    assert texts(table, 2)[0] == error_in_digits(scaled)
    rows = list(csv.DictReader(io.StringIO(view.csv_text())))
    assert [row["ahead"] for row in rows] == [*map(str, range(1, backtest.steps + 1)), "all"] * 3
    assert float(rows[backtest.steps]["MASE"]) == pytest.approx(scaled)
    tabs.setCurrentWidget(tabs.residuals)
    assert view.csv_text() == ""
    tabs.setCurrentWidget(tabs.backtest)
    assert "season of 12 rows; MASE " in tabs.backtest.told.text()
    assert "12 rows is guessed" in tabs.backtest.told.toolTip()


def test_errors_are_in_the_unit_of_the_table_alone(view_of, tmp_path):
    session = sum_of(series_of(tmp_path, log=True, change_from="row before"))
    view = view_of(session)
    assert "log" not in view.caption.text() + view.caption.toolTip()
    # Of a month's sales, by what stood the month before.
    data = session.data
    x, _y, part = session.samples()
    sales, rows = data.series.series.target[:, 0], data.series.ends[part]
    growth = session.predict(x).ravel() * np.ravel(data.y_scale) + np.ravel(data.y_shift)
    error = float(np.abs(sales[rows - 1] * np.exp(growth) - sales[rows]).mean())
    told = view.caption.text() + view.caption.toolTip()
    assert f"mean absolute error <b>{error_in_digits(error)}</b>" in told and " of 'sales'" in told


def test_why_there_is_none_is_said_in_its_stead(view_of, tmp_path):
    session = sum_of(series_of(tmp_path, test_ratio=0.0, validation_ratio=0.0))
    view = view_of(session)
    view.number_tabs.setCurrentWidget(view.number_tabs.backtest)
    draw(view, session)
    assert "set a Test share" in view.number_tabs.backtest.told.text()
    assert view.number_tabs.backtest.table.isHidden()


def test_other_numbers_have_no_such_tab(view_of):
    tabs = view_of(open_example("celsius").session()).number_tabs
    assert not tabs.isTabVisible(tabs.indexOf(tabs.backtest))
