"""Hyperparameters at the head of the work buffer: each as a number, and what its type could not hold of it.

1 - 0.99999 has two digits left where 0.99999 was rounded to float32 before: the remainder brings them back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnkernels.jit import device
from nnkernels.vector.vmath import cast

# The remainders stand this far behind their numbers, below ``machine.ONE``.
REMAINDERS = 8
MOST = 7
# Behind the numbers: the learning rate of the step, while that of a layer stands in its place.
WHOLE_RATE = 7


def write_hyperparameters(work: np.ndarray, values: Sequence[float]) -> None:
    """Write ``values`` to the head of ``work``. Raises ValueError for more than MOST."""
    if len(values) > MOST:
        raise ValueError(f"An optimizer has at most {MOST} hyperparameters; received {len(values)}.")
    work[: len(values)] = values
    rounded = work[: len(values)].astype(np.float64)
    work[REMAINDERS : REMAINDERS + len(values)] = np.asarray(values, np.float64) - rounded


@device
def precise(work, number):
    """A hyperparameter in float64; the learning rate excepted, which changes from step to step."""
    return np.float64(work[number]) + np.float64(work[number + REMAINDERS])


@device
def complement(work, number):
    """1 - a hyperparameter, all digits of the buffer's type right."""
    return cast(1.0 - precise(work, number), work)


@device(exact=True)
def blended(mean, value, share):
    """The moving mean after ``value``, which counts ``share`` of it.

    (1 - share) mean + share value would be reassociated into a difference that cancels.
    """
    return mean + share * (value - mean)


@device(exact=True)
def shrunk(value, share):
    """(1 - share) value; the factor itself, rounded, would have lost digits of a small share."""
    return value - share * value
