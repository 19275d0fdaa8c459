"""How well labels are predicted, each of which holds or not, by itself: counts, precision and recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# From this probability on, a label is predicted to hold.
HOLDS = 0.5


@dataclass(frozen=True, eq=False)
class LabelResults:
    """Predictions of labels of some samples.

    Attributes:
        names: of the labels.
        counts: of each label how often it does not hold and holds, down, and is predicted so, across;
            (labels, 2, 2). Predictions that are not finite are in none.
        samples: how many there are.
        whole: share of the samples of which all labels are right.
    """

    names: tuple[str, ...]
    counts: np.ndarray
    samples: int
    whole: float

    @property
    def holds(self) -> np.ndarray:
        """How often each label holds, where its prediction is finite, (labels,)."""
        held: np.ndarray = self.counts[:, 1].sum(1)
        return held

    @property
    def accuracy(self) -> np.ndarray:
        """The share of samples that are right, (labels,), from 0 to 1."""
        right: np.ndarray = (self.counts[:, 0, 0] + self.counts[:, 1, 1]) / max(self.samples, 1)
        return right

    @property
    def precision(self) -> np.ndarray:
        """Of the samples that are predicted to have a label, the share with it, (labels,); NaN of none."""
        return _share(self.counts[:, 1, 1], self.counts[:, :, 1].sum(1))

    @property
    def recall(self) -> np.ndarray:
        """Of the samples that have a label, the share that is predicted so, (labels,); NaN of none."""
        return _share(self.counts[:, 1, 1], self.holds)

    def of(self, index: int) -> LabelCounts:
        """The counts of one label."""
        name = self.names[index]
        return LabelCounts((f"not {name}", name), self.counts[index])


@dataclass(frozen=True, eq=False)
class LabelCounts:
    """A matrix of counts (2, 2), the truth down, the prediction across, as of two classes."""

    classes: tuple[str, ...]
    matrix: np.ndarray


def label_results(names: tuple[str, ...], truth: np.ndarray, predicted: np.ndarray) -> LabelResults:
    """From what holds and the probabilities that it does, both (n, labels)."""
    finite, holds, told = np.isfinite(predicted), truth > HOLDS, predicted > HOLDS
    counts = np.stack(
        [
            [(finite & (holds == down) & (told == across)).sum(0) for across in (False, True)]
            for down in (False, True)
        ]
    )
    right = finite & (told == holds)
    whole = float(right.all(1).mean())
    return LabelResults(label_names(names, truth.shape[1]), np.moveaxis(counts, 2, 0), len(truth), whole)


def label_names(targets: tuple[str, ...], count: int) -> tuple[str, ...]:
    """What so many labels are called: as the targets of the data, or by their numbers."""
    return targets if len(targets) == count else tuple(f"{i + 1}" for i in range(count))


def _share(count: np.ndarray, of: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        share: np.ndarray = count / of
    return share
