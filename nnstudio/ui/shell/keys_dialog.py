"""All keys on one page; they can be changed, are kept, and never collide unseen."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

# What the mouse does on the canvas, and keys that mean what they mean everywhere; told, not changed.
FIXED = {
    "Step, while the run bar has the focus": "Space",
    "Add a layer": "Double-click", "Go from node to node": "Tab, Shift+Tab",
    "Rename": "Double-click on the title",
    "Details, or open a sub-network": "Double-click", "Copy by dragging": "Alt+drag",
    "Insert a node into a link": "Drag it there", "Insert a dot into a link": "Double-click on it",
    "Cut links by drawing across them": "Ctrl+right-drag",
    "Pan": "Middle-button drag, or drag while the key for adding is held", "Zoom": "Wheel, pinch",
}  # fmt: skip
GROUP = "keys"


class Keys:
    """The keys of the window's and the canvas's commands: as they come, and as a person set them."""

    def __init__(self, actions: Mapping[str, QAction], settings: QSettings) -> None:
        """Puts the kept keys in force."""
        self.actions = {n: a for n, a in actions.items() if not n.startswith("example ")}
        self.settings = settings
        # As they read now: later Undo names a step and Train becomes Pause.
        self.titles = {n: title_of(a) for n, a in self.actions.items()}
        self.defaults = {n: a.shortcuts() for n, a in self.actions.items()}
        for name, action in self.actions.items():
            kept = settings.value(f"{GROUP}/{name}")
            if isinstance(kept, str):
                action.setShortcuts([QKeySequence(kept)] if kept else [])

    def holder(self, keys: QKeySequence, but: str) -> str:
        """The title of another command that has these keys, or ""."""
        if keys.isEmpty():
            return ""
        for name, action in self.actions.items():
            if name != but and keys in action.shortcuts():
                return self.titles[name]
        return ""

    def set(self, name: str, keys: QKeySequence) -> str:
        """Give a command other keys and keep them; a sentence where another one has them."""
        held = self.holder(keys, name)
        if held:
            return f"{keys.toString(NATIVE)} belongs to “{held}”. Give that command other keys first."
        self.actions[name].setShortcuts([] if keys.isEmpty() else [keys])
        self.settings.setValue(f"{GROUP}/{name}", keys.toString())
        return ""

    def reset(self) -> None:
        """All keys as they came."""
        self.settings.remove(GROUP)
        for name, action in self.actions.items():
            action.setShortcuts(self.defaults[name])


NATIVE = QKeySequence.SequenceFormat.NativeText


def title_of(action: QAction) -> str:
    """A command's title as it is read."""
    return action.text().replace("&", "").replace("…", "")


class KeysDialog(QDialog):
    """A table of commands and keys with a filter."""

    def __init__(self, keys: Keys, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        self.keys = keys
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search commands and keys")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search commands and keys")
        self.search.textChanged.connect(self._filter)
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["Command", "Keys"])
        self.table.verticalHeader().hide()
        self.table.setAccessibleName("Keys")
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(1, theme.grown(230))
        self.message = PlainLabel()
        self.message.setObjectName("error")
        self.message.setWordWrap(True)
        self.message.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        reset = buttons.addButton("Reset all", QDialogButtonBox.ButtonRole.ResetRole)
        reset.clicked.connect(self._reset)
        for button in (reset, buttons.button(QDialogButtonBox.StandardButton.Close)):
            # Enter ends a search; it neither closes the page nor takes a person's keys away.
            button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.search, self.table, self.message, buttons):
            column.addWidget(widget)
        self.editors: dict[str, QKeySequenceEdit] = {}
        give_size(self, 560, 560)
        self._fill()

    def _fill(self) -> None:
        self.table.setRowCount(0)
        self.editors = {}
        for name, action in self.keys.actions.items():
            row = self._row(self.keys.titles[name])
            editor = QKeySequenceEdit(action.shortcut())
            editor.setMaximumSequenceLength(1)
            editor.setClearButtonEnabled(True)
            editor.setAccessibleName(f"Keys of {self.keys.titles[name]}")
            editor.editingFinished.connect(lambda n=name: self._on_edited(n))
            self.table.setCellWidget(row, 1, editor)
            self.editors[name] = editor
        for title, text in FIXED.items():
            row = self._row(title)
            fixed = QTableWidgetItem(text)
            fixed.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.table.setItem(row, 1, fixed)
        self._filter(self.search.text())

    def _row(self, title: str) -> int:
        row = self.table.rowCount()
        self.table.insertRow(row)
        item = QTableWidgetItem(title)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.table.setItem(row, 0, item)
        return row

    def _on_edited(self, name: str) -> None:
        editor = self.editors[name]
        if editor.keySequence() == self.keys.actions[name].shortcut():
            return
        why = self.keys.set(name, editor.keySequence())
        self.message.setText(why)
        self.message.setVisible(bool(why))
        if why:
            editor.setKeySequence(self.keys.actions[name].shortcut())

    def _reset(self) -> None:
        self.keys.reset()
        self.message.hide()
        self._fill()

    def _filter(self, text: str) -> None:
        for row in range(self.table.rowCount()):
            editor, item = self.table.cellWidget(row, 1), self.table.item(row, 1)
            keys = editor.keySequence().toString(NATIVE) if isinstance(editor, QKeySequenceEdit) else ""
            keys = item.text() if item is not None else keys
            title = self.table.item(row, 0)
            matches = text.lower() in f"{title.text() if title else ''} {keys}".lower()
            self.table.setRowHidden(row, not matches)
