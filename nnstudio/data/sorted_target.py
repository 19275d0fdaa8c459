"""Whether a target was sorted apart from its rows: it is in order over the file, and no input follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

# Fewer rows are in order by chance or in a table that a person typed; more inputs are no table. So many rows
# must have another target than the usual one, or nothing could be seen to follow.
FEWEST, MOST_INPUTS, FEWEST_OTHERS = 40, 400, 20
# Of neighbouring rows this share is in the order of the target, and it has so many different numbers, or
# classes at the most.
IN_ORDER, FEWEST_VALUES, MOST_CLASSES = 0.98, 8, 30
# So many rows tell whether an input follows; each input is looked at in so many groups of its values, and so
# many neighbours of each row.
LOOKED_AT, GROUPS, NEIGHBOURS = 1024, 8, 3
# Standard errors from here on are no chance: of what an input explains, with room for their number, and of
# neighbours.
CERTAIN, CERTAIN_TOGETHER = 2.0, 3.0
SENTENCE = (
    "The rows are in the order of '{}', and no input changes with it: was the column sorted by itself? Then "
    "its values stand in rows of other samples, and have to be joined to their own rows again."
)
Parts = Sequence[np.ndarray]


@dataclass(frozen=True)
class SortedTarget:
    """A target that is in order over the file, while the inputs are not.

    Attributes:
        column: its name.
        rows: of the data.
        in_order: share of neighbouring rows that are in its order.
        strongest: of all inputs, the most of the target's rank that one explains, 0 to 1.
    """

    column: str
    rows: int
    in_order: float
    strongest: float

    @property
    def text(self) -> str:
        """For a person, among the notes of the data."""
        return SENTENCE.format(self.column)


def sorted_alone(column: str, share: float, x: Parts, y: Parts, are_classes: bool) -> SortedTarget | None:
    """None where the target is in no order, or inputs follow it.

    ``share``: what `in_order` says of the target. ``x``, ``y``: inputs (n, inputs) and targets (n, 1) of each
    part.
    """
    count = sum(map(len, x))
    if share < IN_ORDER or count < FEWEST or x[0].shape[1] > MOST_INPUTS:
        return None
    stride = -(-count // LOOKED_AT)
    inputs, targets = (
        np.concatenate([np.asarray(part[::stride], np.float64) for part in parts if len(part)])
        for parts in (x, y)
    )
    _, which, counts = np.unique(targets[:, 0], return_inverse=True, return_counts=True)
    if len(targets) - counts.max() < FEWEST_OTHERS:
        return None
    # Of numbers the rank, which is the row in the file; of classes each by itself.
    told = np.eye(len(counts))[which] if are_classes else (np.cumsum(counts) - counts / 2)[which][:, None]
    explained = [_explained(values, told) for values in inputs.T]
    strongest = max((share for share, _ in explained), default=0.0)
    certainty = max((errors for _, errors in explained), default=0.0)
    # The more there are to look at, the further chance reaches.
    reach = CERTAIN + sqrt(2 * np.log(max(inputs.shape[1] * told.shape[1], 2)))
    if certainty > reach or _neighbours_are_alike(inputs, which if are_classes else told[:, 0], are_classes):
        return None
    return SortedTarget(column, count, share, strongest)


def in_order(targets: np.ndarray, are_classes: bool) -> float:
    """The share of neighbouring rows of a file whose targets (rows,) are in order, rising or falling; classes
    stand together. 0 where that is no sign of sorting.
    """
    steps = np.diff(targets)
    if not len(steps):
        return 0.0
    # To look at the values themselves takes longer.
    if are_classes:
        changes = np.count_nonzero(steps)
        return 1.0 if 0 < changes < MOST_CLASSES and changes == len(np.unique(targets)) - 1 else 0.0
    share = float(max((steps >= 0).mean(), (steps <= 0).mean()))
    return share if share >= IN_ORDER and len(np.unique(targets)) >= FEWEST_VALUES else 0.0


def _explained(values: np.ndarray, told: np.ndarray) -> tuple[float, float]:
    """How much of what is told of the targets, (rows, columns), groups of an input's values explain (eta
    squared, of the column that is explained best), 0 to 1, and by how many standard errors that is more than
    chance: of a one-way analysis of variance.
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    _, which, counts = np.unique(
        np.searchsorted(edges, values, side="right"), return_inverse=True, return_counts=True
    )
    groups, rows = len(counts), len(values)
    if groups < 2:
        return 0.0, 0.0
    away = told - told.mean(0)
    means = np.eye(groups)[which].T @ away / counts[:, None]
    share = float(((counts[:, None] * means**2).sum(0) / np.maximum((away**2).sum(0), 1e-300)).max())
    # By chance a share of (groups - 1) / (rows - 1), nearly as a chi-square of so many degrees tells.
    degrees = groups - 1
    errors = (share * (rows - 1) - degrees) / sqrt(2 * degrees)
    # A slight slope shows in the correlation sooner.
    sizes = np.maximum((away**2).sum(0), 1e-300) * max(float(((values - values.mean()) ** 2).sum()), 1e-300)
    slope = float(np.abs((values - values.mean()) @ away / np.sqrt(sizes)).max())
    return max(share, slope**2), max(errors, slope * sqrt(rows - 1))


def _neighbours_are_alike(inputs: np.ndarray, told: np.ndarray, are_classes: bool) -> bool:
    """Whether rows with much the same inputs have targets (rows,) that are more alike than by chance, which
    several inputs may show together where none does alone.
    """
    spread = inputs.std(0)
    x = (inputs - inputs.mean(0))[:, spread > 0] / spread[spread > 0]
    if not x.shape[1]:
        return False
    squares = (x**2).sum(1)
    apart = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(apart, np.inf)
    nearest = np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    away = told[:, None] - told
    away = (away != 0).astype(np.float64) if are_classes else np.abs(away)
    mine = np.take_along_axis(away, nearest, axis=1)
    # Pairs that are each other's neighbours count twice.
    error = max(float(away.std()), 1e-12) * sqrt(2 / mine.size)
    return bool((float(away.mean()) - float(mine.mean())) / error > CERTAIN_TOGETHER)


__all__ = ["SortedTarget", "in_order", "sorted_alone"]
