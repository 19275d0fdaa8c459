"""Weights of a file against the network: what would be loaded where, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QPushButton, QWidget

from nnkernels.spec import show_shape
from nnstudio.importing.weights import WeightMatch, WeightRow
from nnstudio.loaded_weights import target_of
from nnstudio.ui.project.report import RowsModel, as_label, as_table
from nnstudio.ui.widgets.dialog_rows import lay_out
from nnstudio.ui.widgets.dialog_size import give_size

HEADER = ("In the file", "Shape", "Loaded into", "How, or why not")
UNDO = "Training starts anew from these weights. Undo brings back the ones of now, and their curve."


class WeightRowsModel(RowsModel[WeightRow]):
    """What is missing first, each part in the order of the file."""

    def __init__(self, match: WeightMatch) -> None:
        self._match = match
        super().__init__(HEADER, sorted(match.rows, key=lambda row: not self.is_odd(row)))

    def is_odd(self, row: WeightRow) -> bool:
        return row.is_needed and not row.is_loaded

    def texts(self, row: WeightRow) -> tuple[str, ...]:
        where = target_of(self._match, row) if row.is_loaded or not row.array else "not loaded"
        return row.array or "nothing", show_shape(row.shape) if row.shape else "", where, row.text


class WeightsDialog(QDialog):
    """``load`` is called with whether to freeze, when a person wants the weights."""

    def __init__(
        self, parent: QWidget, source: Path, match: WeightMatch, load: Callable[[bool], None]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Load weights from {source.name}")
        self._load = load
        self.said = as_label(match.sentence)
        self.table = as_table("Arrays of the file, and of the network", WeightRowsModel(match))
        self.notes = as_label("\n".join([*match.notes, *([] if match.is_empty else [UNDO])]))
        self.freeze = QCheckBox("&Freeze what is loaded")
        self.freeze.setToolTip("Layers that are loaded whole keep these weights while the others learn.")
        self.load_button, cancel = QPushButton("Load"), QPushButton("Cancel")
        self.load_button.clicked.connect(self._on_load)
        cancel.clicked.connect(self.reject)
        for widget in (self.freeze, self.load_button):
            widget.setEnabled(not match.is_empty)
        (cancel if match.is_empty else self.load_button).setDefault(True)
        lay_out(self, (self.said, self.table, self.notes), (cancel, self.load_button), self.freeze)
        give_size(self, 860, 520)

    def _on_load(self) -> None:
        self.accept()
        self._load(self.freeze.isChecked())
