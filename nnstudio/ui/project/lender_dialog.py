"""Whose layers are reused: what a person trained, by name, or a file; and what will happen then."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QPushButton, QWidget

from nnstudio.ui.project.lenders import Candidate
from nnstudio.ui.project.report import as_label
from nnstudio.ui.widgets.dialog_rows import lay_out
from nnstudio.ui.widgets.dialog_size import give_size

WHAT = (
    "Layers that learned elsewhere come into this project: their weights are copied, and the last layer "
    "begins anew for the data here. First you see which layers fit. Nothing changes until you press Reuse "
    "there, and Undo takes it back."
)
NONE = "Nothing that you trained was found: no project that was open lately, no lesson, no kept run."


class LenderDialog(QDialog):
    """``choose(candidate)`` is called with the one that a person chooses, ``browse()`` for a file."""

    def __init__(
        self,
        parent: QWidget,
        candidates: Sequence[Candidate],
        choose: Callable[[Candidate], None],
        browse: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Reuse layers of a trained network")
        self._candidates, self._choose, self._browse = candidates, choose, browse
        self.list = QListWidget()
        self.list.setAccessibleName("Trained networks")
        self.list.setSpacing(2)
        for candidate in candidates:
            self.list.addItem(QListWidgetItem(f"{candidate.title}\n{candidate.detail}"))
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(lambda _item: self._on_choose())
        self.list.setVisible(bool(candidates))
        self.show_layers, self.file = QPushButton("&Show its layers"), QPushButton("Another &file…")
        cancel = QPushButton("Cancel")
        self.show_layers.setEnabled(bool(candidates))
        (self.show_layers if candidates else self.file).setDefault(True)
        self.show_layers.clicked.connect(lambda _on=False: self._on_choose())
        self.file.clicked.connect(lambda _on=False: self._on_file())
        cancel.clicked.connect(self.reject)
        said = [as_label(text) for text in ((WHAT,) if candidates else (WHAT, NONE))]
        column = lay_out(self, (*said, self.list), (cancel, self.show_layers), self.file)
        if not candidates:
            # The list, which is hidden, takes no height.
            column.insertStretch(len(said), 1)
        give_size(self, 620, 440)

    def _on_choose(self) -> None:
        chosen = self._candidates[self.list.currentRow()]
        self.accept()
        self._choose(chosen)

    def _on_file(self) -> None:
        self.accept()
        self._browse()
