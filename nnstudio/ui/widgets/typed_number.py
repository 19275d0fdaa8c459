"""A number as people type or paste it: decimal comma or point, groups of thousands, its unit behind it.

Knows no widget. A number is taken as it was meant or refused with a sentence, never bent into a range.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from nnkernels.spec import Option

# The largest number that a field for whole ones can hold.
BIG = 2**31 - 1
# Thin, narrow, no-break and figure spaces, and the marks that people set between thousands.
SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
QUOTES = re.compile(r"(?<=\d)['’_](?=\d{3})")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
GROUPS = re.compile(r"[1-9]\d{0,2}( \d{3})+(?!\d)")


class TypedError(ValueError):
    """What was typed is no number that the field can take; a clause that names the field."""


def in_sentence(title: str) -> str:
    """A field's name within a sentence: "batch size", but still "L1"."""
    return title if not title[1:2].islower() else title[0].lower() + title[1:]


def shown(value: float) -> str:
    """A number as its field shows it, and reads it again without loss."""
    if isinstance(value, int):
        return str(value)
    short = f"{value:.10g}"
    return short if float(short) == value else repr(float(value))


@dataclass(frozen=True)
class NumberRule:
    """What a field takes; ``name`` as it is called within a sentence, ``low`` and ``high`` inclusive."""

    name: str
    low: float | None = None
    high: float | None = None
    is_whole: bool = False
    unit: str = ""

    @classmethod
    def of(cls, option: Option, name: str = "") -> NumberRule:
        """Of a declared option, which the window may call by another ``name``."""
        is_whole = isinstance(option.default, int)
        return cls(in_sentence(name or option.title), option.low, option.high, is_whole, option.unit)

    def read(self, text: str) -> float:
        """The number that a text says; an int where it must be whole. Raises TypedError."""
        plain = self._plain(text)
        if not NUMBER.fullmatch(plain):
            what = f"a number, not '{text.strip()}'" if text.strip() else "a number"
            raise TypedError(f"The {self.name} must be {what}")
        value = float(plain)
        if self.is_whole and value.is_integer():
            value = int(value)
        elif self.is_whole and math.isfinite(value):
            raise TypedError(f"The {self.name} must be a whole number")
        self._check_range(value)
        return value

    def _plain(self, text: str) -> str:
        """The text as `float` reads it. Raises TypedError where it may mean two numbers."""
        plain = SPACES.sub(" ", text.replace("−", "-")).strip()
        for unit in filter(None, (self.unit, singular(self.unit))):
            plain = plain.removesuffix(unit).rstrip()
        plain = QUOTES.sub("", plain)
        plain = GROUPS.sub(lambda match: match[0].replace(" ", ""), plain, count=1)
        return self._with_point(plain)

    def _with_point(self, text: str) -> str:
        """The text with a point before its decimals, and nothing between its thousands."""
        points, commas = text.count("."), text.count(",")
        if points and commas:
            decimal = max(".,", key=text.rfind)
            return _ungrouped(text, ".," if decimal == "," else ",.")
        mark = "," if commas else "."
        if points + commas > 1:
            return _ungrouped(text, mark + " ")
        is_group = bool(re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", text))
        # The window itself writes 1.234 for decimals and 1,234 for thousands.
        if is_group and self.is_whole != (mark == ","):
            as_decimal, as_group = text.replace(mark, "."), text.replace(mark, "")
            raise TypedError(
                f"The {self.name} must be one number, and '{text}' may mean {as_group} or "
                f"{float(as_decimal):g}"
            )
        return text.replace(mark, "" if is_group and mark == "," else ".")

    def _check_range(self, value: float) -> None:
        # Numbers beyond what floats can hold are infinite.
        if self.high is not None and value > self.high:
            raise TypedError(f"The {self.name} must be at most {self._limit(self.high)}")
        if self.low is not None and value < self.low:
            raise TypedError(f"The {self.name} must be at least {self._limit(self.low)}")
        if not math.isfinite(value):
            raise TypedError(f"The {self.name} must be a finite number")

    def _limit(self, value: float) -> str:
        return f"{int(value):,}" if self.is_whole else f"{value:.10g}"


def _ungrouped(text: str, marks: str) -> str:
    """The text without the first of the marks between thousands, and a point for the second; where they
    stand elsewhere it stays, and is no number.
    """
    group, decimal = (re.escape(mark) for mark in marks)
    match = re.fullmatch(rf"([+-]?[1-9]\d{{0,2}}(?:{group}\d{{3}})+)(?:{decimal}(\d*))?", text)
    return text if match is None else f"{match[1].replace(marks[0], '')}.{match[2] or 0}"


def singular(unit: str) -> str:
    """What a unit is called beside a 1: a row of rows; signs such as ms stay."""
    return unit.removesuffix("s") if len(unit) > 2 else unit
