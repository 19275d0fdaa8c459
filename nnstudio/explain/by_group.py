"""How well a network predicts each group of the samples, by every column that parts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.groupings import Grouping


@dataclass(frozen=True, eq=False)
class ByGroup:
    """The groups of one column.

    Attributes:
        counts: samples of each group, (groups,).
        values: of each group the accuracy, or the mean absolute error in the unit of the target, float64;
            NaN where it has no samples or a prediction is not finite.
    """

    column: str
    groups: tuple[str, ...]
    counts: np.ndarray
    values: np.ndarray

    @property
    def gap(self) -> float:
        """Between the largest and the least value; NaN where fewer than two groups have one."""
        known = self.values[np.isfinite(self.values)]
        return float(known.max() - known.min()) if len(known) > 1 else float("nan")


def by_groups(
    groupings: Sequence[Grouping], part: Split, samples: np.ndarray, scores: np.ndarray
) -> tuple[ByGroup, ...]:
    """One for each column: the mean of ``scores`` (n,) over each group, where score i is of the sample
    ``samples[i]`` of a part.
    """
    told = []
    for grouping in groupings:
        codes, count = grouping.parts[part][samples], len(grouping.groups)
        counts = np.bincount(codes, minlength=count)
        with np.errstate(invalid="ignore"):
            values = np.bincount(codes, scores, count) / counts
        told.append(ByGroup(grouping.column, grouping.groups, counts, values))
    return tuple(told)
