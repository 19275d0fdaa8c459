"""The order in which a pass visits all samples: random, and drawn where it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np


class Shuffle:
    """The numbers of ``count`` samples, as `numpy.random.default_rng(seed).permutation(count)` has them.

    It reads like an array of them. A program that draws them elsewhere must come to the same.
    """

    dtype = np.dtype(np.int64)

    def __init__(self, count: int, seed: Sequence[int]) -> None:
        self._count, self.seed = count, seed

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, which: Any) -> Any:
        return self.indices[which]

    @cached_property
    def indices(self) -> np.ndarray:
        """(count,) int64, drawn here when they are first read."""
        return np.random.default_rng(self.seed).permutation(self._count)

    @property
    def generator(self) -> tuple[int, int]:
        """State and increment of the generator (PCG64) that draws them, of 128 bits each."""
        state: Any = np.random.PCG64(self.seed).state
        return state["state"]["state"], state["state"]["inc"]
