"""Predicted numbers beside the true ones, over the only input or over time.

One against the other they are in the results, whatever the inputs are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, auto

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.answers import all_answers
from nnstudio.training.evaluation import Evaluation

# Samples of a part that are predicted. Points of the line over the only input.
MOST, POINTS = 400, 200


class Kind(StrEnum):
    """What the predictions are shown over."""

    INPUT = auto()
    TIME = auto()


@dataclass(frozen=True, eq=False)
class FitPart:
    """One target of a part of the data, true and predicted, in its own unit.

    Attributes:
        total: how many samples the part has.
        across: (n,) the input, or the place in time from 1.
        truth, predicted: (n,) float64; a prediction may be no finite number.
    """

    part: Split
    total: int
    across: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True, eq=False)
class Fit:
    """How a network fits, at a step.

    Attributes:
        parts: what it learns from, and what is watched meanwhile where that is another part.
        line: (2, POINTS) inputs and predictions over all of the only input; empty over time.
        names: of what runs across and of the target.
        target: the number of that, from 0.
    """

    step: int
    kind: Kind
    parts: tuple[FitPart, ...]
    line: np.ndarray
    names: tuple[str, str]
    target: int = 0


def kind_for(data: Dataset) -> Kind | None:
    """What fits the data; None where its target is no quantity, or its inputs are no axis."""
    if data.classes or data.are_labels or data.draws_pictures:
        return None
    if data.input_shape == (1,) and not data.tokens:
        return Kind.INPUT
    return Kind.TIME if data.series is not None else None


@dataclass(frozen=True)
class FitProbe:
    """Predictions of the training part, and of the one that training watches.

    ``target`` is the number of the one that is predicted, from 0; see `first_predicted`.
    """

    target: int = 0

    def run(self, session: Evaluation) -> Iterator[Fit]:
        data = session.data
        kind = kind_for(data)
        if kind is None:
            return
        target, step = self.target if self.target < data.target_width else 0, session.steps
        seen = dict.fromkeys((Split.TRAINING, data.watched))
        parts = tuple(_part(session, kind, part, target) for part in seen)
        line, name = np.empty((2, 0)), "time, in samples"
        if kind == Kind.INPUT:
            inputs = data.x_train
            grid = np.linspace(inputs.min(), inputs.max(), POINTS, dtype=np.float32)[:, None]
            line = np.stack([_in_unit(data, grid), _predicted(session, grid, target)])
            name = data.features[0] if data.features else "input"
        yield Fit(step, kind, parts, line, (name, data.targets[target]), target)


def _part(session: Evaluation, kind: Kind, part: Split, target: int) -> FitPart:
    data = session.data
    x, y = data.part(part)
    # Of a series the last ones for training, which come right before what is watched.
    start = max(len(x) - MOST, 0) if kind == Kind.TIME and part == Split.TRAINING else 0
    shown = slice(start, start + MOST)
    some = x[shown]
    truth = (y[shown].astype(np.float64) * data.y_scale + data.y_shift)[:, target]
    if kind == Kind.INPUT:
        across = _in_unit(data, some)
    else:
        before = sum(len(data.part(other)[0]) for other in data.parts[: data.parts.index(part)])
        across = np.arange(len(some)) + before + start + 1.0
    return FitPart(part, len(x), across, truth, _predicted(session, some, target))


def _predicted(session: Evaluation, x: np.ndarray, target: int) -> np.ndarray:
    """NaN where no Output predicts this target."""
    return all_answers(session, lambda seen: seen.predict(x))[:, target]


def _in_unit(data: Dataset, x: np.ndarray) -> np.ndarray:
    values: np.ndarray = (x.astype(np.float64) * data.x_scale + data.x_shift)[:, 0]
    return values
