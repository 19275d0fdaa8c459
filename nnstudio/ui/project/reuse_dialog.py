"""Layers of a trained network: which come over, and what becomes of each, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QPushButton, QWidget

from nnstudio.reuse import LentLayer, Reuse
from nnstudio.ui.project.report import ROLE, Index, RowsModel, as_label, as_table
from nnstudio.ui.widgets.dialog_rows import lay_out
from nnstudio.ui.widgets.dialog_size import give_size

HEADER = ("Layer", "Kind", "Weights", "What becomes of it")
UNDO = "It takes the place of the network of now. Undo brings that back, and what it learned."
FREEZE_TIP = (
    "What comes over keeps its weights while the rest learns. To let a layer learn later, select it, and "
    "choose Edit > Grow or prune what is trained > Freeze the layer, or let it learn again."
)


class LayersModel(RowsModel[LentLayer]):
    """A layer in each row, to be ticked where it fits.

    Signal: chosen() when a person ticks something.
    """

    chosen = Signal()

    def __init__(self, reuse: Reuse) -> None:
        super().__init__(HEADER, reuse.layers)
        self.taken = set(reuse.usual)

    def is_odd(self, row: LentLayer) -> bool:
        return not row.fits or (row.node in self.taken and bool(row.change))

    def texts(self, row: LentLayer) -> tuple[str, ...]:
        return row.name, row.kind, f"{row.weights:,}", row.told(row.node in self.taken)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        can_come = index.column() == 0 and self.rows[index.row()].fits
        return flags | Qt.ItemFlag.ItemIsUserCheckable if can_come else flags

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        if role == ROLE.CheckStateRole and index.column() == 0:
            is_taken = self.rows[index.row()].node in self.taken
            return Qt.CheckState.Checked if is_taken else Qt.CheckState.Unchecked
        if role == ROLE.TextAlignmentRole and index.column() == 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = ROLE.EditRole) -> bool:
        row = self.rows[index.row()]
        if role != ROLE.CheckStateRole or index.column() != 0 or not row.fits:
            return False
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self.taken.add(row.node)
        else:
            self.taken.discard(row.node)
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), len(HEADER) - 1))
        self.chosen.emit()
        return True


class ReuseDialog(QDialog):
    """``take(layers, freeze)`` is called when a person wants the network."""

    def __init__(self, parent: QWidget, reuse: Reuse, take: Callable[[tuple[str, ...], bool], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Reuse layers of {reuse.lender.name}")
        self._reuse, self._take = reuse, take
        self.model = LayersModel(reuse)
        self.said, self.notes = as_label(""), as_label("\n".join([*reuse.notes, UNDO]))
        self.table = as_table("Layers with weights", self.model)
        self.freeze = QCheckBox("&Freeze what comes over")
        self.freeze.setChecked(True)
        self.freeze.setToolTip(FREEZE_TIP)
        self.reuse_button, cancel = QPushButton("&Reuse"), QPushButton("Cancel")
        (self.reuse_button if reuse.layers else cancel).setDefault(True)
        self.reuse_button.clicked.connect(self._on_reuse)
        cancel.clicked.connect(self.reject)
        self.model.chosen.connect(self._tell)
        lay_out(self, (self.said, self.table, self.notes), (cancel, self.reuse_button), self.freeze)
        give_size(self, 780, 460)
        self._tell()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The layers that are ticked, in the order of computation."""
        return tuple(layer.node for layer in self._reuse.layers if layer.node in self.model.taken)

    def _tell(self) -> None:
        self.said.setText(self._reuse.sentence(self.chosen))
        for widget in (self.freeze, self.reuse_button):
            widget.setEnabled(bool(self.chosen))

    def _on_reuse(self) -> None:
        chosen = self.chosen
        self.accept()
        self._take(chosen, self.freeze.isChecked())
