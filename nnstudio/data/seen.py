"""What the training part of some data held: ranges that predictions and exports are judged by without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.spec import Shape
from nnstudio.data.dataset import Dataset
from nnstudio.data.mapped import moments, pieces


@dataclass(frozen=True, eq=False)
class Seen:
    """Values of the training part, as the network gets them.

    Attributes:
        low, high: the least and the most, float64: of each input, in the shape of a sample, where inputs have
            names; else of all, ().
        means: the least and the most mean of a sample, which for pictures is their brightness.
        moments: mean and standard deviation of all values.
        counts: how many samples each class has; empty where the target is a number.
    """

    low: np.ndarray
    high: np.ndarray
    means: tuple[float, float]
    moments: tuple[float, float]
    counts: tuple[int, ...] = ()

    def plain(self) -> dict[str, Any]:
        """It as plain data, which `seen_of` reads."""
        return {
            "low": self.low.tolist(), "high": self.high.tolist(), "means": list(self.means),
            "moments": list(self.moments), "counts": list(self.counts),
        }  # fmt: skip


def seen_in(data: Dataset) -> Seen | None:
    """Of the samples, or what is known of them where the data has none; None where nothing is."""
    x = data.x_train
    if data.seen is not None or not len(x):
        return data.seen
    axes = (0,) if data.features else tuple(range(x.ndim))
    low, high = np.inf, -np.inf
    means = [np.inf, -np.inf]
    for piece in pieces(x):
        values = x[piece]
        low, high = np.minimum(low, values.min(axes)), np.maximum(high, values.max(axes))
        each = values.reshape(len(values), -1).mean(1, dtype=np.float64)
        means = [min(means[0], float(each.min())), max(means[1], float(each.max()))]
    counts: tuple[int, ...] = ()
    if data.classes:
        labels = data.y_train.ravel().astype(int)
        counts = tuple(np.bincount(labels[labels >= 0], minlength=len(data.classes)).tolist())
    mean, deviation = (float(value) for value in moments(x))
    ends = np.asarray(low, np.float64), np.asarray(high, np.float64)
    return Seen(*ends, (means[0], means[1]), (mean, deviation), counts)


def seen_of(plain: Mapping[str, Any], shape: Shape, has_names: bool, classes: int) -> Seen:
    """What `Seen.plain` told. Raises KeyError, TypeError or ValueError where it does not fit."""
    low, high = (np.array(plain[name], np.float64) for name in ("low", "high"))
    (least, most), (mean, deviation) = (map(float, plain[name]) for name in ("means", "moments"))
    counts = tuple(int(count) for count in plain["counts"])
    expected = shape if has_names else ()
    if low.shape != expected or high.shape != expected or len(counts) != classes:
        raise ValueError("the ranges do not fit")
    if (
        not np.isfinite([low, high]).all()
        or not np.isfinite([least, most, mean, deviation]).all()
        or (low > high).any()
    ):
        raise ValueError("a range is none")
    if any(count < 0 for count in counts):
        raise ValueError("a class has fewer than no samples")
    return Seen(low, high, (least, most), (mean, deviation), counts)
