"""Pictures beside what a network draws of them, where its target is a picture, as an autoencoder has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.data.dataset import Dataset

# Pairs that are shown.
MOST = 12


@dataclass(frozen=True, eq=False)
class PicturePair:
    """A sample's number, its input and what was drawn, (height, width, channels) from 0, black, to 1, white.

    ``target`` is what should have been drawn, None where it is the input; ``error`` the mean absolute error
    in the target's unit.
    """

    index: int
    entered: np.ndarray
    target: np.ndarray | None
    drawn: np.ndarray
    error: float


def pairs_of(
    data: Dataset, x: np.ndarray, truth: np.ndarray, predicted: np.ndarray
) -> tuple[PicturePair, ...]:
    """Pairs from the worst to the best, evenly by rank, of inputs (n, ...) with targets and predictions
    (n, width) in the target's unit; none where the target is no picture. Those that are not finite are left
    out.
    """
    if not data.draws_pictures:
        return ()
    rows = np.flatnonzero(np.isfinite(predicted).all(1))
    errors = np.abs(predicted[rows] - truth[rows]).mean(1)
    ranks = np.linspace(0, len(rows) - 1, min(MOST, len(rows))).astype(int)
    shown = rows[np.argsort(-errors, kind="stable")][ranks]
    entered, shape = x.astype(np.float64) * data.x_scale + data.x_shift, data.input_shape
    is_input = np.allclose(entered.reshape(truth.shape)[shown], truth[shown], atol=1e-3 * np.ptp(truth))
    inputs, targets = _range(entered), _range(truth)
    pairs = []
    for n in shown:
        target = _shares(truth[n].reshape(shape), targets)
        drawn = _shares(predicted[n].reshape(shape), targets)
        error = float(np.abs(predicted[n] - truth[n]).mean())
        pairs.append(
            PicturePair(int(n), _shares(entered[n], inputs), None if is_input else target, drawn, error)
        )
    return tuple(pairs)


def _range(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _shares(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Values as shares of a range; what lies beyond it is cut, so that a pair has one scale."""
    low, high = ends
    return np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
