"""What dialogs that report on a file have in common: texts that can be selected, and a table of its parts."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QTableView

from nnstudio.ui.widgets.plain_text import PlainLabel

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
# Of a column but the last, in pixels; names can be long.
WIDEST = 240


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
