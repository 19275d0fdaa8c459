"""Tables for Qt: the file as it is, and the samples as the network gets them; neither copies anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.tables.look import Part, TableLook
from nnstudio.ui.widgets.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
NO_PARENT = QModelIndex()
PARTS = tuple(Part)


class FileModel(QAbstractTableModel):
    """The rows of a file, as they were read."""

    def __init__(self, look: TableLook) -> None:
        super().__init__()
        self.look = look
        self._columns = [look.frame[column.name] for column in look.columns]
        self._parts = look.parts()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.look.frame)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def part(self, row: int) -> Part:
        """What becomes of a row."""
        return PARTS[int(self._parts[row])]

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        value: object = self._columns[index.column()].iat[index.row()]
        # NaN alone is not itself.
        is_missing = value is None or bool(value != value)
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole):
            return "missing" if is_missing else _text(value)
        if role == ROLE.TextAlignmentRole and isinstance(value, int | float | np.number):
            return RIGHT
        if role == ROLE.ForegroundRole and (is_missing or self.part(index.row()) == Part.LEFT_OUT):
            return QColor(theme.colours.muted)
        if role == ROLE.ToolTipRole and is_missing:
            return "No value stands here."
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            return self.look.columns[section].name if role == ROLE.DisplayRole else None
        if role == ROLE.DisplayRole:
            part = self.part(section)
            return f"{section + 1:,}" if part == Part.TRAINING else f"{section + 1:,}  {part}"
        if role == ROLE.ForegroundRole and self.part(section) in (Part.VALIDATION, Part.TEST):
            return QColor(theme.colours.validation)
        return None


class SamplesModel(QAbstractTableModel):
    """Samples as the network gets them, part by part; the target stands in the last columns."""

    def __init__(self, data: Dataset) -> None:
        super().__init__()
        self.dataset = data
        width = int(np.prod(data.input_shape))
        self.names = [*(data.features or [f"x{i + 1}" for i in range(width)]), *data.targets]
        self._width = width
        # Where each part begins.
        self._starts = np.cumsum([0, *(len(data.part(split)[0]) for split in data.parts)])

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else int(self._starts[-1])

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else self._width + self.dataset.target_width

    def value(self, row: int, column: int) -> str:
        """One number of a sample, or the name of its class."""
        data = self.dataset
        x, y = data.part(self._part(row))
        at = row - self._starts[data.parts.index(self._part(row))]
        if column < self._width:
            return f"{x[at].flat[column]:.4g}"
        target = y[at, column - self._width]
        return data.classes[int(target)] if data.classes else f"{target:.4g}"

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole):
            return self.value(index.row(), index.column())
        return RIGHT if role == ROLE.TextAlignmentRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role != ROLE.DisplayRole:
                return None
            return self.names[section] if section < len(self.names) else f"target {section + 1}"
        part = self._part(section)
        if role == ROLE.DisplayRole:
            return f"{section + 1:,}" if part == Split.TRAINING else f"{section + 1:,}  {part}"
        if role == ROLE.ForegroundRole and part != Split.TRAINING:
            return QColor(theme.colours.validation)
        return None

    def _part(self, row: int) -> Split:
        """The part that a row belongs to."""
        return self.dataset.parts[int(np.searchsorted(self._starts, row, "right")) - 1]


def _text(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float | np.floating) else str(value)


def widths(model: QAbstractTableModel, headers: Sequence[int], metrics: Any, rows: int = 50) -> list[int]:
    """Widths of columns that hold their headers and the first rows."""
    fitting = []
    for column in range(model.columnCount()):
        texts = [str(model.index(row, column).data() or "") for row in range(min(rows, model.rowCount()))]
        widest = max((metrics.horizontalAdvance(text[:40]) for text in texts), default=0)
        fitting.append(min(max(widest + 24, headers[column]), 320))
    return fitting
