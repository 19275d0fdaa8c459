"""Columns of numbers with few decimals, such as most files hold, in half the memory: as whole numbers.

A number as it was read is the whole number divided by a power of ten, to the last bit; a column that holds
another is left as it is.
"""

from __future__ import annotations

import numpy as np

from nnstudio.data.mapped import pieces
from nnstudio.data.storage import zeros

# What stands for a missing value and for -0.0, which no division gives.
MISSING, NEGATIVE_ZERO = np.int32(-(2**31)), np.int32(1 - 2**31)
# Larger whole numbers, or such with these decimals, are not held.
MOST = 2**31 - 2
MOST_DECIMALS = 9


def packed(numbers: np.ndarray, decimals: int) -> np.ndarray | None:
    """Numbers (n,), float64, as whole ones, int32, of so many decimals; None where one of them is none."""
    scale = 10.0**decimals
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.rint(numbers * scale)
        # Not a number compares as neither.
        if (np.abs(whole) > MOST).any():
            return None
        is_exact = whole / scale == numbers
    missing = np.isnan(numbers)
    if not (is_exact | missing).all():
        return None
    whole[missing] = MISSING
    whole[(whole == 0) & np.signbit(numbers)] = NEGATIVE_ZERO
    return whole.astype(np.int32)


def with_decimals(codes: np.ndarray, more: int) -> bool:
    """Write whole numbers (n,), int32, with so many more decimals; False where one gets too large, and
    nothing is changed.
    """
    if not more:
        return True
    most = MOST // 10**more
    for piece in pieces(codes):
        some = codes[piece]
        if ((np.abs(some.astype(np.int64)) > most) & (some > NEGATIVE_ZERO)).any():
            return False
    for piece in pieces(codes):
        some = codes[piece]
        some[some > NEGATIVE_ZERO] *= 10**more
    return True


def unpacked(codes: np.ndarray, decimals: int, are_whole: bool = False) -> np.ndarray:
    """The numbers (n,) of whole ones, float64, or int64 where all of them are whole."""
    if are_whole:
        return codes.astype(np.int64)
    numbers = zeros(codes.shape, np.float64)
    for piece in pieces(codes):
        some, new = codes[piece], numbers[piece]
        np.divide(some, 10.0**decimals, out=new)
        # Among others, there are few of them or none.
        if some.min() <= NEGATIVE_ZERO:
            new[some == MISSING] = np.nan
            new[some == NEGATIVE_ZERO] = -0.0
    return numbers


def counted(codes: np.ndarray) -> tuple[int, int]:
    """How many whole numbers stand for missing values, and how many different ones for others."""
    ordered = zeros(codes.shape, np.int32)
    np.copyto(ordered, codes)
    # Both zeros are the same number.
    ordered[ordered == NEGATIVE_ZERO] = 0
    ordered.sort()
    missing = int(np.searchsorted(ordered, NEGATIVE_ZERO))
    present = ordered[missing:]
    return missing, int((present[1:] != present[:-1]).sum()) + (len(present) > 0)
