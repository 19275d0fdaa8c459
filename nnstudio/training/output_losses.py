"""The loss of each Output along a run, where a network has several; nothing where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np

from nnkernels.program import Target
from nnstudio.model.saved import SavedOutputs

# Epochs that have a row; when there are more, every second row goes.
MOST_ROWS = 2048


class OutputLosses:
    """Mean loss of each Output in training, without its weight, by epoch.

    A step of an optimizer group asks only the Outputs that train it. The mean of each is over the samples
    that it was asked for.

    Attributes:
        names: the Outputs, in the order of the network; none where there is only one.
        epochs: number of the epoch of each row.
        rows: means (rows, outputs); NaN for an Output that no step of the epoch asked.
    """

    def __init__(self, targets: Sequence[Target], saved: SavedOutputs | None = None) -> None:
        """``saved`` counts where it is of the same Outputs."""
        several = targets if len(targets) > 1 else ()
        self.names = tuple(target.node for target in several)
        self.weights = np.array([target.weight for target in several])
        self.epochs: list[int] = []
        self._rows: list[tuple[float, ...]] = []
        # Of each Output the mean of the latest epoch that asked it, and the share of correct predictions.
        self._latest, self._share = np.zeros(len(self.names)), 0.0
        self.begin_epoch()
        if saved is not None and saved.names == self.names:
            self.epochs, self._rows = saved.epochs.tolist(), [tuple(row) for row in saved.rows.tolist()]
            self._sums, self._counts, self._right = saved.sums.copy(), saved.counts.copy(), saved.right
            self._latest, self._share = saved.latest.copy(), saved.share

    @property
    def rows(self) -> np.ndarray:
        return np.array(self._rows, float).reshape(len(self._rows), len(self.names))

    @property
    def latest(self) -> tuple[tuple[str, float], ...]:
        """Each Output with its loss in the latest epoch, NaN where that did not ask it; () before one."""
        return tuple(zip(self.names, self._rows[-1], strict=True)) if self._rows else ()

    def copy(self) -> OutputLosses:
        """Another one, which nothing adds to."""
        return deepcopy(self)

    def saved(self) -> SavedOutputs | None:
        """What goes on from here later; None where there is only one Output."""
        if not self.names:
            return None
        epochs = np.array(self.epochs, np.int64)
        return SavedOutputs(
            self.names, epochs, self.rows, self._sums.copy(), self._counts.copy(), self._right,
            self._latest.copy(), self._share,
        )  # fmt: skip

    def begin_epoch(self) -> None:
        """Forget what was added to the running epoch."""
        self._sums, self._counts = np.zeros(len(self.names)), np.zeros(len(self.names))
        self._right = 0.0

    def add(self, losses: np.ndarray, right: np.ndarray, batch: int, samples: int) -> None:
        """Add some steps of full batches, of which the last may be smaller; ``samples`` are those of all.

        ``losses`` (steps, outputs) are summed over samples, NaN where a step did not ask; ``right`` (steps,)
        are correct predictions of the first Output.
        """
        sizes = np.full(len(losses), float(batch))
        sizes[-1] = samples - batch * (len(losses) - 1)
        asked = ~np.isnan(losses)
        self._sums += np.where(asked, losses, 0.0).sum(0)
        self._counts += (asked * sizes[:, None]).sum(0)
        self._right += float(right.sum())

    def means(self) -> np.ndarray:
        """Of the running epoch up to now, (outputs,); NaN where none was asked."""
        means = np.full(len(self.names), np.nan)
        np.divide(self._sums, self._counts, out=means, where=self._counts > 0)
        return means

    def together(self) -> tuple[float, float]:
        """Weighted sum of the means, and the share of correct predictions of the first Output.

        What the running epoch did not ask yet is as it was in the latest epoch that did.
        """
        share = self._right / self._counts[0] if self._counts[0] else self._share
        means = np.where(self._counts > 0, self.means(), self._latest)
        return float((self.weights * means).sum()), share

    def end_epoch(self, epoch: int) -> None:
        """The running epoch gets its row."""
        if not self.names:
            return
        self.epochs.append(epoch)
        means = self.means()
        self._rows.append(tuple(means.tolist()))
        self._latest = np.where(np.isnan(means), self._latest, means)
        self._share = self.together()[1]
        if len(self.epochs) > MOST_ROWS:
            # The latest one stays.
            self.epochs, self._rows = self.epochs[::2], self._rows[::2]
        self.begin_epoch()


__all__ = ["OutputLosses"]
