"""Steps of a run that the timeline can go to, as they are saved and come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The most bytes of parameters that are saved with a project for the timeline.
MOST_SAVED_BYTES = 16 * 2**20


@dataclass(frozen=True)
class KeptSteps:
    """Step numbers, rising, and the flat float32 parameters after each, which nothing writes to."""

    steps: Sequence[int]
    parameters: Sequence[np.ndarray]

    def for_saving(self, most: int = MOST_SAVED_BYTES) -> tuple[np.ndarray, np.ndarray] | None:
        """Steps (n,) int64 and parameters (n, values) float32: all, or evenly as many as have room.

        None where there is no room for two: then there is no way to go along.
        """
        if len(self.steps) < 2:
            return None
        room = most // max(self.parameters[0].nbytes, 1)
        if room < 2:
            return None
        stride = -(-len(self.steps) // room)
        chosen = range(0, len(self.steps), stride)
        return np.array(self.steps, np.int64)[::stride], np.stack([self.parameters[i] for i in chosen])

    @staticmethod
    def of_saved(saved: tuple[np.ndarray, np.ndarray] | None) -> KeptSteps | None:
        """What `for_saving` gave, read again."""
        if saved is None:
            return None
        steps, parameters = saved
        return KeptSteps(tuple(steps.tolist()), tuple(parameters))
