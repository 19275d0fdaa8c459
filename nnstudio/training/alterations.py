"""Whether the losses that were last measured are still those of the network as it is."""

from __future__ import annotations

import numpy as np


class Alterations:
    """What was changed by hand since an epoch was last measured as a whole; taken back, it does not count."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """All that is measured is of the network as it is."""
        # What stood where something was written, by flat index, while no step was made since.
        self._replaced: dict[int, np.float32] = {}
        self._is_old = self._is_measured = False

    @property
    def any(self) -> bool:
        """Whether losses are of other weights."""
        return self._is_old or bool(self._replaced)

    def note(self) -> None:
        """The network, its loss or all weights are others."""
        self._is_old, self._is_measured = True, False

    def write(self, parameters: np.ndarray, at: int, value: float) -> float:
        """Write a value at a flat index by hand; returns what was there."""
        before = parameters[at]
        parameters[at] = value
        # The epoch that runs was begun with another.
        self._is_measured = False
        if self._replaced.setdefault(at, before) == parameters[at]:
            del self._replaced[at]
        return float(before)

    def begin_epoch(self) -> None:
        """An epoch begins with the network as it is."""
        self._is_measured = True

    def step(self) -> None:
        """A step was made: what was written cannot be taken back any more."""
        if self._replaced:
            self._replaced.clear()
            self._is_old = True

    def end_epoch(self) -> None:
        """Losses of an epoch are known; they count where nothing was changed in it."""
        if self._is_measured:
            self._is_old = False
