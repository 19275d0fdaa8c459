"""Steps of the timeline in a project file: their numbers and the parameters after them."""

from __future__ import annotations

import numpy as np

STEPS, PARAMETERS = "steps", "params"
# A run keeps fewer; an archive's own limit is on their bytes.
MOST_STEPS_KEPT = 4096


def checked_timeline(arrays: dict[str, np.ndarray], values: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps (n,) int64, rising up to ``last``, and parameters (n, p) float32, of a run with so many values.

    Raises ValueError or KeyError.
    """
    steps, parameters = arrays[STEPS], arrays[PARAMETERS]
    if steps.dtype != np.int64 or steps.ndim != 1 or not 0 < len(steps) <= MOST_STEPS_KEPT:
        raise ValueError(f"its steps are {steps.dtype} of shape {steps.shape}")
    if (np.diff(steps) <= 0).any() or steps[0] < 0 or steps[-1] > last:
        raise ValueError("its steps do not rise up to the run's")
    if parameters.dtype != np.float32 or parameters.ndim != 2 or len(parameters) != len(steps):
        raise ValueError(f"its parameters are {parameters.dtype} of shape {parameters.shape}")
    if not parameters.shape[1] or values % parameters.shape[1]:
        raise ValueError(f"it holds {parameters.shape[1]:,} values a step, the run {values:,}")
    return steps, parameters
