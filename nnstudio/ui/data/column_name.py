"""Another name for a column, that the network, the results and the exports have from then on."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

HINT = "The file stays as it is. New rows to predict may have either name, exports have the new one."


class ColumnName(QDialog):
    """Emits chosen(name) with one that no other column has."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, name: str, others: Collection[str], refused: str = "") -> None:
        """``refused``: a mark that no name may hold."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Rename a column")
        self._name, self._others, self._refused = name, others, refused
        label, self.name, self.hint = PlainLabel(f"New name of '{name}'"), QLineEdit(name), PlainLabel(HINT)
        self.name.setAccessibleName("New name")
        self.name.selectAll()
        self.hint.setObjectName("muted")
        for text in (label, self.hint):
            text.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        buttons.button(kinds.Ok).setText("Rename")
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (label, self.name, self.hint, buttons):
            column.addWidget(widget)
        self.resize(theme.grown(380), self.sizeHint().height())

    def _accept(self) -> None:
        name = self.name.text().strip()
        if not name or name in self._others:
            self.hint.setText(f"Another column is called '{name}'." if name else "A column needs a name.")
            return
        if self._refused and self._refused in name:
            self.hint.setText(f"“{self._refused}” stands between names here, so none may hold it.")
            return
        if name != self._name:
            self.chosen.emit(name)
        self.accept()
