"""What became of each part of a network of another program, before it is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nnkernels.spec import PLACEHOLDER, layers
from nnstudio.from_network import BuiltProject
from nnstudio.importing.importer import Imported, Row
from nnstudio.ui.project.report import NO_PARENT, Index, as_label, as_table
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import theme

ROLE = Qt.ItemDataRole
HEADER = ("In the file", "Kind", "Imported as", "What was done")


class ImportedModel(QAbstractTableModel):
    """What is another than in the file first, each part in the order of the file."""

    def __init__(self, imported: Imported) -> None:
        super().__init__()
        self._kinds = {node.name: node.kind for node in imported.nodes}
        self.rows = sorted(imported.rows, key=lambda row: not self.is_odd(row))

    def is_odd(self, row: Row) -> bool:
        """Whether a person should look at it: a placeholder, a change, a guess."""
        return self._kinds.get(row.layer) == PLACEHOLDER or row.is_changed or row.is_assumed

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(HEADER)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole, ROLE.ToolTipRole):
            kind = self._kinds.get(row.layer, "")
            layer = f"{row.layer} ({layers[kind].title})" if kind else "nothing"
            text = (row.name, row.kind, layer, row.text)[index.column()]
            return plain_tip(text) if role == ROLE.ToolTipRole else text
        if role == ROLE.ForegroundRole and self.is_odd(row):
            return QColor(theme.colours.warning)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if role != ROLE.DisplayRole:
            return None
        return HEADER[section] if orientation == Qt.Orientation.Horizontal else f"{section + 1:,}"


class ImportDialog(QDialog):
    """``take`` is called when a person wants the network as it was read."""

    def __init__(
        self, parent: QWidget, source: Path, imported: Imported, built: BuiltProject, take: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Import {source.name}")
        self._take = take
        self.said = as_label(told(imported))
        self.table = as_table("Parts of the file", ImportedModel(imported))
        self.notes = as_label("\n".join((*built.assumed, *built.notes)))
        self.notes.setVisible(bool(built.assumed or built.notes))
        self.open_button, cancel = QPushButton("&Open as a new project"), QPushButton("Cancel")
        self.open_button.clicked.connect(self._on_open)
        self.open_button.setDefault(True)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (cancel, self.open_button):
            buttons.addWidget(button)
        rows = QVBoxLayout(self)
        rows.setSpacing(10)
        rows.addWidget(self.said)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.notes)
        rows.addLayout(buttons)
        self.resize(860, 520)

    def _on_open(self) -> None:
        self.accept()
        self._take()


def told(imported: Imported) -> str:
    """How much of a network could be read, in sentences."""
    count = sum(node.kind not in ("input", "output") for node in imported.nodes)
    kept = sum(node.kind == PLACEHOLDER for node in imported.nodes)
    text = f"{count - kept:,} of {count:,} layers were read."
    if kept:
        text += (
            f" {kept:,} {'is' if kept == 1 else 'are'} kept as placeholders: the network runs once other "
            "layers are in their places."
        )
    return text
