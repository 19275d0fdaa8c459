"""A number that is set by a slider or typed beside it."""

from __future__ import annotations

import re

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit

from nnstudio.model.quantity import in_all_digits, rounded
from nnstudio.ui.widgets.jumping_slider import JumpingSlider
from nnstudio.ui.widgets.typed_number import NumberRule, TypedError

GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
TICKS = 1000
# Pixels of the box for a number at the least.
LEAST_BOX = 64


class NumberInput(QObject):
    """The slider covers what occurs in training; the box takes any number. changed() by a person.

    Attributes:
        column: which input it is.
        low, high: the smallest and largest number of the training part, in the unit of the data.
        value: what is set, in that unit.
    """

    changed = Signal()

    def __init__(self, column: int, name: str, low: float, high: float, is_whole: bool) -> None:
        super().__init__()
        self.column, self.name, self.low, self.high = column, name, low, high
        self.columns = [column]
        # All samples may be alike in an input.
        self._step = (high - low) / TICKS or max(abs(low), 1.0) / 1e6
        if is_whole:
            self._step = max(1.0, float(np.ceil((high - low) / TICKS)))
            self.low, self.high = float(np.round(low)), float(np.round(high))
        # Rounded, so that its box is no wider than numbers of the slider need.
        self.value = rounded(self.low, self._step)
        self.slider, self.box = JumpingSlider(), QLineEdit()
        # With one step for each number, every step of an arrow key is seen.
        ticks = round((self.high - self.low) / self._step) if is_whole else TICKS
        self.slider.setRange(0, ticks if self.high > self.low else 0)
        self.slider.setAccessibleName(name)
        self.box.setAccessibleName(f"{name}, as a number")
        self.box.setFixedWidth(LEAST_BOX)
        self._rule = NumberRule(name)
        self.slider.valueChanged.connect(self._on_moved)
        self.box.editingFinished.connect(self._on_typed)
        self._show()

    @property
    def is_outside(self) -> bool:
        """Whether it is beyond what occurs in training."""
        return not self.low - self._step / 2 <= self.value <= self.high + self._step / 2

    def read(self, values: np.ndarray) -> None:
        """Show this one of some inputs, in the unit of the data."""
        self._set(rounded(float(values[self.column]), self._step))

    def write(self, values: np.ndarray) -> None:
        """Put the number into the inputs, in the unit of the data."""
        values[self.column] = self.value

    def _set(self, value: float) -> None:
        self.value = value
        self.slider.blockSignals(True)
        self.slider.setValue(round((value - self.low) / self._step))
        self.slider.blockSignals(False)
        self._show()

    def _show(self) -> None:
        self.box.setText(in_all_digits(self.value))
        self.box.setCursorPosition(0)
        self._say("")
        needed = self.box.fontMetrics().horizontalAdvance(self.box.text()) + 18
        # A slider that is being dragged must not become shorter and longer.
        self.box.setFixedWidth(max(self.box.minimumWidth(), needed))

    def _say(self, problem: str) -> None:
        self.box.setToolTip(problem or "Type a number, also one beyond the slider")
        if self.box.property("refused") != bool(problem):
            self.box.setProperty("refused", bool(problem))
            self.box.style().polish(self.box)

    def _on_moved(self, ticks: int) -> None:
        self.value = rounded(self.low + ticks * self._step, self._step)
        self._show()
        self.changed.emit()

    def _on_typed(self) -> None:
        if self.box.text() == in_all_digits(self.value):
            return
        try:
            # As the window itself writes thousands.
            text = self.box.text().strip()
            value = float(self._rule.read(text.replace(",", "") if GROUPED.fullmatch(text) else text))
        except TypedError as error:
            self._say(f"{error}.")
            return
        self._set(value)
        self.changed.emit()
