"""The axes of parallel coordinates: at which height a value stands, and what is written beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnstudio.model.quantity import in_digits, value_in_words
from nnstudio.sweep.space import Between, Listed, Varied, are_numbers

# So many values are written beside an axis at the most.
MOST_TICKS = 9
# Scores that lie further apart, as a ratio, are drawn by their logarithm.
FAR_APART = 30.0
# Numbers that lie closer together than this share of an axis would be written over each other.
CLOSE = 0.06
# Where all scores are the same.
MIDDLE = 0.5


@dataclass(frozen=True)
class Tick:
    """A height from 0 to 1, and what stands there."""

    height: float
    text: str


class ListedAxis:
    """Single values at even distances; numbers rise."""

    def __init__(self, title: str, values: Sequence[Any]) -> None:
        self.title = title
        self._values = sorted(values) if are_numbers(values) else list(values)

    def height(self, value: Any) -> float:
        """From 0 to 1."""
        if len(self._values) == 1:
            return MIDDLE
        return self._values.index(value) / (len(self._values) - 1)

    def ticks(self) -> list[Tick]:
        every = math.ceil(len(self._values) / MOST_TICKS)
        return [Tick(self.height(value), value_in_words(value)) for value in self._values[::every]]


class RangeAxis:
    """All numbers between two."""

    def __init__(self, title: str, low: float, high: float, log: bool = False, whole: bool = False) -> None:
        self.title = title
        self._low, self._high, self._log, self._whole = float(low), float(high), log, whole

    @property
    def is_log(self) -> bool:
        """Whether equal distances stand for equal ratios."""
        return self._log

    def height(self, value: float) -> float:
        """From 0 to 1."""
        scale = math.log if self._log else float
        low, high = scale(self._low), scale(self._high)
        return (scale(value) - low) / (high - low) if high > low else MIDDLE

    def ticks(self) -> list[Tick]:
        if self._low == self._high:
            return [Tick(MIDDLE, value_in_words(self._low))]
        values = _decades(self._low, self._high) if self._log else _even(self._low, self._high, self._whole)
        return [Tick(self.height(v), f"{v:,.0f}" if self._whole else in_digits(v, 3)) for v in values]


def _even(low: float, high: float, whole: bool) -> list[float]:
    """Five numbers at even distances, both ends among them."""
    values = [float(v) for v in np.linspace(low, high, 5)]
    return list(dict.fromkeys(map(float, map(round, values)))) if whole else values


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten between two numbers above 0, and the numbers themselves."""
    powers = [10.0**k for k in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    powers = powers[:: max(math.ceil(len(powers) / MOST_TICKS), 1)]
    # What is written close to an end would lie over it.
    apart = [p for p in powers if min(p / low, high / p) > (high / low) ** CLOSE]
    return [low, *apart, high]


class MeasuredAxis(RangeAxis):
    """Single numbers at their true distances; by their logarithm where these lie far apart."""

    def __init__(self, title: str, values: Sequence[float]) -> None:
        low, high = min(values), max(values)
        super().__init__(title, low, high, low > 0 and high / low > FAR_APART)
        self._values = sorted(set(values))

    def ticks(self) -> list[Tick]:
        apart: list[Tick] = []
        for value in self._values:
            tick = Tick(self.height(value), value_in_words(value))
            if not apart or tick.height - apart[-1].height > CLOSE:
                apart.append(tick)
        return apart


Axis = ListedAxis | RangeAxis


def measured_axis_of(varied: Varied, title: str) -> Axis:
    """That of an option by whose values something is drawn: numbers stand as far apart as they are."""
    domain = varied.domain
    if isinstance(domain, Listed) and are_numbers(domain.values):
        return MeasuredAxis(title, domain.values)
    return axis_of(varied, title)


def axis_of(varied: Varied, title: str) -> Axis:
    """That of an option that is varied."""
    domain = varied.domain
    if isinstance(domain, Listed):
        return ListedAxis(title, domain.values)
    assert isinstance(domain, Between)
    return RangeAxis(title, domain.low, domain.high, domain.log, domain.whole)


def score_axis(title: str, scores: Sequence[float]) -> RangeAxis:
    """That of the metric; ``scores`` are finite, one at least."""
    low, high = min(scores), max(scores)
    log = low > 0 and high / low > FAR_APART
    return RangeAxis(title, low, high, log)
