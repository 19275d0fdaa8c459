"""How far forecasts of a series are off, in the unit of its table, whatever the network predicts of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.doctor.answers import rows_of
from nnstudio.training.evaluation import Evaluation


@dataclass(frozen=True)
class Errors:
    """Absolute errors of the first target on the same rows of a part, (n,), and the ``truth`` there.

    ``naive`` takes the last known value; ``seasonal`` that of a season before, None where none is known.
    """

    part: Split
    truth: np.ndarray
    network: np.ndarray
    naive: np.ndarray
    seasonal: np.ndarray | None


def errors_of(data: Dataset, part: Split, rows: np.ndarray, outputs: np.ndarray) -> Errors | None:
    """Of what a network gives, (n, ...), for samples (n,) of a part of a series; None where some errors
    cannot be told.
    """
    whole = data.series
    if whole is None or not len(outputs):
        return None
    ends = whole.ends[part][rows]
    told = np.asarray(outputs, np.float64).reshape(len(ends), -1) * data.y_scale + data.y_shift
    truth, season = whole.series.target[:, 0], whole.season.rows
    back = -(-whole.horizon // season) * season if season else 0
    if told.shape[1] != len(whole.series.columns) or ends.min() < max(back, whole.horizon):
        return None
    network = np.abs(whole.values_of(told, ends)[:, 0] - truth[ends])
    naive = np.abs(truth[ends - whole.horizon] - truth[ends])
    seasonal = np.abs(truth[ends - back] - truth[ends]) if back else naive
    known = np.isfinite(network) & np.isfinite(naive) & np.isfinite(seasonal)
    if not known.any():
        return None
    return Errors(
        part, truth[ends][known], network[known], naive[known], seasonal[known] if back else None
    )  # fmt: skip


def forecast_error(session: Evaluation) -> float:
    """The mean absolute error on the part that training watches; NaN where it cannot be told."""
    data = session.data
    x, _y = data.part(data.watched)
    rows = rows_of(len(x))
    outputs = session.predict(np.ascontiguousarray(x[rows]))
    errors = errors_of(data, data.watched, rows, outputs)
    return float(errors.network.mean()) if errors is not None else float("nan")
