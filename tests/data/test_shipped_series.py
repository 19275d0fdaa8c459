"""The two series that ship: their rows, their seasons, and how they are cut."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from nnstudio.data.dataset import Split, load, sources

FILES = {"airline_passengers": "airline-passengers.csv", "daily_temperatures": "daily-min-temperatures.csv"}


def shipped(kind: str) -> list[tuple[str, float]]:
    text = files("nnstudio.resources").joinpath(f"datasets/{FILES[kind]}").read_text(encoding="utf-8")
    return [(day, float(value)) for day, value in list(csv.reader(text.splitlines()))[1:]]


@pytest.mark.parametrize(
    ("kind", "rows", "season"), [("airline_passengers", 144, 12), ("daily_temperatures", 3650, 365)]
)
def test_all_rows_are_there_in_order_and_the_last_ones_are_for_testing(kind, rows, season):
    data, expected = load(kind, {}), shipped(kind)
    whole = data.series
    assert len(expected) == rows and whole.season.rows == season
    assert list(zip(whole.series.times, whole.series.target[:, 0], strict=True)) == expected
    ends = [whole.ends[part] for part in Split]
    assert ends[0].max() < ends[1].min() and ends[1].max() < ends[2].min() and ends[2].max() == rows - 1
    truth = data.y_test[:, 0] * data.y_scale + data.y_shift
    assert truth == pytest.approx([expected[row][1] for row in ends[2]], rel=1e-5, abs=1e-4)


def test_a_newer_table_ends_in_a_window(tmp_path):
    source, data = sources["airline_passengers"], load("airline_passengers", {})
    path = tmp_path / "newer.csv"
    path.write_text("Month,Passengers\n" + "".join(f"1961-{m:02},{400 + m}\n" for m in range(1, 13)))
    samples = source.read_samples(path, source.defaults(), data)
    raw = samples.x[0, :, 0] * data.x_scale[:, 0] + data.x_shift[:, 0]
    assert raw == pytest.approx([401 + m for m in range(12)], abs=0.01) and samples.answered.tolist() == [
        True
    ]
    assert source.read_samples(tmp_path / "picture.png", source.defaults(), data) is None
