"""Which of some numbers lie so far beyond all others that, on one scale with them, these hardly differ."""

from __future__ import annotations

import numpy as np

# So many times the width of the middle half from the median is far; and the middle half is so narrow, as a
# share of the standard deviation, because of what is far. Of normal numbers it is 1.35 times that.
FAR, NARROW = 30.0, 0.02
# Fewer numbers say too little.
FEWEST = 30


def far_ones(values: np.ndarray) -> np.ndarray:
    """Which values (n,) are far beyond the others, bool (n,); none where these differ well beside them."""
    nothing = np.zeros(len(values), bool)
    if len(values) < FEWEST or not np.isfinite(values).all():
        return nothing
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    if not 0 < high - low < NARROW * values.std():
        return nothing
    far: np.ndarray = np.abs(values - middle) > FAR * (high - low)
    return far
