"""Sums of very many numbers: block by block in the numbers' own type, and the blocks in float64.

One running sum in float32 would lose a digit for every tenfold of what it has summed.
"""

from __future__ import annotations

from nnkernels.jit import device
from nnkernels.vector.vmath import cast, difference

# Short enough for float32, long enough that whole vectors do the work.
BLOCK = 512


@device
def total_of_differences(values, base):
    """The sum of what the values are above ``base``, float64; exactly 0 where all are that."""
    total = 0.0
    for start in range(0, values.size, BLOCK):
        part, block = cast(0.0, values), values[start : start + BLOCK]
        for i in range(block.size):
            part += difference(block[i], base)
        total += part
    return total


@device
def total_of_squares(values, base):
    """The sum of the squares of what the values are above ``base``, float64."""
    total = 0.0
    for start in range(0, values.size, BLOCK):
        part, block = cast(0.0, values), values[start : start + BLOCK]
        for i in range(block.size):
            distance = difference(block[i], base)
            part += distance * distance
        total += part
    return total
