"""Weights as numbers in a table: what is typed is followed by all views, then written, or given up."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QTableView

from nnstudio.explain.end_names import Names
from nnstudio.model.quantity import in_digits
from nnstudio.ui.live.requests import EditWeight, MoveWeight, Say
from nnstudio.ui.live.weight_typing import WeightTyping
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.typed_number import NumberRule, TypedError

LARGEST = float(np.finfo(np.float32).max)
WEIGHT = NumberRule("weight", -LARGEST, LARGEST)
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class WeightModel(QAbstractTableModel):
    """An array as a table: the last axis runs across. ``edit`` is called with (flat index, value), ``refuse``
    with a clause where what was typed is no weight, and with the one that is there.
    """

    def __init__(self, edit: Callable[[int, float], None], refuse: Callable[[str, float], None]) -> None:
        super().__init__()
        self.values = np.zeros((0, 0), np.float32)
        # Of the rows and of the columns; () where they are numbered.
        self.names: tuple[Names, Names] = ((), ())
        self._largest = 1.0
        self.edit, self.refuse = edit, refuse
        # Gradients can be read, not written.
        self.editable = True
        # Those that are shown; what is opened for writing has all.
        self.digits = 4

    def set_values(self, values: np.ndarray, names: tuple[Names, ...] = ()) -> None:
        """Show other values; the shape may change. ``names``: along each axis, as of an `Array`."""
        flat = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(1, -1)
        heads = (names[0] if len(names) == 2 else (), names[-1] if names else ())
        sizes = np.abs(flat[np.isfinite(flat)])
        self._largest = (float(sizes.max()) if sizes.size else 1.0) or 1.0
        if flat.shape != self.values.shape or heads != self.names:
            self.beginResetModel()
            self.values, self.names = flat, heads
            self.endResetModel()
        elif not np.array_equal(flat, self.values, equal_nan=True):
            self.values = flat
            self.dataChanged.emit(self.index(0, 0), self.index(flat.shape[0] - 1, flat.shape[1] - 1))

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return self.values.shape[0]

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return self.values.shape[1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = float(self.values[index.row(), index.column()])
        if role == Qt.ItemDataRole.DisplayRole:
            return in_digits(value, self.digits)
        if role == Qt.ItemDataRole.EditRole:
            return f"{value:.9g}"
        if role == Qt.ItemDataRole.BackgroundRole:
            if not np.isfinite(value):
                return None
            colour = QColor(theme.colours.first if value > 0 else theme.colours.second)
            colour.setAlphaF(abs(value) / self._largest * 0.45)
            return colour
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        # A cell may have been opened for writing before.
        if not self.editable:
            return False
        try:
            number = WEIGHT.read(str(value))
        except TypedError as error:
            self.refuse(str(error), float(self.values[index.row(), index.column()]))
            return False
        self.edit(index.row() * self.values.shape[1] + index.column(), number)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsEditable if self.editable else plain

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        names = self.names[side == Qt.Orientation.Horizontal]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) and section < len(names):
            return names[section]
        return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None


class WeightTable(QTableView):
    """A table of weights that asks for what is typed into it: requested(ViewRequest).

    Attributes:
        array: the node and the name of its array whose weights are shown.
        index_of: the flat index in that array of a weight that is so far into the table.
    """

    requested = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.array = ("", "")
        self.index_of: Callable[[int], int] = lambda at: at
        self.weights = WeightModel(self._edit, self._refuse)
        self.setModel(self.weights)
        typing = WeightTyping(self)
        typing.begun.connect(self._on_begun)
        typing.typed.connect(self._on_typed)
        typing.left.connect(self._on_left)
        self.setItemDelegate(typing)
        # Where a value is typed, and what was shown there before; whether anything was typed yet.
        self._typing: tuple[MoveWeight, float] | None = None
        self._was_typed = False

    def _edit(self, at: int, value: float) -> None:
        before = float(self.weights.values.flat[at]) if self._typing is None else self._typing[1]
        # What was shown may be of a step before: typed again, it is another value than the network has.
        if value != before or self._was_typed:
            self._typing, self._was_typed = None, False
            self.requested.emit(EditWeight(*self.array, self.index_of(at), value))

    def _on_begun(self, row: int, column: int) -> None:
        at = row * self.weights.columnCount() + column
        nothing = MoveWeight(*self.array, self.index_of(at), None)
        self._typing, self._was_typed = (nothing, float(self.weights.values[row, column])), False

    def _refuse(self, why: str, value: float) -> None:
        """What is shown by now may be what was typed before it was no number any more."""
        stays = in_digits(value if self._typing is None else self._typing[1])
        self.requested.emit(Say(f"{why}; it stays {stays}."))

    def _on_typed(self, text: str) -> None:
        """All views follow what is typed, as long as it is a number."""
        if self._typing is not None and self.weights.editable:
            self._was_typed = True
            with contextlib.suppress(TypedError):
                self.requested.emit(replace(self._typing[0], value=WEIGHT.read(text)))

    def _on_left(self) -> None:
        """What was typed and not taken is given up."""
        if self._typing is not None:
            nothing, self._typing = self._typing[0], None
            self.requested.emit(nothing)


def table_tip(axes: tuple[str, ...]) -> str:
    """What the table's rows and columns are."""
    if len(axes) < 2:
        return ""
    return f"Down: {', '.join(axes[:-1]).lower()}. Across: {axes[-1].lower()}. "
