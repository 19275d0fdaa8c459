"""Predicted numbers beside the true ones: over the only input, over time, or one against the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, auto

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.answers import answers
from nnstudio.training.evaluation import Evaluation

# Samples that are predicted: the first ones of a part. Points of the line over the only input.
MOST, POINTS = 500, 200


class Kind(StrEnum):
    """What the predictions are shown over."""

    INPUT = auto()
    TIME = auto()
    TRUTH = auto()


@dataclass(frozen=True)
class Fit:
    """The first target, true and predicted, in its own unit, at a step.

    Attributes:
        part: of the data; ``total``: how many samples it has.
        across: (n,) the input, the place in time from 1, or the true values.
        truth, predicted: (n,) float64; a prediction may be no finite number.
        line: (2, POINTS) inputs and predictions over all of the only input; empty for the other kinds.
        names: of what runs across and of the target.
    """

    step: int
    kind: Kind
    part: Split
    total: int
    across: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    line: np.ndarray
    names: tuple[str, str]


def kind_for(data: Dataset) -> Kind | None:
    """What fits the data; None where its target is no quantity."""
    if data.classes or data.are_labels or data.draws_pictures:
        return None
    if data.input_shape == (1,) and not data.tokens:
        return Kind.INPUT
    return Kind.TIME if data.split_settings.get("source") == "series" else Kind.TRUTH


@dataclass(frozen=True)
class FitProbe:
    """Predictions of the part that training watches."""

    def run(self, session: Evaluation) -> Iterator[Fit]:
        data = session.data
        kind = kind_for(data)
        if kind is None:
            return
        x, y = data.part(data.watched)
        total, x = len(x), x[:MOST]
        truth = (y[: len(x)].astype(np.float64) * data.y_scale + data.y_shift)[:, 0]
        predicted, line = _first(session, x), np.empty((2, 0))
        across, name = truth, "true"
        if kind == Kind.INPUT:
            inputs = data.x_train
            grid = np.linspace(inputs.min(), inputs.max(), POINTS, dtype=np.float32)[:, None]
            line = np.stack([_in_unit(data, grid), _first(session, grid)])
            across, name = _in_unit(data, x), data.features[0] if data.features else "input"
        elif kind == Kind.TIME:
            across, name = np.arange(1.0, len(x) + 1), f"time, rows of the {data.watched} part"
        yield Fit(
            session.steps, kind, data.watched, total, across, truth, predicted, line, (name, data.targets[0])
        )


def _first(session: Evaluation, x: np.ndarray) -> np.ndarray:
    return answers(session, session.predict(x))[:, 0]


def _in_unit(data: Dataset, x: np.ndarray) -> np.ndarray:
    values: np.ndarray = (x.astype(np.float64) * data.x_scale + data.x_shift)[:, 0]
    return values
