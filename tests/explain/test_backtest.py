"""Errors of forecasts from every row before and in the test part, against plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.small_series import ROWS, SALES, WINDOW, forecast_of, series_of, sum_of

from nnstudio.data.dataset import Split, load
from nnstudio.explain.backtest import FEWEST, Backtest, Way, backtested, why_none
from nnstudio.explain.told_backtest import told_backtest, told_spread

STEPS = 8


def judged(session, steps=STEPS, most=None) -> Backtest:
    work = backtested(session, session.parameters.copy(), steps, most)
    while True:
        try:
            next(work)
        except StopIteration as done:
            backtest: Backtest = done.value
            return backtest


@pytest.mark.parametrize("options", [{}, {"log": True, "change_from": "row before"}])
def test_every_error_is_forecast_less_truth_and_every_figure_a_mean_of_them(tmp_path, options):
    session = sum_of(series_of(tmp_path, test_ratio=0.3, **options))
    backtest = judged(session)
    first = int(session.data.series.ends[Split.TEST][0])
    origins = list(range(first - 1, ROWS - 1))
    assert backtest.origins.tolist() == origins and backtest.part == Split.TEST
    paths = forecast_of(session, origins, STEPS)[:, :, 0]
    paths = np.exp(paths) if options else paths
    sums = {way: ([], []) for way in Way}
    for ahead in range(1, STEPS + 1):
        for i, origin in enumerate(origins):
            row = origin + ahead
            if row >= ROWS:
                continue
            guesses = {
                Way.NETWORK: paths[i, ahead - 1],
                Way.SEASONAL: SALES[row - 12],
                Way.NAIVE: SALES[origin],
            }
            for way, guess in guesses.items():
                sums[way][0].append(guess - SALES[row])
                sums[way][1].append(ahead)
    training = SALES[: int(session.data.series.ends[Split.TRAINING][-1]) + 1]
    unit = np.mean([abs(training[i] - training[i - 12]) for i in range(12, len(training))])
    assert backtest.unit == pytest.approx(unit, rel=1e-5)
    for way, (errors, aheads) in sums.items():
        errors, aheads = np.array(errors), np.array(aheads)
        together = backtest.overall(way)
        assert together.mean_absolute[0] == pytest.approx(np.abs(errors).mean(), rel=1e-5)
        assert together.root_mean_square[0] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-5)
        assert together.scaled[0] == pytest.approx(np.abs(errors).mean() / unit, rel=1e-5)
        each = backtest.by_step(way)
        for ahead in range(1, STEPS + 1):
            own = errors[aheads == ahead]
            assert each.mean_absolute[ahead - 1] == pytest.approx(np.abs(own).mean(), rel=1e-5)
            assert backtest.counts[ahead - 1] == len(own)


def test_of_a_season_that_is_shorter_than_the_way_ahead_the_last_known_one_is_taken(tmp_path):
    backtest = judged(sum_of(series_of(tmp_path, season=3)))
    origin = int(backtest.origins[0])
    for ahead, row in ((1, origin - 2), (3, origin), (4, origin - 2), (7, origin - 2)):
        assert backtest.errors[Way.SEASONAL][0, ahead - 1] == pytest.approx(
            SALES[row] - SALES[origin + ahead], rel=1e-5
        )


def test_a_spread_takes_enough_errors_and_holds_eight_of_ten(tmp_path):
    backtest = judged(sum_of(series_of(tmp_path, test_ratio=0.3)))
    low, high = backtest.spread()
    for step, errors in enumerate(backtest.level_errors.T):
        known = np.sort(errors[~np.isnan(errors)])
        if len(known) < FEWEST:
            assert np.isnan(low[step]) and np.isnan(high[step])
        else:
            within = (known >= low[step]) & (known <= high[step])
            assert within.mean() == pytest.approx(0.8, abs=2 / len(known))
    assert "8 of 10 errors" in told_spread(backtest, STEPS)
    few = replace(backtest, level_errors=backtest.level_errors[:3])
    assert np.isnan(few.spread()).all() and told_spread(few, STEPS).startswith("No spread")


def test_some_origins_are_evenly_spaced_and_that_is_told(tmp_path):
    backtest = judged(sum_of(series_of(tmp_path, test_ratio=0.4)), most=5)
    assert len(backtest.origins) == 5 and np.ptp(np.diff(backtest.origins)) <= 1
    told = told_backtest(backtest)
    assert f"from 5 of {backtest.possible} rows of the test part" in told and "MASE" in told


def test_without_dates_there_is_no_seasonal_forecast(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("n\n" + "\n".join(f"{v:.6g}" for v in SALES))
    backtest = judged(sum_of(load("series", {"path": str(path), "window": WINDOW})))
    assert Way.SEASONAL not in backtest.errors and backtest.season == 0
    assert "seasonal" not in told_backtest(backtest)


def test_windows_with_a_missing_value_are_no_origins_and_missing_truth_is_not_judged(tmp_path):
    session = sum_of(series_of(tmp_path, test_ratio=0.3))
    series, whole = session.data.series.series, judged(session)
    gap = int(whole.origins[6])
    series.values[gap] = series.target[gap] = np.nan
    backtest = judged(session)
    assert sorted(set(whole.origins) - set(backtest.origins)) == list(range(gap, gap + WINDOW))
    assert np.isnan(backtest.errors[Way.NETWORK][5, 0])
    assert backtest.counts[0] == whole.counts[0] - WINDOW - 1


def test_a_network_without_numbers_is_infinitely_wrong(tmp_path):
    session = sum_of(series_of(tmp_path))
    session.parameters[:] = np.nan
    backtest = judged(session)
    assert np.isinf(backtest.overall(Way.NETWORK).mean_absolute[0])
    assert np.isfinite(backtest.overall(Way.NAIVE).mean_absolute[0])


def test_why_there_is_none_is_a_sentence(tmp_path):
    assert "set a Test share" in why_none(series_of(tmp_path, test_ratio=0.0, validation_ratio=0.0))
    assert why_none(series_of(tmp_path)) == ""
    assert "Only of a time series" in why_none(replace(series_of(tmp_path), series=None))
