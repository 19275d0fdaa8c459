"""How often the weights of a run that goes on are kept: large ones less often than all else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Weights of so many bytes are kept each time.
LARGE = 2**22
# Larger ones wait for so many seconds, and longer where writing would take more than one part in so many of
# the time.
LEAST_SECONDS, SHARE = 60.0, 50


class WeightsPace:
    """Tells whether weights are due, from how long the last ones took."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = 0.0

    def are_due(self, size: int) -> bool:
        """Whether weights of so many bytes are to be kept now, while the run goes on."""
        return size <= LARGE or self._clock() >= self._due

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Weights are being written inside of this."""
        began = self._clock()
        yield
        ended = self._clock()
        self._due = ended + max(LEAST_SECONDS, SHARE * (ended - began))
