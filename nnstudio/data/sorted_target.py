"""Whether a target was sorted apart from its rows: it is in order over the file, and no input follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

# Fewer rows are in order by chance or in a table that a person typed; more inputs are no table.
FEWEST, MOST_INPUTS = 40, 400
# Of neighbouring rows this share is in the order of the target, and it has so many different numbers, or
# classes at the most.
IN_ORDER, FEWEST_VALUES, MOST_CLASSES = 0.98, 8, 100
# So many rows tell whether an input changes along the file; each input is looked at in so many groups of its
# values, and so many neighbours of each row at what rows they are.
LOOKED_AT, GROUPS, NEIGHBOURS = 1024, 8, 3
# Standard errors from here on are no chance.
CERTAIN = 3.0
SENTENCE = (
    "The rows are in the order of '{}', and no input changes with it: was the column sorted by itself? Then "
    "its values stand in rows of other samples, and have to be joined to their own rows again."
)


@dataclass(frozen=True)
class SortedTarget:
    """A target that is in order over the file, while the inputs are not.

    Attributes:
        column: its name.
        rows: of the data.
        in_order: share of neighbouring rows that are in its order.
        strongest: of all inputs, the most of the position in the file that one explains, 0 to 1.
    """

    column: str
    rows: int
    in_order: float
    strongest: float

    @property
    def text(self) -> str:
        """For a person, among the notes of the data."""
        return SENTENCE.format(self.column)


def sorted_alone(
    column: str, targets: np.ndarray, are_classes: bool, x: Sequence[np.ndarray], parts: Sequence[np.ndarray]
) -> SortedTarget | None:
    """None where the target is in no order, or inputs follow it.

    ``targets`` (rows,), in the order of the file; ``x``: inputs of each part, (n, inputs), whose rows
    ``parts`` has. Of a target that is in order, what tells of it differs from one end of the file to the other.
    """
    if len(targets) < FEWEST or x[0].shape[1] > MOST_INPUTS:
        return None
    share = _in_order(targets, are_classes)
    if share < IN_ORDER:
        return None
    inputs = _in_file(x, parts)
    position = np.arange(len(inputs), dtype=np.float64)
    explained = [_explained(values, position) for values in inputs.T]
    strongest, certainty = max(explained, default=(0.0, 0.0), key=lambda pair: pair[1])
    # The more inputs there are, the further chance reaches.
    if certainty > CERTAIN + sqrt(2 * np.log(max(inputs.shape[1], 1))) or _neighbours_are_near(inputs):
        return None
    return SortedTarget(column, len(targets), share, strongest)


def _in_file(x: Sequence[np.ndarray], parts: Sequence[np.ndarray]) -> np.ndarray:
    """Inputs of some rows, (n, inputs), in the order of the file: in each part, one in so many."""
    stride = -(-sum(map(len, parts)) // LOOKED_AT)
    rows = np.concatenate([part[::stride] for part in parts])
    values = [np.asarray(part[::stride], np.float64) for part in x if len(part)]
    inputs: np.ndarray = np.concatenate(values)[np.argsort(rows)]
    return inputs


def _in_order(targets: np.ndarray, are_classes: bool) -> float:
    """The share of neighbouring rows in the target's order, rising or falling; classes stand together."""
    steps = np.diff(targets)
    share = float(max((steps >= 0).mean(), (steps <= 0).mean()))
    # To look at the values themselves takes longer.
    if are_classes:
        changes = np.count_nonzero(steps)
        return 1.0 if 0 < changes < MOST_CLASSES and changes == len(np.unique(targets)) - 1 else 0.0
    return share if share >= IN_ORDER and len(np.unique(targets)) >= FEWEST_VALUES else 0.0


def _explained(values: np.ndarray, position: np.ndarray) -> tuple[float, float]:
    """How much of the position in the file groups of an input's values explain (eta squared), 0 to 1, and by
    how many standard errors that is more than chance: of an F of a one-way analysis of variance.
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    which = np.searchsorted(edges, values, side="right")
    _, which, counts = np.unique(which, return_inverse=True, return_counts=True)
    groups, rows = len(counts), len(values)
    if groups < 2:
        return 0.0, 0.0
    means = np.bincount(which, position) / counts
    between = float((counts * (means - position.mean()) ** 2).sum())
    share = between / float(((position - position.mean()) ** 2).sum())
    # By chance a share of (groups - 1) / (rows - 1), nearly as a chi-square of so many degrees tells.
    degrees = groups - 1
    return share, (share * (rows - 1) - degrees) / sqrt(2 * degrees)


def _neighbours_are_near(inputs: np.ndarray) -> bool:
    """Whether rows with much the same inputs stand nearer to each other in the file than by chance, which
    several inputs may show together where none does alone.
    """
    spread = inputs.std(0)
    x = (inputs - inputs.mean(0))[:, spread > 0] / spread[spread > 0]
    rows = len(x)
    if not x.shape[1]:
        return False
    squares = (x**2).sum(1)
    apart = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(apart, np.inf)
    nearest = np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    away = np.abs(nearest - np.arange(rows)[:, None]).mean(1)
    # Of two rows drawn by lot, |i - j| is a third of all on average, with a deviation of the root of an 18th;
    # pairs that are each other's neighbours count twice.
    error = rows / sqrt(18) * sqrt(2 / (rows * NEIGHBOURS))
    return bool((rows / 3 - float(away.mean())) / error > CERTAIN)


__all__ = ["SortedTarget", "sorted_alone"]
