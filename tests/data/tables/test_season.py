"""The season of a series is the one of its dates that explains most of what is learned from."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.tables.season import explained_by_season, season_of


def repeating(season: int, rows: int) -> np.ndarray:
    """A pattern that comes again and again on a line that rises."""
    pattern = np.random.default_rng(season).normal(size=season)
    return np.resize(pattern - pattern.mean(), rows) + 0.1 * np.arange(rows)


@pytest.mark.parametrize("season", [2, 5, 7, 12])
def test_a_pattern_on_a_trend_is_explained_wholly_and_noise_not_at_all(season):
    assert explained_by_season(repeating(season, 10 * season), season) == pytest.approx(1)
    noise = np.random.default_rng(3).normal(size=2000)
    assert abs(explained_by_season(noise, season)) < 0.05


def test_some_missing_values_change_little():
    values = repeating(12, 120)
    values[[20, 50, 51]] = np.nan
    assert explained_by_season(values, 12) > 0.8


def test_the_candidate_that_explains_most_is_taken_and_told():
    chosen = season_of(repeating(7, 210), (5, 7))
    assert chosen.rows == 7 and "7 rows is guessed" in chosen.told and "100%" in chosen.told
    assert season_of(repeating(7, 210), (5, 7), chosen=5).rows == 5
    assert season_of(repeating(7, 210), ()).rows == 0


def test_of_too_few_rows_the_shortest_candidate_is_taken_and_that_is_said():
    chosen = season_of(repeating(7, 12), (365, 7))
    assert chosen.rows == 7 and "too few rows" in chosen.told


def test_a_series_that_never_changes_has_nothing_to_explain():
    assert np.isnan(explained_by_season(np.full(60, 4.0), 12))
