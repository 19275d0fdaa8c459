"""Reads the samples of coming batches from their file while the present ones are learned from.

The engine computes in one thread and would wait for the disk at every sample. A helper asks the system for
the pages; which samples come when is not changed by it, so neither is what is learned.
"""

from __future__ import annotations

import sys
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from nnkernels.ops.shuffle import Shuffle
from nnstudio.data.mapped import PAGE, map_of, read_ahead

# Windows has no such module.
if sys.platform != "win32":
    import resource

# So much is asked for ahead of where training is.
AHEAD_BYTES = 64 * 2**20


def faults() -> int | None:
    """How often this process has waited for a page from the disk; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_majflt


class Prefetch:
    """Follows a pass over samples x (n, ...); does nothing where they lie in memory.

    Nor where the system still holds all pages of the file: to ask for those takes a tenth of the time of
    training. That some are not there shows as soon as training has waited for one in this pass.
    """

    def __init__(self, x: np.ndarray) -> None:
        self._x = x
        each = max(x.nbytes // max(len(x), 1), PAGE)
        self.ahead = max(1, AHEAD_BYTES // each)
        self._order: np.ndarray | Shuffle = np.zeros(0, np.int64)
        # Where what was asked for ends, in the order of the pass.
        self._asked = 0
        self._before: int | None = None
        self._waits = False
        self._helper = ThreadPoolExecutor(1, "prefetch") if map_of(x) is not None else None
        self._asking: Future[None] | None = None

    def begin(self, order: np.ndarray | Shuffle) -> None:
        """A pass in this order comes next."""
        if self._helper is not None:
            self._order, self._asked, self._waits, self._before = order, 0, False, faults()

    def follow(self, visited: int) -> None:
        """Ask for what comes after so many samples of the pass, unless enough of it was asked for."""
        if self._helper is None or self._asked >= min(visited + self.ahead // 2, len(self._order)):
            return
        self._waits = self._waits or self._before is None or faults() != self._before
        if not self._waits or (self._asking is not None and not self._asking.done()):
            return
        start, self._asked = max(self._asked, visited), min(visited + self.ahead, len(self._order))
        self._asking = self._helper.submit(read_ahead, self._x, self._order[start : self._asked])


__all__ = ["Prefetch", "faults"]
