"""The bar that says which runs were deleted, and brings them back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from nnstudio.runs.record import RunRecord
from nnstudio.ui.widgets.message_bar import MessageBar
from nnstudio.ui.widgets.question import agrees

TOLD = "{} deleted. Undo brings {} back until this window is closed. Only then is the room free again."
BACK = "Undo brings this back until the window is closed."
MORE = " Undo again brings back what was deleted before."


def are_to_go(parent: QWidget, runs: Sequence[RunRecord]) -> bool:
    """Ask whether runs are to be deleted."""
    what = f"“{runs[0].name}”" if len(runs) == 1 else f"These {len(runs):,} runs"
    pinned = sum(run.is_pinned for run in runs)
    told = "" if not pinned else " It is pinned." if len(runs) == 1 else f" {pinned:,} of them are pinned."
    question = f"{what} will be deleted, with curve, weights and notes.{told} {BACK}"
    return agrees(parent, "Delete runs?", question, "Delete")


class DeletedBar(MessageBar):
    """Hidden until runs were deleted. Requests: undo_requested(runs) of those that were deleted last, and
    erase_requested(ids) of all.
    """

    undo_requested = Signal(object)
    erase_requested = Signal(object)

    def __init__(self) -> None:
        self.undo, self.erase = QPushButton("Undo"), QPushButton("Free the room now")
        super().__init__(self.undo, self.erase)
        self.text.setAccessibleName("What was deleted")
        self.undo.setToolTip("Bring them back with curves, weights, notes and tags (Ctrl+Z)")
        self.erase.setToolTip("Delete them for good")
        self.undo.clicked.connect(self.ask_undo)
        self.erase.clicked.connect(self.ask_erase)
        # What was deleted together, the latest last.
        self._deleted: list[tuple[RunRecord, ...]] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is something to bring back."""
        return bool(self._deleted)

    def note(self, runs: Sequence[RunRecord]) -> None:
        """These were deleted, and can be brought back."""
        self._deleted.append(tuple(runs))
        self._tell()

    def ask_undo(self) -> None:
        """Ask for what was deleted last."""
        if self._deleted:
            runs = self._deleted.pop()
            self._tell()
            self.undo_requested.emit(runs)

    def ask_erase(self) -> None:
        """Ask for the end of all of it."""
        ids = [run.id for runs in self._deleted for run in runs]
        self._deleted.clear()
        self._tell()
        if ids:
            self.erase_requested.emit(ids)

    def _tell(self) -> None:
        self.setVisible(bool(self._deleted))
        if self._deleted:
            runs = self._deleted[-1]
            is_one = len(runs) == 1
            what = f"“{runs[0].name}” was" if is_one else f"{len(runs):,} runs were"
            more = MORE if len(self._deleted) > 1 else ""
            self.text.setText(TOLD.format(what, "it" if is_one else "them") + more)
