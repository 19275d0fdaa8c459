"""The forecast that the view and the command line show: what was fitted, what comes next, between what."""

from __future__ import annotations

import numpy as np
import pytest
from explain.small_series import ROWS, SALES, WINDOW, forecast_of, series_of, sum_of

from nnstudio.data.dataset import Split
from nnstudio.explain.forecast import ForecastProbe, usual_steps


def asked(session, steps, **how):
    *_pieces, result = ForecastProbe(steps, **how).run(session)
    return result


@pytest.mark.parametrize("options", [{}, {"log": True, "change_from": "season before"}])
def test_what_is_fitted_are_forecasts_one_step_ahead_from_true_rows(tmp_path, options):
    session = sum_of(series_of(tmp_path, **options))
    result = asked(session, 6)
    assert [one.part for one in result.fitted] == list(Split)
    for one in result.fitted:
        expected = forecast_of(session, [row - 1 for row in one.rows], 1)[:, 0, 0]
        expected = np.exp(expected) if options else expected
        np.testing.assert_allclose(one.values, expected, rtol=1e-4)
    assert result.truth == pytest.approx(SALES, rel=1e-5)


def test_it_goes_on_from_the_last_row_with_dates_and_a_spread_around_it(tmp_path):
    session = sum_of(series_of(tmp_path, test_ratio=0.3, log=True))
    result = asked(session, 12)
    levels = forecast_of(session, [ROWS - 1], 12)[0, :, 0]
    assert result.ahead == pytest.approx(np.exp(levels), rel=1e-5)
    assert result.later[:2] == ("1995-01", "1995-02") and len(result.later) == 12
    low, high = result.backtest.spread()
    known = np.isfinite(low)
    assert known.any() and not known.all()
    assert result.low[known] == pytest.approx(np.exp(levels[known] + low[known]), rel=1e-5)
    assert result.high[known] == pytest.approx(np.exp(levels[known] + high[known]), rel=1e-5)
    assert np.isnan(result.high[~known]).all()


def test_rows_are_called_by_their_dates_before_and_after_the_end(tmp_path):
    data = series_of(tmp_path)
    result = asked(sum_of(data), 2)
    assert [result.call(data.series, row) for row in (0, ROWS - 1, ROWS)] == ["1990-01", "1994-12", "1995-01"]
    assert result.call(data.series, ROWS + 7) == f"row {ROWS + 8}"


def test_where_another_column_enters_it_stops_and_says_why(tmp_path):
    result = asked(sum_of(series_of(tmp_path, inputs="price; sales", horizon=2)), 5)
    assert len(result.ahead) == 2 and "'price' would have to be known" in result.note


def test_a_season_ahead_is_usual_where_it_is_no_year_of_days(tmp_path):
    assert usual_steps(series_of(tmp_path)) == 12
    assert usual_steps(series_of(tmp_path, season=365)) == 14
    assert WINDOW < 12


def test_of_a_long_series_the_last_rows_of_each_part_are_predicted_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("nnstudio.explain.forecast.MOST_FITTED", 5)
    session = sum_of(series_of(tmp_path))
    result = asked(session, 2)
    assert [list(one.rows) for one in result.fitted] == [
        list(session.data.series.ends[part][-5:]) for part in Split
    ]
    assert "the last 5 rows are predicted" in result.note
    expected = forecast_of(session, [row - 1 for row in result.fitted[0].rows], 1)[:, 0, 0]
    np.testing.assert_allclose(result.fitted[0].values, expected, rtol=1e-4)


def test_of_other_data_nothing_is_told(tmp_path):
    session = sum_of(series_of(tmp_path))
    assert list(ForecastProbe(3, target=1).run(session)) == []
