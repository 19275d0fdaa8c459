"""Inputs of a row that are chosen and not measured: one of some values, and whether there is any."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from nnstudio.ui.widgets.choice_box import StillBox

MISSING = "missing"


class ChoiceInput(StillBox):
    """Inputs of which one value is 1, the others 0; or one that holds the number of a value.

    Attributes:
        columns: its inputs; a single one holds a number.
        numbers: of a single input, the number of each item, in the unit of the data.
    """

    def __init__(self, items: list[str], columns: list[int], numbers: list[float]) -> None:
        super().__init__()
        self.columns, self.numbers = columns, numbers
        self.addItems(items)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_enabled(self, is_on: bool) -> None:
        """Let a person choose, or not."""
        self.setEnabled(is_on)

    def write(self, values: np.ndarray) -> None:
        """Put what is chosen into the inputs, in the unit of the data."""
        at = self.currentIndex()
        if self.numbers:
            values[self.columns[0]] = self.numbers[at]
        else:
            values[self.columns] = 0.0
            # The last one stands for a value that none of them is.
            if at < len(self.columns):
                values[self.columns[at]] = 1.0

    def read(self, values: np.ndarray) -> None:
        """Choose what the inputs say."""
        if self.numbers:
            at = int(np.argmin(np.abs(np.array(self.numbers) - values[self.columns[0]])))
        else:
            of = values[self.columns]
            at = int(of.argmax()) if of.max() > 0.5 else len(self.columns)
        self.setCurrentIndex(at)


class GapInput(QCheckBox):
    """Whether a column has no value.

    Attributes:
        columns: the input that tells it.
        stands_for: the inputs that are set where it has none, and to what, in the unit of the data.
    """

    def __init__(self, name: str, column: int, stands_for: dict[int, float]) -> None:
        super().__init__(MISSING)
        self.columns, self.stands_for = [column], stands_for
        self.setAccessibleName(f"{name} is missing")
        self.setToolTip("No value is known: the network gets what stood for such in training")

    def write(self, values: np.ndarray) -> None:
        """Put it into the inputs; what is set beside it does not count then."""
        values[self.columns] = float(self.isChecked())
        if self.isChecked():
            values[list(self.stands_for)] = list(self.stands_for.values())

    def read(self, values: np.ndarray) -> None:
        """Show what the inputs say."""
        self.setChecked(bool(values[self.columns[0]] > 0.5))
