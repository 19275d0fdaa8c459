"""A number that a learner typed as an answer, however it is written, and what is wrong with a wrong one."""

from __future__ import annotations

import re

from nnstudio.data.number_marks import number_pattern, plain_text, quantity

# Decimal and thousands marks, the window's own first.
MARKS = ((".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
# Words behind a number, such as "params" or "bottles a day".
WORDS = re.compile(r"(?<=\d)\s+[^\W\d_][^\d]*$")
FACTORS = {10: "ten times", 100: "a hundred times", 1000: "a thousand times"}
# Differences that rounding leaves are none.
SLACK = 1e-9
# Off by less than this share of the right number is told as close.
CLOSE = 0.05


def readings(text: str) -> tuple[float, ...]:
    """All numbers that a text may stand for, the likeliest first; none where it holds no single number.

    "7,850" is 7850 or 7.85, "1,8" is only 1.8, and "50 %" is 50 or 0.5. Other units and words say nothing.
    """
    parsed = quantity(WORDS.sub("", plain_text(text)))
    if parsed is None:
        return ()
    numbers = [
        float(parsed.number.replace(thousands, "").replace(decimal, "."))
        for decimal, thousands in MARKS
        if number_pattern(decimal, thousands).fullmatch(parsed.number)
    ]
    if parsed.unit == "%":
        numbers += [number / 100 for number in numbers]
    return tuple(dict.fromkeys(numbers))


def is_near(number: float, about: float, tolerance: float) -> bool:
    """Whether a number is the right one."""
    return abs(number - about) <= tolerance + SLACK


def what_is_wrong(number: float, about: float, tolerance: float) -> str:
    """How a wrong number differs from the right one, as the end of a sentence that begins with the number."""
    if is_near(-number, about, tolerance):
        return "has the right size, but the wrong sign"
    signed = number < 0 or about < 0
    more, less = ("too high", "too low") if signed else ("too large", "too small")
    for factor, times in FACTORS.items():
        if is_near(number / factor, about, tolerance):
            return f"is {times} too large"
        if about and is_near(number * factor, about, tolerance):
            return f"is {times} too small"
    word = more if number > about else less
    return f"is close, but {word}" if abs(number - about) <= CLOSE * abs(about) else f"is {word}"
