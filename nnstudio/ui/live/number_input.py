"""A number that is set by a slider or typed beside it."""

from __future__ import annotations

import re

import numpy as np

from nnstudio.model.quantity import in_all_digits, in_digits, rounded
from nnstudio.ui.live.slider_input import SliderInput
from nnstudio.ui.widgets.typed_number import NumberRule

GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
TICKS = 1000


class NumberInput(SliderInput):
    """A quantity.

    Attributes:
        column: which input it is.
        low, high: the smallest and largest number of the training part, in the unit of the data.
        value: what is set, in that unit.
    """

    def __init__(self, column: int, name: str, low: float, high: float, is_whole: bool) -> None:
        # All samples may be alike in an input.
        self._step = (high - low) / TICKS or max(abs(low), 1.0) / 1e6
        if is_whole:
            self._step = max(1.0, float(np.ceil((high - low) / TICKS)))
            low, high = float(np.round(low)), float(np.round(high))
        self.column, self.low, self.high = column, low, high
        # Rounded, so that its box is no wider than numbers of the slider need.
        self.value = rounded(low, self._step)
        self._rule = NumberRule(name)
        self._is_log = False
        self._clip = (-np.inf, np.inf)
        # With one step for each number, every step of an arrow key is seen.
        ticks = round((high - low) / self._step) if is_whole else TICKS
        super().__init__(name, [column], ticks if high > low else 0)
        self.box.setAccessibleName(f"{name}, as a number")
        self.show_value()

    def enter_as(self, unit: str, is_log: bool, clip: tuple[float, float] | None) -> None:
        """The number has a unit; the network gets log(1 + it), or it within the bounds ``clip``."""
        self.unit, self._is_log = unit, is_log
        self._clip = clip or self._clip
        # There is no log of what lies further below.
        self._rule = NumberRule(self.name, min(self.low, 0.0) if is_log else None, unit=unit)

    @property
    def seen(self) -> str:
        return f"{in_digits(rounded(self.low, self._step))} to {in_digits(rounded(self.high, self._step))}"

    @property
    def text(self) -> str:
        return in_all_digits(self.value)

    @property
    def tick(self) -> int:
        return round((self.value - self.low) / self._step)

    @property
    def is_outside(self) -> bool:
        """Whether it is beyond what occurs in training."""
        return not self.low - self._step / 2 <= self.value <= self.high + self._step / 2

    def read(self, values: np.ndarray) -> None:
        """Show this one of some inputs, in the unit of the data."""
        value = float(values[self.column])
        self.value = rounded(float(np.expm1(value)) if self._is_log else value, self._step)
        self.show_value()

    def write(self, values: np.ndarray) -> None:
        """Put the number into the inputs, in the unit of the data."""
        values[self.column] = np.clip(np.log1p(self.value) if self._is_log else self.value, *self._clip)

    def take_tick(self, tick: int) -> None:
        self.value = rounded(self.low + tick * self._step, self._step)

    def take_text(self, text: str) -> None:
        # As the window itself writes thousands.
        text = text.strip()
        self.value = float(self._rule.read(text.replace(",", "") if GROUPED.fullmatch(text) else text))
