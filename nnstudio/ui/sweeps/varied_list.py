"""All that is varied, below each other, and a button that adds one more."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nnstudio.sweep.options import Variable
from nnstudio.ui.sweeps.varied_row import VariedRow

# What is varied first.
USUAL = "learning_rate"


class VariedList(QWidget):
    """Signal: changed()."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[VariedRow] = []
        self._variables: Sequence[Variable] = ()
        self._has_grid = True
        # What was proposed before a person chose anything.
        self._proposed: tuple[str, ...] = ()
        self.add = QPushButton("+ Vary something else")
        self.add.setObjectName("link")
        self.add.setToolTip("Vary one more option at the same time")
        self.add.clicked.connect(lambda _on=False: self._add_next())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self._layout.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)

    def offer(self, variables: Sequence[Variable]) -> None:
        """What can be varied in the project that is open now; what it does not have is varied no longer."""
        self._variables = variables
        names = {variable.name for variable in variables}
        for row in list(self.rows):
            if row.variable is not None and row.variable.name not in names:
                self._drop(row)
            else:
                row.offer(variables)
        if not self.rows and variables:
            self._add(USUAL if USUAL in names else variables[0].name)
            self._proposed = self.texts

    def vary(self, name: str) -> None:
        """Vary an option, unless it is varied already; in the place of what was only proposed."""
        if any(row.variable is not None and row.variable.name == name for row in self.rows):
            return
        if self.texts == self._proposed:
            for row in list(self.rows):
                self._drop(row)
        self._add(name)

    def _add(self, name: str) -> None:
        row = VariedRow()
        row.show_grid(self._has_grid)
        row.offer(self._variables)
        row.choose(name)
        row.changed.connect(self.changed)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._layout.insertWidget(len(self.rows) - 1, row)
        # At once: Tab passes over what the layout would show only later.
        row.show()
        self.changed.emit()

    def _add_next(self) -> None:
        """The first option that is not varied yet."""
        varied = {row.variable.name for row in self.rows if row.variable is not None}
        name = next((v.name for v in self._variables if v.name not in varied), None)
        if name is not None:
            self._add(name)
            self.rows[-1].name.setFocus()

    def _remove(self, row: VariedRow) -> None:
        self._drop(row)
        self.changed.emit()

    def _drop(self, row: VariedRow) -> None:
        self.rows.remove(row)
        self._layout.removeWidget(row)
        row.hide()
        row.deleteLater()

    def show_grid(self, has_grid: bool) -> None:
        """See `VariedRow.show_grid`."""
        self._has_grid = has_grid
        for row in self.rows:
            row.show_grid(has_grid)

    @property
    def texts(self) -> tuple[str, ...]:
        """See `VariedRow.text`."""
        return tuple(row.text for row in self.rows)

    @property
    def problem(self) -> str:
        """What is missing, "" where nothing is."""
        return next((row.problem for row in self.rows if row.problem), "")
