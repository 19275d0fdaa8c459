"""Small pictures that several findings show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnstudio.doctor.finding import Chart, ChartKind
from nnstudio.doctor.patient import Patient

# Points and bars of a small picture.
POINTS, BINS = 120, 20


def loss_curve(patient: Patient, mark: float | None = None, watched: bool = False) -> Chart:
    """The loss by epoch, of training or of the part that training watches."""
    losses = patient.losses
    return line(
        losses.epochs, losses.watched if watched else losses.loss, "epoch",
        "validation loss" if watched else "training loss", mark,
    )  # fmt: skip


def line(
    x: np.ndarray, y: np.ndarray, x_name: str, y_name: str, mark: float | None = None, is_log: bool = False
) -> Chart:
    """A line through at most POINTS of the points x, y (n,), the lowest and the highest among them; those
    that are no numbers are left out. ``mark`` is as in `Chart`.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    good = np.isfinite(x) & np.isfinite(y)
    x, y = x[good], y[good]
    if len(x) > POINTS:
        # The two ends, and both extremes of each cell: what a spike reached must be seen.
        cells = np.array_split(np.arange(len(y)), POINTS // 2 - 1)
        extremes = [cell[find(y[cell])] for cell in cells for find in (np.argmin, np.argmax)]
        at = np.unique([0, *extremes, len(y) - 1])
        x, y = x[at], y[at]
    return Chart(ChartKind.LINE, x, y, x_name, y_name, mark, is_log)


def histogram(values: np.ndarray, x_name: str, y_name: str) -> Chart:
    """How often values, of any shape, lie in each of BINS ranges of one width; only finite ones count."""
    finite = np.asarray(values, np.float64)[np.isfinite(values)]
    counts, edges = np.histogram(finite, BINS)
    return Chart(ChartKind.BARS, (edges[1:] + edges[:-1]) / 2, counts.astype(np.float64), x_name, y_name)


def bars(values: Sequence[float], x_name: str, y_name: str, mark: float | None = None) -> Chart:
    """A bar for each value, numbered from 1."""
    y = np.nan_to_num(np.asarray(values, np.float64), posinf=0.0, neginf=0.0)
    return Chart(ChartKind.BARS, np.arange(1.0, len(y) + 1), y, x_name, y_name, mark)


def powers(values: Sequence[float], x_name: str, what: str) -> Chart:
    """A bar for each value above 0, as high as it is powers of ten above the least of them. One of 0 has no
    bar, which the name says.
    """
    sizes = np.asarray(values, np.float64)
    there, heights = sizes > 0, np.zeros(len(sizes))
    if there.any():
        logarithms = np.log10(sizes[there])
        heights[there] = logarithms - logarithms.min() + 0.1
    missing = len(sizes) - int(there.sum())
    told = f", no bar: 0 ({missing} of {len(sizes)})" if missing else ""
    return bars(heights.tolist(), x_name, f"{what}, powers of ten over the least{told}")
