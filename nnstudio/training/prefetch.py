"""Reads the samples of coming batches from their file while the present ones are learned from.

The engine computes in one thread and would wait for the disk at every sample. A short-lived helper asks the
system for the pages; which samples come when is not changed by it, so neither is what is learned.
"""

from __future__ import annotations

import threading

import numpy as np

from nnstudio.data.mapped import PAGE, map_of, read_ahead

# So much is asked for ahead of where training is.
AHEAD_BYTES = 64 * 2**20


class Prefetch:
    """Follows a pass over samples x (n, ...); does nothing where they lie in memory."""

    def __init__(self, x: np.ndarray) -> None:
        self._x = x
        self._is_needed = map_of(x) is not None
        each = max(x.nbytes // max(len(x), 1), PAGE)
        self.ahead = max(1, AHEAD_BYTES // each)
        self._order = np.zeros(0, np.int64)
        # Where what was asked for ends, in the order of the pass.
        self.asked = 0
        self._helper: threading.Thread | None = None

    def begin(self, order: np.ndarray) -> None:
        """A pass in this order comes next."""
        self._order, self.asked = order, 0
        self.follow(0)

    def follow(self, visited: int) -> None:
        """Ask for what comes after so many samples of the pass, unless enough of it was asked for."""
        if not self._is_needed or self.asked >= min(visited + self.ahead // 2, len(self._order)):
            return
        if self._helper is not None and self._helper.is_alive():
            return
        start, self.asked = max(self.asked, visited), min(visited + self.ahead, len(self._order))
        rows = self._order[start : self.asked]
        self._helper = threading.Thread(
            target=read_ahead, args=(self._x, rows), name="nnstudio-prefetch", daemon=True
        )
        self._helper.start()


__all__ = ["Prefetch"]
