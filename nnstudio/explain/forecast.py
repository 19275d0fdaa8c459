"""A series, what the network makes of its rows, and what it forecasts past its end, with a spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.tables.later_dates import ENOUGH_DATES, later_dates
from nnstudio.data.whole_series import WholeSeries
from nnstudio.explain.backtest import Backtest, backtested, pieces_of_backtest, why_none
from nnstudio.explain.rollout import farthest, pieces_of, predicted, rolled, rows_needed
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.underway import Underway, told_by_pieces

STEPS = Option("steps", 12, "Rows past the end that are forecast.", 1, 1000)
# The last rows of a part that are predicted.
MOST_FITTED = 5000
# A forecast goes on for a season where that is no longer than this.
LONGEST_SEASON, USUAL_STEPS = 60, 14


@dataclass(frozen=True, eq=False)
class FittedPart:
    """What the network predicts of the rows (n,) of a part, each from the true rows before; (n,) values."""

    part: Split
    rows: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Forecast:
    """Of a column, in its own unit, float64.

    Attributes:
        truth: (rows,), NaN where a value is missing.
        ahead: (steps,) past the last row; ``later`` are their dates, () where rows have none.
        low, high: (steps,) between which the truth would have lain in 80 % of the backtest's cases; NaN where
            too few tell it.
        backtest: None where there is none, and ``why`` says it.
        note: what else there is to know.
    """

    step: int
    asked: ForecastProbe
    column: str
    truth: np.ndarray
    fitted: tuple[FittedPart, ...]
    ahead: np.ndarray
    low: np.ndarray
    high: np.ndarray
    later: tuple[str, ...]
    backtest: Backtest | None
    why: str
    note: str

    def call(self, whole: WholeSeries, row: int) -> str:
        """What a row is called, also past the end."""
        past = row - len(self.truth)
        if past < 0:
            return whole.call(row)
        return self.later[past] if past < len(self.later) else f"row {row + 1:,}"


def usual_steps(data: Dataset) -> int:
    """How far a forecast goes where nobody says it."""
    season = data.series.season.rows if data.series is not None else 0
    return season if 1 < season <= LONGEST_SEASON else USUAL_STEPS


@dataclass(frozen=True)
class ForecastProbe:
    """A forecast so many ``steps`` past the end, with a spread from ``most`` origins at the most.

    Attributes:
        target: which of the predicted columns.
        patience: seconds that it may take while the network learns on.
    """

    steps: int
    most: int | None = None
    target: int = 0
    patience: float = float("inf")
    # Dear, and looked at as a whole.
    every: ClassVar[float] = 1.0

    def run(self, session: Evaluation) -> Iterator[Forecast | Underway]:
        yield from told_by_pieces(self._forecast(session), self._pieces(session.data))

    def _pieces(self, data: Dataset) -> int:
        fitted = sum(pieces_of(min(len(data.part(part)[0]), MOST_FITTED)) for part in data.parts)
        return self.steps + fitted + pieces_of_backtest(data, self.steps, self.most)

    def _forecast(self, session: Evaluation) -> Iterator[Forecast | None]:
        data, step = session.data, session.steps
        whole = data.series
        if whole is None or self.target >= len(whole.series.columns):
            # It was asked for while there was other data.
            return
        weights, last = session.parameters.copy(), np.array([len(whole.series.target) - 1])
        steps = farthest(whole, self.steps)
        ahead = np.zeros(0)
        if last[0] >= rows_needed(whole) - 1:
            ahead = (yield from rolled(session, weights, last, steps))[0, :, self.target]
        fitted = []
        for part in data.parts:
            rows = whole.ends[part][-MOST_FITTED:]
            given = yield from predicted(session, weights, data.part(part)[0][-MOST_FITTED:])
            fitted.append(FittedPart(part, rows, whole.values_of(given, rows)[:, self.target]))
        why, backtest = why_none(data), None
        if not why:
            backtest = yield from backtested(session, weights, self.steps, self.most, self.target)
        yield Forecast(
            step, self, whole.series.columns[self.target], whole.series.target[:, self.target], tuple(fitted),
            whole.scale.values(ahead), *self._between(whole, ahead, backtest),
            later_dates(whole.series.times[-ENOUGH_DATES:], len(ahead)), backtest, why,
            self._note(whole, len(ahead)),
        )  # fmt: skip

    def _between(
        self, whole: WholeSeries, ahead: np.ndarray, backtest: Backtest | None
    ) -> tuple[np.ndarray, np.ndarray]:
        spread = np.full((2, len(ahead)), np.nan)
        if backtest is not None:
            count = min(len(ahead), backtest.steps)
            spread[:, :count] = backtest.spread()[:, :count]
        low, high = whole.scale.values(ahead + spread)
        return low, high

    def _note(self, whole: WholeSeries, steps: int) -> str:
        cut = any(len(rows) > MOST_FITTED for rows in whole.ends.values())
        shown = f"Of each part, the last {MOST_FITTED:,} rows are predicted." if cut else ""
        return " ".join(filter(None, (self._why_short(whole, steps), shown)))

    def _why_short(self, whole: WholeSeries, steps: int) -> str:
        if steps >= self.steps:
            return ""
        if not whole.goes_on:
            others = [f"'{name}'" for name in whole.series.names if name not in whole.series.columns]
            return (
                f"Only {steps:,} ahead: beyond that, {', '.join(others)} would have to be known, and nothing "
                "predicts that."
            )
        return "The series has too few rows to go on from."
