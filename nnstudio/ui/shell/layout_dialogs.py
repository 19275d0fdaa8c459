"""Asks for the name of a layout, and renames or deletes those that were kept."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.ui.shell.arrangement import SHIPPED
from nnstudio.ui.shell.layouts import Layouts
from nnstudio.ui.widgets.plain_text import PlainLabel

NAME = int(Qt.ItemDataRole.UserRole)
WIDTH = 380


def why_not(name: str) -> str:
    """A sentence where no layout of a person's own can have this name; "" where one can."""
    if not name.strip():
        return "A layout needs a name."
    if name.strip().casefold() in {arrangement.title.casefold() for arrangement in SHIPPED}:
        return "A layout of nnstudio has this name. Choose another one."
    return ""


class KeepDialog(QDialog):
    """Under which name the layout as it is will be kept."""

    def __init__(self, layouts: Layouts, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Save the layout")
        self.layouts = layouts
        self.name, self.told = QLineEdit(), PlainLabel()
        self.name.setAccessibleName("Name of the layout")
        self.name.setPlaceholderText("Name, such as Two views beside the network")
        self.name.setToolTip(self.name.placeholderText())
        self.told.setObjectName("muted")
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(2 * self.told.fontMetrics().lineSpacing())
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        self.save = self.buttons.button(kinds.Save)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.name.textChanged.connect(self._look)
        column = QVBoxLayout(self)
        for widget in (self.name, self.told, self.buttons):
            column.addWidget(widget)
        self.setMinimumWidth(WIDTH)
        self._look()

    def _look(self) -> None:
        name = self.name.text()
        why, replaces = why_not(name), name.strip() in self.layouts.own
        self.save.setEnabled(not why)
        self.save.setText("Replace" if replaces else "Save")
        if not name:
            self.told.setText("Where the panels stand, how large they are, and which are closed.")
        else:
            self.told.setText(why or (f"Replaces the layout “{name.strip()}”." if replaces else ""))

    def accept(self) -> None:
        self.layouts.keep(self.name.text().strip())
        super().accept()


class ManageDialog(QDialog):
    """A list in which names are edited and layouts taken out; nothing of it is done before OK."""

    def __init__(self, layouts: Layouts, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Your layouts")
        self.layouts = layouts
        self.list, self.told = QListWidget(), PlainLabel()
        self.list.setAccessibleName("Your layouts")
        self.told.setObjectName("error")
        self.told.setWordWrap(True)
        self.told.hide()
        for name in layouts.own:
            item = QListWidgetItem(name, self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setData(NAME, name)
        self.list.setCurrentRow(0)
        self.rename, self.delete = QPushButton("Rename"), QPushButton("Delete")
        self.rename.clicked.connect(lambda _on=False: self.list.editItem(self.list.currentItem()))
        self.delete.clicked.connect(lambda _on=False: self._delete())
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for button in (self.rename, self.delete):
            # Enter ends the editing of a name, and after that it is OK.
            button.setAutoDefault(False)
        self.list.itemChanged.connect(lambda _item: self._look())
        row = QHBoxLayout()
        row.addWidget(self.rename)
        row.addWidget(self.delete)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addWidget(self.told)
        column.addWidget(self.buttons)
        self.setMinimumWidth(WIDTH)
        self._look()

    def _names(self) -> dict[str, str]:
        """Names as they were, and as they are edited."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return {item.data(NAME): item.text().strip() for item in items}

    def _delete(self) -> None:
        self.list.takeItem(self.list.currentRow())
        self._look()

    def _look(self) -> None:
        names = list(self._names().values())
        why = next((why_not(name) for name in names if why_not(name)), "")
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            why = f"Two layouts are called “{twice}”. Rename one of them."
        self.told.setText(why)
        self.told.setVisible(bool(why))
        for button in (self.rename, self.delete):
            button.setEnabled(bool(names))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not why)

    def accept(self) -> None:
        own = self.layouts.own
        self.layouts.set_own({name: own[before] for before, name in self._names().items()})
        super().accept()
