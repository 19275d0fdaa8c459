"""Forecasts several steps ahead, against a loop that knows one series, one origin and one weighted sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.small_series import ROWS, SALES, WINDOW, forecast_of, series_of, sum_of

from nnstudio.explain.rollout import farthest, rows_needed
from nnstudio.training.session import Session


def by_hand(session: Session, origin: int, steps: int, log: bool, lag: int, horizon: int) -> list[float]:
    """Levels of the sales, one after the other, from lists of Python."""
    data, arrays = session.data, session.arrays()
    weight, bias = arrays["d.weight"].ravel().astype(float), float(arrays["d.bias"][0])
    levels = [float(np.log(v) if log else v) for v in SALES[: origin + 1]]
    for _step in range(steps):
        end, total = len(levels), bias
        for i in range(WINDOW):
            row = end - horizon - WINDOW + 1 + i
            value = levels[row] - (levels[row - lag] if lag else 0.0)
            total += weight[i] * (value - float(data.x_shift[i, 0])) / float(data.x_scale[i, 0])
        back = 0
        while lag and back < horizon:
            back += lag
        predicted = total * float(data.y_scale[0]) + float(data.y_shift[0])
        levels.append(predicted + (levels[end - back] if back else 0.0))
    return levels[origin + 1 :]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("change", "lag"), [("none", 0), ("row before", 1), ("season before", 12)])
@pytest.mark.parametrize("horizon", [1, 3])
def test_each_forecast_enters_the_next_window(tmp_path, log, change, lag, horizon):
    session = sum_of(series_of(tmp_path, log=log, change_from=change, horizon=horizon))
    first = rows_needed(session.data.series) - 1
    origins, steps = [first, 40, ROWS - 1], 15
    paths = forecast_of(session, origins, steps)
    expected = [by_hand(session, origin, steps, log, lag, horizon) for origin in origins]
    np.testing.assert_allclose(paths[:, :, 0], expected, rtol=2e-4, atol=2e-3)


def test_nothing_that_comes_after_an_origin_is_looked_at(tmp_path):
    options = {"log": True, "change_from": "season before", "season_inputs": True}
    session = sum_of(series_of(tmp_path, **options))
    before = forecast_of(session, [45], 10)
    late = SALES.copy()
    late[46:] = 1.0
    # With the scaling and the weights of the first.
    other = series_of(tmp_path, late, **options)
    session.data = replace(session.data, series=other.series)
    assert np.array_equal(forecast_of(session, [45], 10), before)


def test_with_another_column_only_known_windows_are_forecast(tmp_path):
    data = series_of(tmp_path, inputs="price; sales", horizon=2)
    assert farthest(data.series, 9) == 2 and farthest(series_of(tmp_path).series, 9) == 9
    paths = forecast_of(sum_of(data), [50], 3)[0, :, 0]
    assert np.isfinite(paths[:2]).all() and np.isnan(paths[2])


def test_two_columns_go_on_together(tmp_path):
    data = series_of(tmp_path, column="price; sales", inputs="price; sales")
    paths = forecast_of(sum_of(data), [40, 50], 6)
    assert paths.shape == (2, 6, 2) and np.isfinite(paths).all()
    assert farthest(data.series, 9) == 9


def test_a_missing_value_has_no_forecast_and_a_network_without_numbers_an_infinite_one(tmp_path):
    session = sum_of(series_of(tmp_path))
    session.data.series.series.target[44] = session.data.series.series.values[44] = np.nan
    paths = forecast_of(session, [45, 55], 3)[:, :, 0]
    assert np.isnan(paths[0]).all() and np.isfinite(paths[1]).all()
    session.parameters[:] = np.nan
    assert np.isinf(forecast_of(session, [55], 3)).all()
