"""The buttons above the table of runs: what can be done with those that are selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QPushButton

from nnstudio.runs.record import RunRecord

COMPARE_ONE = "Draw this run and the open network beside each other; select two runs to compare those"
COMPARE_TWO = "Draw both runs beside each other: what differs, by how much, and where they disagree"


class RunButtons(QHBoxLayout):
    """Buttons in a row, each pressed where it does something with what is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(8)
        self.open, self.compare = QPushButton("Open"), QPushButton("Compare on the canvas…")
        self.pin, self.remove = QPushButton("Pin"), QPushButton("Delete…")
        self.open.setObjectName("primary")
        self.open.setToolTip("Open the run with its weights as a project (Enter); Undo returns to this one")
        self.pin.setToolTip("A pinned run is never deleted to make room for others")
        self.remove.setToolTip("Delete the selected runs (Del)")
        for button in (self.open, self.compare, self.pin, self.remove):
            button.setAutoDefault(False)
            self.addWidget(button)

    def lead_to(self, *slots: Callable[[], object]) -> None:
        """What to do for open, compare, pin and delete."""
        buttons = (self.open, self.compare, self.pin, self.remove)
        for button, slot in zip(buttons, slots, strict=True):
            button.clicked.connect(lambda _on=False, slot=slot: slot())

    def show_selection(self, runs: Sequence[RunRecord]) -> None:
        """Let those be pressed that do something with these runs."""
        self.open.setEnabled(len(runs) == 1)
        self.compare.setEnabled(len(runs) in (1, 2))
        self.compare.setToolTip(COMPARE_TWO if len(runs) == 2 else COMPARE_ONE)
        self.pin.setEnabled(bool(runs))
        self.pin.setText("Unpin" if runs and all(run.is_pinned for run in runs) else "Pin")
        self.remove.setEnabled(bool(runs))
