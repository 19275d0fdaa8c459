"""The line in the status bar that says under which name an earlier run was kept, and leads there."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from nnstudio.model.quantity import counted
from nnstudio.runs.record import RunRecord
from nnstudio.ui.widgets.plain_text import PlainLabel

MOST_LETTERS = 40
# By then it was read, or is not wanted.
SECONDS = 60


class KeptNote(QWidget):
    """Hidden until a run was kept. Request: show_requested(id)."""

    show_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.text, self.button = PlainLabel(), QPushButton("Show")
        self.text.setObjectName("muted")
        self.button.setObjectName("link")
        self.button.setToolTip("Show the run among all that were kept")
        self.button.setAccessibleName("Show the run that was kept")
        self._run = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        for widget in (self.text, self.button):
            row.addWidget(widget)
        self._going = QTimer(self, singleShot=True, interval=SECONDS * 1000)
        self._going.timeout.connect(self.hide)
        self.button.clicked.connect(self._ask)
        self.hide()

    def tell(self, record: RunRecord) -> None:
        """Say that this run was kept."""
        self._run = record.id
        # The bar must not become wider than the window.
        name = record.name if len(record.name) <= MOST_LETTERS else f"{record.name[: MOST_LETTERS - 1]}…"
        what = counted(record.epochs, "epoch") if record.epochs else counted(record.steps, "step")
        self.text.setText(f"Kept as run “{name}”, {what}.")
        self.show()
        self._going.start()

    def _ask(self) -> None:
        self.hide()
        self.show_requested.emit(self._run)
