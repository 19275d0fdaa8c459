"""The list of a lesson's steps, below what is said of the lesson as a whole; steps come, go and move."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from nnstudio.lessons.draft import new_step

ABOUT = "About the lesson"
UNTITLED = "Without a title"


class StepList(QWidget):
    """Edits a list of steps. Signals: chosen(number), 0 for the lesson as a whole; changed(); removed(title,
    list, index, step).
    """

    chosen = Signal(int)
    changed = Signal()
    removed = Signal(str, object, int, object)

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[dict[str, Any]] = []
        self._faulty: set[int] = set()
        self.list = QListWidget()
        self.list.setAccessibleName("Steps")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._on_row)
        self.add, self.copy = QPushButton("Add a step"), QPushButton("Duplicate")
        self.up, self.down, self.remove = QPushButton("Up"), QPushButton("Down"), QPushButton("Remove")
        rows, grid = QVBoxLayout(self), QGridLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.list, 1)
        grid.addWidget(self.add, 0, 0, 1, 3)
        grid.addWidget(self.copy, 0, 3, 1, 3)
        for at, button in enumerate((self.up, self.down, self.remove)):
            grid.addWidget(button, 1, 2 * at, 1, 2)
        rows.addLayout(grid)
        for button, slot in (
            (self.add, self._add), (self.copy, self._copy), (self.up, lambda: self._move(-1)),
            (self.down, lambda: self._move(1)), (self.remove, self._remove),
        ):  # fmt: skip
            button.setAutoDefault(False)
            button.clicked.connect(lambda _on=False, s=slot: s())

    @property
    def number(self) -> int:
        """The chosen step, counted from one; 0 for the lesson as a whole."""
        return max(self.list.currentRow(), 0)

    def show_steps(self, steps: list[dict[str, Any]], number: int) -> None:
        """Edit these steps from now on, this one first."""
        self.steps = steps
        self.refresh(number)

    def refresh(self, number: int) -> None:
        """Show the steps as they are now, and choose one."""
        number = min(number, len(self.steps))
        with QSignalBlocker(self.list):
            self.list.clear()
            self.list.addItems([ABOUT, *("" for _ in self.steps)])
            self.list.setCurrentRow(number)
        self.name_steps()
        self._on_row(number)

    def name_steps(self) -> None:
        """Show the titles as they are now."""
        for at, step in enumerate(self.steps, 1):
            title = f"{at}. {step.get('title') or UNTITLED}"
            self.list.item(at).setText(f"{title}  ⚠" if at in self._faulty else title)
        self.list.item(0).setText(f"{ABOUT}  ⚠" if 0 in self._faulty else ABOUT)

    def mark(self, faulty: set[int]) -> None:
        """Mark those with faults."""
        self._faulty = faulty
        self.name_steps()

    def choose(self, number: int) -> None:
        """Choose a step, as a click on it does."""
        self.list.setCurrentRow(number)

    def _on_row(self, number: int) -> None:
        self.copy.setEnabled(number > 0)
        self.up.setEnabled(number > 1)
        self.down.setEnabled(0 < number < len(self.steps))
        self.remove.setEnabled(number > 0)
        if number >= 0:
            self.chosen.emit(number)

    def _edited(self, number: int) -> None:
        # What was marked stood elsewhere.
        self._faulty = set()
        self.refresh(number)
        self.changed.emit()

    def _add(self) -> None:
        at = self.number or len(self.steps)
        self.steps.insert(at, new_step(len(self.steps) + 1))
        self._edited(at + 1)

    def _copy(self) -> None:
        at = self.number
        self.steps.insert(at, deepcopy(self.steps[at - 1]))
        self._edited(at + 1)

    def _move(self, by: int) -> None:
        at = self.number - 1
        self.steps.insert(at + by, self.steps.pop(at))
        self._edited(at + 1 + by)

    def _remove(self) -> None:
        at = self.number - 1
        step = self.steps.pop(at)
        self._edited(max(at, min(1, len(self.steps))))
        self.removed.emit(f"Step {at + 1} was removed.", self.steps, at, step)
