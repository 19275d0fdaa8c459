"""What became of each part of a network of another program, before it is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from nnkernels.spec import PLACEHOLDER, layers
from nnstudio.from_network import BuiltProject
from nnstudio.importing.importer import Imported, Row
from nnstudio.ui.project.report import RowsModel, as_label, as_table
from nnstudio.ui.widgets.dialog_rows import lay_out
from nnstudio.ui.widgets.dialog_size import give_size

HEADER = ("In the file", "Kind", "Imported as", "What was done")


class ImportedModel(RowsModel[Row]):
    """What is another than in the file first, each part in the order of the file."""

    def __init__(self, imported: Imported) -> None:
        self._kinds = {node.name: node.kind for node in imported.nodes}
        super().__init__(HEADER, sorted(imported.rows, key=lambda row: not self.is_odd(row)))

    def is_odd(self, row: Row) -> bool:
        """Whether a person should look at it: a placeholder, a change, a guess."""
        return self._kinds.get(row.layer) == PLACEHOLDER or row.is_changed or row.is_assumed

    def texts(self, row: Row) -> tuple[str, ...]:
        kind = self._kinds.get(row.layer, "")
        return row.name, row.kind, f"{row.layer} ({layers[kind].title})" if kind else "nothing", row.text


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
        lay_out(self, (self.said, self.table, self.notes), (cancel, self.open_button))
        give_size(self, 860, 520)

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
