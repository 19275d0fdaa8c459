"""The field in the table of weights: what is typed is told while it is typed, and given up with Escape."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Signal
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

Index = QModelIndex | QPersistentModelIndex


class WeightTyping(QStyledItemDelegate):
    """Signals: begun(row, column) with a field, typed(text) with each key, left() once the field is gone.

    It is left whether what was typed was taken or not.
    """

    begun = Signal(int, int)
    typed = Signal(str)
    left = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setFrame(False)
        field.setAccessibleName("Weight")
        field.textEdited.connect(self.typed)
        self.begun.emit(index.row(), index.column())
        return field

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        # The network has what was typed by now, and would write it over what is typed next.
        if isinstance(editor, QLineEdit) and not editor.isModified():
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        # A field that was opened and closed changes nothing.
        if isinstance(editor, QLineEdit) and editor.isModified():
            super().setModelData(editor, model, index)

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        super().destroyEditor(editor, index)
        self.left.emit()
