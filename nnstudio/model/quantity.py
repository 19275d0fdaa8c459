"""Numbers in a unit, as people write them: 126,000 and not 1.26e+05."""

from __future__ import annotations

import math
from datetime import datetime

# From here on, and so far below one, powers of ten are easier to read.
LARGE, SMALL = 1e12, 1e-4
# Digits of a float64 that are read again as they were written.
MOST_DIGITS = 15
DIGITS_OF_FLOAT32 = 7


def in_digits(value: float, digits: int = 4) -> str:
    """A number with so many significant digits, and no fewer than stand before its point; thousands apart."""
    size = abs(value)
    if not math.isfinite(size) or (size and not SMALL <= size < LARGE):
        return f"{value:,.{digits}g}"
    if size >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:,.{digits}g}"


def told_apart(one: float, other: float, digits: int = 3) -> tuple[str, str]:
    """Two numbers in so many digits, or in as many more as tell them apart; at the most as a float32 has."""
    for count in range(digits, DIGITS_OF_FLOAT32 + 1):
        texts = in_digits(one, count), in_digits(other, count)
        if texts[0] != texts[1]:
            break
    return texts


def in_all_digits(value: float) -> str:
    """A number that can be read again without loss, as `rounded` gives them."""
    return in_digits(value, MOST_DIGITS)


def rounded(value: float, step: float) -> float:
    """A number with no more decimals than tell numbers apart that lie ``step`` (above 0) apart.

    What is set by hand with steps of that size is used as it is shown, and shown without figures that mean
    nothing.
    """
    # A zero has no sign.
    return round(value, -math.floor(math.log10(step))) + 0.0


def error_in_digits(error: float) -> str:
    """An error of predictions, which is 0 or more; one that nobody would see is only said to be below."""
    return f"below {SMALL:.4f}" if 0 < error < SMALL else in_digits(error)


def in_percent(share: float) -> str:
    """A share from 0 to 1 with no figures that say nothing: "95%", "10.4%", "99.97%"."""
    return f"{100 * share:.4g}%"


def in_points(difference: float) -> str:
    """A difference between shares from 0 to 1, such as "26.8 percentage points"."""
    return f"{100 * difference:.1f} percentage points"


def counted(count: int, one: str) -> str:
    """A number and what is counted, such as "1 sample" and "1,200 samples"; the plural takes an s."""
    return f"{count:,} {one if count == 1 else one + 's'}"


def on_or_off(value: bool) -> str:
    """What a switch says."""
    return "on" if value else "off"


def value_in_words(value: object) -> str:
    """A value of an option as a person reads it."""
    if isinstance(value, bool):
        return on_or_off(value)
    if isinstance(value, int):
        return f"{value:,}"
    return in_digits(value) if isinstance(value, float) else str(value)


def to_value(value: object) -> str:
    """What stands behind "Set learning rate", such as " to 0.05"; "" for words: the window has its own."""
    if isinstance(value, bool):
        return f" to {on_or_off(value)}"
    if isinstance(value, int):
        return f" to {value:,}"
    return f" to {in_all_digits(value)}" if isinstance(value, float) else ""


def day(when: datetime) -> str:
    """As in "30 November 2026"."""
    return f"{when.day} {when:%B %Y}"


def day_and_time(when: datetime) -> str:
    """As in "30 November 2026 at 09:05"."""
    return f"{day(when)} at {when:%H:%M}"
