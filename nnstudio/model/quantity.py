"""Numbers in a unit, as people write them: 126,000 and not 1.26e+05."""

from __future__ import annotations

import math

# From here on, and so far below one, powers of ten are easier to read.
LARGE, SMALL = 1e12, 1e-4


def in_digits(value: float, digits: int = 4) -> str:
    """A number with so many significant digits, and no fewer than stand before its point; thousands apart."""
    size = abs(value)
    if not math.isfinite(size) or (size and not SMALL <= size < LARGE):
        return f"{value:,.{digits}g}"
    if size >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:,.{digits}g}"


def error_in_digits(error: float) -> str:
    """An error of predictions, which is 0 or more; one that nobody would see is only said to be below."""
    return f"below {SMALL:.4f}" if 0 < error < SMALL else in_digits(error)


def counted(count: int, one: str) -> str:
    """A number and what is counted, such as "1 sample" and "1,200 samples"; the plural takes an s."""
    return f"{count:,} {one if count == 1 else one + 's'}"
