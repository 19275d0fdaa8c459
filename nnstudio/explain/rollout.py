"""What a network forecasts of a series, several steps ahead: each forecast enters the next window."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import numpy as np

from nnstudio.data.whole_series import WholeSeries
from nnstudio.explain.answers import all_answers
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import run

# Windows that are predicted before training goes on.
PIECE = 256


def rows_needed(whole: WholeSeries) -> int:
    """How many rows up to an origin, itself included, a forecast from there looks at."""
    return max(
        whole.horizon + whole.window + whole.scale.lag - 1, whole.scale.back(whole.horizon), whole.horizon
    )


def farthest(whole: WholeSeries, steps: int) -> int:
    """How many of these steps ahead can be forecast: where something enters that is not predicted, only those
    whose windows are known.
    """
    return steps if whole.goes_on else min(steps, whole.horizon)


def pieces_of(windows: int) -> int:
    """How often `predicted` lets training go on for so many windows."""
    return -(-windows // PIECE)


def rolled(
    session: Evaluation, weights: np.ndarray, origins: np.ndarray, steps: int
) -> Generator[None, None, np.ndarray]:
    """Levels (n, steps, targets), float64, forecast from the rows ``origins`` (n,), the last that are known,
    by a network with these weights, which may learn on between two yields.

    Each has `rows_needed` at least. NaN where a value that enters is missing, infinite from where on the
    network gives no numbers.
    """
    whole = session.data.series
    assert whole is not None
    lag, targets = whole.scale.lag, len(whole.series.columns)
    needed, back = rows_needed(whole), whole.scale.back(whole.horizon)
    rows = origins[:, None] + np.arange(1 - needed, steps + 1)
    known = whole.levels()
    paths = np.full((len(origins), needed + steps, known.shape[1]), np.nan)
    paths[:, :needed] = known[rows[:, :needed]]
    broken = np.zeros(len(origins), bool)
    for at in range(needed, needed + steps):
        end = at - whole.horizon + 1
        first = end - whole.window
        x = whole.entering(paths[:, first - lag : end], rows[:, first:end])
        lacks = np.isnan(x).any((1, 2))
        x[lacks | ~np.isfinite(x).all((1, 2))] = 0
        given = yield from predicted(session, weights, _scaled(session, x))
        if back:
            given = given + paths[:, at - back, :targets]
        broken |= ~lacks & ~np.isfinite(given).all(1)
        given[lacks] = np.nan
        given[broken] = np.inf
        paths[:, at, :targets] = given
    ahead: np.ndarray = paths[:, needed:, :targets]
    return ahead


def _scaled(session: Evaluation, x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = ((x - session.data.x_shift) / session.data.x_scale).astype(np.float32)
    usable: np.ndarray = np.nan_to_num(scaled)
    return usable


def predicted(session: Evaluation, weights: np.ndarray, x: np.ndarray) -> Generator[None, None, np.ndarray]:
    """What a network with these weights predicts for windows as they enter, (n, targets), unscaled."""
    piece = PIECE if len(x) > 1 else 1
    pieces = []
    for start in range(0, len(x), piece):
        some = x[start : start + piece]
        pieces.append(all_answers(session, partial(_given, weights=weights, some=some, batch=piece)))
        yield
    return np.concatenate(pieces)


def _given(seen: Evaluation, weights: np.ndarray, some: np.ndarray, batch: int) -> np.ndarray:
    """What one Output gives for up to ``batch`` windows."""
    program = seen.evaluator(batch, own_parameters=True)
    # Other probes may use the same program between two pieces.
    program.set_parameters(weights)
    program.set_data(some, np.zeros((len(some), seen.data.target_width), np.float32), np.arange(len(some)))
    run(program, seen.threads)
    return program.activation(seen.layout.output, len(some))
