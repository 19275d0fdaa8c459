"""Two series that ship with the program: monthly airline passengers and daily minimum temperatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from nnstudio.data.dataset import Dataset, Samples, Source, sources
from nnstudio.data.series_file import SeriesFile, window_options
from nnstudio.data.tables.series_gaps import TIME_GAPS, TimeGaps
from nnstudio.data.tables.source import table_suffixes


class ShippedSeries(Source):
    """As `SeriesFile` cuts a table; rows that are not there are passed over."""

    file: ClassVar[str]

    def load(self, options: Mapping[str, Any]) -> Dataset:
        with as_file(files("nnstudio.resources").joinpath(f"datasets/{self.file}")) as path:
            data = _series_file().load(self._as_file(options, path))
        return replace(data, name=self.title)

    def read_samples(self, path: Path, options: Mapping[str, Any], data: Dataset) -> Samples | None:
        if path.suffix.lower() not in table_suffixes():
            return None
        x, notes = _series_file().read_ending(path, self._as_file(options, path), data)
        return Samples(x, np.ones(1, bool), notes)

    def _as_file(self, options: Mapping[str, Any], path: Path) -> dict[str, Any]:
        own = {**options, "path": str(path), TIME_GAPS.name: TimeGaps.INTERPOLATE.value}
        return _series_file().complete(own)


def _series_file() -> SeriesFile:
    source = sources[SeriesFile.id]
    assert isinstance(source, SeriesFile)
    return source


@sources.register
class AirlinePassengers(ShippedSeries):
    """Windows (months, 1) of thousands of passengers, or (months, 3) with the season."""

    id = "airline_passengers"
    title = "Airline passengers"
    order = 15
    help = "Thousands of people who flew in each month of twelve years: what comes next is predicted."
    file = "airline-passengers.csv"
    options = window_options(12)


@sources.register
class DailyTemperatures(ShippedSeries):
    """Windows (days, 1) of degrees Celsius, or (days, 3) with the season."""

    id = "daily_temperatures"
    title = "Daily temperatures"
    order = 16
    help = "The lowest temperature of each day in Melbourne in ten years: the days that follow are predicted."
    file = "daily-min-temperatures.csv"
    options = window_options(14)
