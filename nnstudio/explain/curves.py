"""What is drawn over the epochs besides loss and accuracy, and how curves are smoothed and written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnstudio.training.evaluation import Evaluation
from nnstudio.training.journal import Vitals
from nnstudio.training.session import Epoch, Session


@dataclass(frozen=True)
class VitalsProbe:
    """The vitals of the run so far, as a tuple of `Vitals`; nothing for a network of the past."""

    every: ClassVar[float] = 0.25

    def run(self, session: Evaluation) -> Iterator[tuple[Vitals, ...]]:
        if isinstance(session, Session):
            yield tuple(session.vitals.rows)


def smooth(values: np.ndarray, weight: float) -> np.ndarray:
    """Exponential mean with the weight of what came before, 0 .. 1, free of the bias towards its start.

    What is no number stays so and does not count.
    """
    made, mean, mass = np.array(values, float), 0.0, 0.0
    for i, value in enumerate(made):
        if np.isfinite(value):
            mean, mass = weight * mean + (1 - weight) * value, weight * mass + (1 - weight)
            made[i] = mean / mass
    return made


def as_csv(rows: Sequence[Epoch], vitals: Sequence[Vitals]) -> str:
    """One line an epoch; vitals stand where they were measured, updates in a column for each layer."""
    by_epoch = {v.epoch: v for v in vitals}
    layers = sorted({name for v in vitals for name in v.updates})
    plain = ("epoch", "steps", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    measured = ("learning_rate", "gradient_norm", "weight_norm")
    table.writerow([*plain, *measured, *(f"update_ratio {name}" for name in layers)])
    for row in rows:
        v = by_epoch.get(row.epoch)
        more = [v.rate, v.gradient_norm, v.weight_norm] if v else [None] * 3
        updates = [v.updates.get(name) if v else None for name in layers]
        table.writerow([*(getattr(row, name) for name in plain), *more, *updates])
    return text.getvalue()
