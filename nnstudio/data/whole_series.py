"""The series that windows were cut from: what a forecast goes on from, and is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnstudio.data.series_scale import SEASON_NAMES, SeriesScale
from nnstudio.data.tables.later_dates import ENOUGH_DATES, step_called
from nnstudio.data.tables.season import Season
from nnstudio.data.tables.series import Series
from nnstudio.model.quantity import counted


@dataclass(frozen=True, eq=False)
class WholeSeries:
    """A series in the order of time, with how its windows are cut.

    Attributes:
        series: its values as they were read.
        window: rows that enter; the predicted one stands ``horizon`` rows after the last of them.
        ends: by part, as `Split` names it, the rows that its samples predict, (n,).
    """

    series: Series
    window: int
    horizon: int
    scale: SeriesScale
    season: Season
    season_inputs: bool
    ends: Mapping[str, np.ndarray]

    @property
    def columns(self) -> tuple[str, ...]:
        """All that enter or are predicted, each once, the predicted ones first."""
        return tuple(dict.fromkeys((*self.series.columns, *self.series.names)))

    @property
    def goes_on(self) -> bool:
        """Whether all that enters is predicted, so that predictions can enter in their turn."""
        return set(self.series.names) <= set(self.series.columns)

    def levels(self) -> np.ndarray:
        """All `columns` (rows, columns), float64: the predicted ones as levels, others as they are."""
        series = self.series
        others = [series.values[:, series.names.index(name)] for name in self.columns[len(series.columns) :]]
        return np.column_stack([self.scale.levels(series.target), *others])

    def entering(self, levels: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """What enters in some rows, (.., n, inputs), before it is standardised.

        ``levels`` (.., lag + n, columns) are of those ``rows`` (.., n) and of as many before as the lag is.
        """
        series, lag, predicted = self.series, self.scale.lag, len(self.series.columns)
        count = levels.shape[-2] - lag
        told = levels[..., lag:, :].copy()
        if lag:
            told[..., :predicted] -= levels[..., :count, :predicted]
        columns = [told[..., self.columns.index(name)] for name in series.names]
        if self.season_inputs:
            angle = 2 * np.pi * (rows % self.season.rows) / self.season.rows
            columns += [np.sin(angle), np.cos(angle)]
        return np.stack(columns, -1)

    def names(self) -> tuple[str, ...]:
        """What `entering` holds."""
        told = [self.scale.told(n) if n in self.series.columns else n for n in self.series.names]
        return (*told, *(SEASON_NAMES if self.season_inputs else ()))

    def targets(self) -> tuple[str, ...]:
        """What is predicted."""
        return tuple(map(self.scale.told, self.series.columns))

    def predicted(self) -> np.ndarray:
        """What a sample that predicts a row has as its target, (rows, targets), NaN where there is none."""
        levels = self.scale.levels(self.series.target)
        back = self.scale.back(self.horizon)
        if back:
            before = np.full_like(levels, np.nan)
            before[back:] = levels[:-back]
            levels = levels - before
        return levels

    def values_of(self, given: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """What predictions (n, targets) of these rows say in the unit of the table, (n, targets)."""
        back = self.scale.back(self.horizon)
        levels = given + self.scale.levels(self.series.target[rows - back]) if back else given
        return self.scale.values(levels)

    def with_predicted(self, columns: Sequence[int]) -> WholeSeries:
        """With some of the predicted columns alone, numbers from 0: for what is said of these."""
        series = self.series
        names = tuple(series.columns[i] for i in columns)
        return replace(self, series=replace(series, target=series.target[:, list(columns)], columns=names))

    def all_entering(self) -> np.ndarray:
        """What enters in each row, (rows, inputs), NaN in those whose change is not known."""
        levels, lag = self.levels(), self.scale.lag
        unknown = np.full((lag, levels.shape[1]), np.nan)
        return self.entering(np.concatenate([unknown, levels]), np.arange(len(levels)))

    def ahead(self, steps: int, since: int = 0) -> str:
        """So many rows after the last known one, or from ``since`` on to them: "1 to 12 months ahead"."""
        step = step_called(self.series.times[-ENOUGH_DATES:])
        first = f"{since:,} to " if 0 < since < steps else ""
        return f"{first}{counted(steps, step)} ahead"

    def call(self, row: int) -> str:
        """What a row is called: its date, else its number."""
        times = self.series.times
        return (times[row] if times else "") or f"row {row + 1:,}"
