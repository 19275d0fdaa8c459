"""Logarithms, changes and the position in the season: what enters, what is predicted, and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, Split, load, sources
from nnstudio.data.without_samples import plain, without_samples

ROWS = 72
VALUES = np.round(100 * 1.02 ** np.arange(ROWS) * (1.3 + np.sin(np.arange(ROWS) * np.pi / 6)), 3)


def table(folder: Path, values: np.ndarray = VALUES, first: int = 0) -> Path:
    rows = [f"{1990 + i // 12}-{i % 12 + 1:02},{v}" for i, v in enumerate(values, first)]
    path = folder / "months.csv"
    path.write_text("\n".join(["month,sales", *rows, ""]))
    return path


@pytest.fixture
def months(tmp_path):
    return lambda **options: load("series", {"path": str(table(tmp_path)), "window": 6, **options})


def raw(data, part):
    """Inputs and targets of a part as they were before they were standardised."""
    x, y = data.part(part)
    return x * data.x_scale + data.x_shift, y * data.y_scale + data.y_shift


@pytest.mark.parametrize(
    ("options", "horizon", "lag", "back"),
    [
        ({"log": True}, 1, 0, 0),
        ({"change_from": "row before"}, 1, 1, 1),
        ({"log": True, "change_from": "row before"}, 3, 1, 3),
        ({"log": True, "change_from": "season before"}, 1, 12, 12),
        ({"change_from": "season before"}, 14, 12, 24),
        ({"change_from": "season before", "season": 5}, 6, 5, 10),
    ],
)
def test_windows_and_targets_are_changes_of_levels(months, options, horizon, lag, back):
    data = months(horizon=horizon, test_ratio=0.2, **options)
    levels = np.log(VALUES) if options.get("log") else VALUES
    for part in Split:
        x, y = raw(data, part)
        for sample, end in enumerate(data.series.ends[part]):
            window = levels[end - horizon - 5 : end - horizon + 1]
            before = levels[end - horizon - 5 - lag : end - horizon + 1 - lag] if lag else 0
            assert x[sample, :, 0] == pytest.approx(window - before, abs=1e-3)
            assert y[sample, 0] == pytest.approx(levels[end] - (levels[end - back] if back else 0), abs=1e-3)
    assert data.series.ends[Split.TRAINING][0] == lag + 5 + horizon, "no window before a change is known"
    assert data.series.scale.values(levels) == pytest.approx(VALUES)


def test_the_position_in_the_season_enters_as_a_point_on_a_circle(months):
    data = months(season_inputs=True)
    x, _y = raw(data, Split.TEST)
    row = data.series.ends[Split.TEST][0] - 1
    angle = 2 * np.pi * (row % 12) / 12
    assert data.input_shape == (6, 3) and data.features[:3] == (
        "sales 5 before", "season sine 5 before", "season cosine 5 before",
    )  # fmt: skip
    assert x[0, -1, 1:] == pytest.approx([np.sin(angle), np.cos(angle)], abs=1e-3)


def test_what_is_predicted_is_called_what_it_is(months):
    data = months(log=True, change_from="season before")
    assert data.targets == ("change of log of sales",)
    told = " ".join(data.notes)
    assert "a change from 12 rows before" in told and "part for 'sales'" in told and "logarithm)" not in told
    assert data.series.scale.untold(data.targets[0]) == "sales"


def test_a_season_is_guessed_from_rows_that_are_learned_from_alone(tmp_path):
    late, early = VALUES.copy(), VALUES.copy()
    late[-10:], early[10:20] = 7.0, 7.0
    told = [
        load("series", {"path": str(table(tmp_path, v))}).series.season.told for v in (VALUES, late, early)
    ]
    assert told[0] == told[1] != told[2] and "12 rows is guessed" in told[0]


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (np.where(np.arange(ROWS) == 9, 0.0, VALUES), {"log": True}, "0 or less, the first in row 10"),
        (VALUES[:17], {"change_from": "season before"}, "changes from 12 rows before"),
    ],
)
def test_what_cannot_be_told_so_is_refused_in_a_sentence(tmp_path, values, options, words):
    with pytest.raises(DataError, match=words):
        load("series", {"path": str(table(tmp_path, values)), "window": 6, **options})


def test_without_dates_a_season_must_be_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("n\n" + "\n".join(map(str, VALUES)))
    for options in ({"change_from": "season before"}, {"season_inputs": True}):
        with pytest.raises(DataError, match="No season is known"):
            load("series", {"path": str(path), **options})
    assert load("series", {"path": str(path), "season": 6, "season_inputs": True}).input_shape == (12, 3)


@pytest.mark.parametrize("options", [{}, {"log": True, "change_from": "season before"}])
def test_a_new_file_ends_in_the_window_that_training_would_have_cut(tmp_path, options):
    source = sources["series"]
    whole = {"window": 6, "validation_ratio": 0.0, **options}
    data = load("series", {"path": str(table(tmp_path)), **whole})
    # All but the last row: its window is that of the last sample.
    path = table(tmp_path, VALUES[:-1])
    x, notes = source.read_ending(path, source.complete({**whole, "path": str(path)}), data)
    assert x == pytest.approx(data.x_test[-1:], abs=1e-4)
    assert any("is predicted" in note for note in notes)
    assert any("nnstudio forecast" in note for note in notes) == bool(options)


def test_a_project_without_its_data_keeps_the_season_that_was_guessed(tmp_path):
    pattern = np.resize([3.0, 9.0, 4.0, 8.0, 2.0, 7.0, 1.0], 300) + np.arange(300) % 28 / 9

    def written(first: int, last: int) -> str:
        path = tmp_path / "days.csv"
        rows = (f"{i % 28 + 1},{v}" for i, v in enumerate(pattern[first:last], first))
        path.write_text("\n".join(["n,sold", *rows, ""]))
        return str(path)

    source, options = sources["series"], {"window": 4, "change_from": "season before", "season": 28}
    data = load("series", {"path": written(0, 300), **options, "validation_ratio": 0.0})
    kept = without_samples(json.loads(json.dumps(plain(data))))
    path = written(200, 299)
    # As in a project where the season was guessed, and the table that is left would have another one.
    chosen = source.complete({**options, "season": 0, "path": path})
    x, _notes = source.read_ending(Path(path), chosen, kept)
    assert x == pytest.approx(data.x_test[-1:], abs=1e-4)


def test_changes_over_a_gap_between_dates_leave_windows_out(tmp_path):
    path = table(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:21], *lines[22:], ""]))
    options = {"path": str(path), "window": 6, "validation_ratio": 0.0, "time_gaps": "leave windows out"}
    gap = 20
    for change, lag in (("none", 0), ("row before", 1), ("season before", 12)):
        ends = load("series", {**options, "change_from": change}).series.ends
        kept = np.concatenate([ends[part] for part in Split])
        # A window, its changes and its target all lie on one side.
        expected = [e for e in range(lag + 6, ROWS - 1) if not e - 6 - lag < gap <= e]
        assert kept.tolist() == expected, change
