"""An array as a table of numbers that can be written into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from nnstudio.explain.end_names import Names
from nnstudio.model.quantity import in_digits
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
            return in_digits(value)
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


def table_tip(axes: tuple[str, ...]) -> str:
    """What the table's rows and columns are."""
    if len(axes) < 2:
        return ""
    return f"Down: {', '.join(axes[:-1]).lower()}. Across: {axes[-1].lower()}. "
