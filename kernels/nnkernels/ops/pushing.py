"""Adversarial training: samples are pushed up the gradient of their own loss before they are learned from.

The fast gradient sign method (Goodfellow, Shlens, Szegedy 2014, arXiv:1412.6572), inside a step: samples go
through the network and back, are pushed, and go through it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import array_at
from nnkernels.vector.vmath import cast, real

# What the table of `push` says of each value.
ROOM, LOW, HIGH, PER_VALUE = 0, 1, 2, 3


@dataclass(frozen=True, eq=False)
class Push:
    """How far each value of a sample goes, and the ends that it stays between: (values of a sample,) each."""

    room: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def table(self, columns: Sequence[int] | None) -> np.ndarray:
        """What `push` reads of all values, or of these: int64 of PER_VALUE each."""
        rows = np.stack([self.room, self.low, self.high], 1).astype(np.float64)
        return (rows if columns is None else rows[list(columns)]).view(np.int64)


@kernel
def push(state, acts, grads, params, work, chunk, lo, hi, x_at, dx_at, count, limits):
    """``x += room sign(dx)``, kept between the ends; beyond them a value stays where it is."""
    table, zero = array_at(limits, state), cast(0.0, acts)
    for i in range(lo, hi):
        x, slope = acts[x_at + i * count : x_at + (i + 1) * count], grads[dx_at + i * count :]
        for j in range(x.size):
            at, d, value = PER_VALUE * j, slope[j], x[j]
            if d > zero:
                end = max(real(table[at + HIGH], acts), value)
                x[j] = min(value + real(table[at + ROOM], acts), end)
            elif d < zero:
                end = min(real(table[at + LOW], acts), value)
                x[j] = max(value - real(table[at + ROOM], acts), end)
            elif d != zero:
                # NaN must stay visible.
                x[j] = d
