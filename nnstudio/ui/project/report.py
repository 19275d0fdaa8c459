"""What dialogs that report on a file have in common: texts that can be selected, and a table of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableView

from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from nnstudio.ui.widgets.theme import theme

T = TypeVar("T")
ROLE = Qt.ItemDataRole
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
# Of a column but the last, in pixels; names can be long.
WIDEST = 240


class RowsModel(QAbstractTableModel, Generic[T]):
    """Rows of texts below a header; those that a person should look at are coloured.

    Who subclasses it gives `is_odd` and `texts`: a model of Qt cannot be abstract, so here they raise.
    """

    def __init__(self, header: Sequence[str], rows: Sequence[T]) -> None:
        super().__init__()
        self.header, self.rows = header, rows

    def is_odd(self, row: T) -> bool:
        """Whether a person should look at it."""
        raise NotImplementedError

    def texts(self, row: T) -> tuple[str, ...]:
        """What stands in each column."""
        raise NotImplementedError

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.header)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole, ROLE.ToolTipRole):
            text = self.texts(row)[index.column()]
            return plain_tip(text) if role == ROLE.ToolTipRole else text
        if role == ROLE.ForegroundRole and self.is_odd(row):
            return QColor(theme.colours.warning)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if role != ROLE.DisplayRole:
            return None
        return self.header[section] if orientation == Qt.Orientation.Horizontal else f"{section + 1:,}"


def as_label(text: str) -> PlainLabel:
    """A text of several lines that can be selected."""
    label = PlainLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def as_table(name: str, model: QAbstractTableModel) -> QTableView:
    """A table that owns its model; the last column takes what room there is."""
    table = QTableView()
    table.setAccessibleName(name)
    table.setModel(model)
    # Children go with it.
    model.setParent(table)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header, last = table.horizontalHeader(), model.columnCount() - 1
    table.resizeColumnsToContents()
    for column in range(last):
        header.resizeSection(column, min(header.sectionSize(column), WIDEST))
    header.setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
    return table
