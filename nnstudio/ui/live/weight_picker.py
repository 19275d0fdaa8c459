"""A popup over the canvas: which numbers of a layer the loss surface runs along."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from nnkernels.program import ParameterSlot, named_axes
from nnkernels.spec import Shape
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel

SIDES = (("x", "To the right"), ("y", "Upwards"))


class WeightPick(QFrame):
    """Asks for an array and a place in it; ``picked(axis, array, flat index)``, axis 0 runs right, 1 up.

    It stays open for the second number; Esc or a click beside it closes it.
    """

    picked = Signal(int, str, int)

    def __init__(self, title: str, arrays: Mapping[str, ParameterSlot], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.arrays = arrays
        head = PlainLabel(f"Loss surface along a weight of {title}")
        self.array = ChoiceBox()
        self.array.setAccessibleName("Array")
        for name in arrays:
            self.array.addItem(name)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(12, 10, 12, 10)
        self.form.addRow(head)
        self.form.addRow("Array", self.array)
        self.indices: list[WholeEdit] = []
        self.buttons, buttons = [], QHBoxLayout()
        for axis, (name, words) in enumerate(SIDES):
            button = QPushButton(words)
            button.setToolTip(f"Make this weight the surface's {name} axis")
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._pick, axis))
            buttons.addWidget(button)
            self.buttons.append(button)
        self.chosen = [PlainLabel() for _ in SIDES]
        for label in self.chosen:
            label.setObjectName("muted")
            label.hide()
        self.form.addRow(buttons)
        for label in self.chosen:
            self.form.addRow(label)
        self.array.currentIndexChanged.connect(lambda _i: self._show_axes())
        self._show_axes()

    def open_at(self, screen: QPoint) -> None:
        """Show at a place of the screen."""
        self.move(screen)
        self.show()
        self.array.setFocus()

    @property
    def shape(self) -> Shape:
        """Of the array that is chosen."""
        return self.arrays[self.array.currentText()].shape

    def _show_axes(self) -> None:
        """One field for each axis of the array, counted from 1 as everywhere in the window."""
        for field in self.indices:
            self.form.removeRow(field)
        self.indices = []
        names = named_axes(self.arrays[self.array.currentText()])
        for i, (name, size) in enumerate(zip(names, self.shape, strict=True)):
            field = WholeEdit(name, 1, size, f"of {size:,}")
            self.form.insertRow(2 + i, name, field)
            self.indices.append(field)
        self.adjustSize()

    def _pick(self, axis: int) -> None:
        index = tuple(field.value() - 1 for field in self.indices)
        name = self.array.currentText()
        numbers = ", ".join(str(i + 1) for i in index)
        self.chosen[axis].setText(f"{SIDES[axis][0]}: {name}[{numbers}]")
        self.chosen[axis].show()
        self.adjustSize()
        self.picked.emit(axis, name, int(np.ravel_multi_index(index, self.shape)))
