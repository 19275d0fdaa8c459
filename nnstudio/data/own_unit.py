"""Numbers that went through scaling, in their own unit again, as far as float32 can tell them."""

from __future__ import annotations

import numpy as np

# A scaled number is told to so many of its least steps: it was rounded on its way there and back.
STEPS = 20.0

Numbers = np.ndarray | float


def in_own_unit(numbers: Numbers, shift: Numbers, scale: Numbers) -> np.ndarray:
    """``numbers * scale + shift``, float64, in the shape that comes of it, without figures that say nothing.

    A 0 that was scaled and kept as float32 would else come back as 2.7e-07. Numbers that are not finite stay
    as they are.
    """
    numbers = np.asarray(numbers, np.float64)
    values: np.ndarray = np.asarray(numbers * scale + shift, np.float64)
    with np.errstate(all="ignore"):
        step = STEPS * np.abs(np.spacing(numbers.astype(np.float32)).astype(np.float64) * scale)
        # A power of ten, so that what was written with few decimals is found again.
        decimals = -np.floor(np.log10(np.broadcast_to(step, values.shape)))
        # Beyond what a float64 of this size holds there is nothing to round.
        finest = 15 - np.ceil(np.log10(np.maximum(np.abs(values), 1e-300)))
        is_coarse = np.isfinite(values) & np.isfinite(decimals) & (decimals < finest) & (decimals < 300)
        powers = 10.0 ** np.where(is_coarse, decimals, 0.0)
        rounded = np.round(values * powers) / powers + 0.0
    return np.where(is_coarse, rounded, values)
