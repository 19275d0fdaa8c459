"""What a number and a date that are set by hand have in common: a slider, and a box to type beside it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit

from nnstudio.ui.widgets.jumping_slider import JumpingSlider
from nnstudio.ui.widgets.still import Still
from nnstudio.ui.widgets.typed_number import TypedError

# Pixels of the box at the least, and mean letters at the most: a longer number is read by moving in it.
LEAST_BOX, MOST_LETTERS = 64, 20
# Pixels of a slider: of a shorter one there is no groove to be seen beside its knob.
LEAST_SLIDER = 60


class StillSlider(Still, JumpingSlider):
    """A slider that scrolling over it does not change."""


class SliderInput(QObject):
    """The slider covers what occurs in training; the box takes what lies beyond, too. changed() by a person.

    Who subclasses it gives what raises here: a class of Qt cannot be abstract.

    Attributes:
        name: of the column.
        columns: which inputs it is.
        unit: what stands behind the box, "" for nothing.
        problem: why what was typed last is not taken, as a sentence; "" where it is.
    """

    changed = Signal()
    unit = ""

    def __init__(self, name: str, columns: list[int], ticks: int) -> None:
        super().__init__()
        self.name, self.columns, self.problem = name, columns, ""
        self.slider, self.box = StillSlider(), QLineEdit()
        self.slider.setMinimumWidth(LEAST_SLIDER)
        self.slider.setRange(0, ticks)
        self.slider.setAccessibleName(name)
        self.box.setFixedWidth(LEAST_BOX)
        self.slider.valueChanged.connect(self._on_moved)
        self.box.editingFinished.connect(self._on_typed)

    # What a kind of it says

    @property
    def seen(self) -> str:
        """From where to where it goes in training."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """What is set, as its box shows it."""
        raise NotImplementedError

    @property
    def tick(self) -> int:
        """Which tick of the slider is the nearest."""
        raise NotImplementedError

    def take_tick(self, tick: int) -> None:
        """Set what a tick of the slider stands for."""
        raise NotImplementedError

    def take_text(self, text: str) -> None:
        """Set what a person typed. Raises TypedError."""
        raise NotImplementedError

    def read(self, values: np.ndarray) -> None:
        """Show what some inputs say, in the unit of the data."""
        raise NotImplementedError

    def write(self, values: np.ndarray) -> None:
        """Put what is set into the inputs, in the unit of the data."""
        raise NotImplementedError

    # Both together

    def show_value(self) -> None:
        """Let slider and box show what is set."""
        self.slider.blockSignals(True)
        self.slider.setValue(self.tick)
        self.slider.blockSignals(False)
        self._show_text()

    def set_enabled(self, is_on: bool) -> None:
        """Let a person set it, or not."""
        self.slider.setEnabled(is_on)
        self.box.setEnabled(is_on)

    def _show_text(self) -> None:
        self.box.setText(self.text)
        self.box.setCursorPosition(0)
        self._say("")
        metrics = self.box.fontMetrics()
        needed = metrics.horizontalAdvance(self.box.text()) + 18
        # A slider that is being dragged must not become shorter and longer.
        needed = min(needed, MOST_LETTERS * metrics.averageCharWidth())
        self.box.setFixedWidth(max(self.box.minimumWidth(), needed))

    def _say(self, problem: str) -> None:
        self.problem = problem
        self.box.setToolTip(problem or f"Type a value, also one beyond the slider. In training: {self.seen}")
        if self.box.property("refused") != bool(problem):
            self.box.setProperty("refused", bool(problem))
            self.box.style().polish(self.box)

    def _on_moved(self, tick: int) -> None:
        self.take_tick(tick)
        self._show_text()
        self.changed.emit()

    def _on_typed(self) -> None:
        if self.box.text() == self.text:
            return
        try:
            self.take_text(self.box.text())
        except TypedError as error:
            self._say(f"{error}.")
        else:
            self.show_value()
        self.changed.emit()
