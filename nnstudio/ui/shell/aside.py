"""All panels go aside for a page that needs none of them, and come back exactly as they stood."""

from __future__ import annotations

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QDockWidget, QMainWindow


class Aside:
    """Hides the panels of a window and puts them back; floating ones, too."""

    def __init__(self, window: QMainWindow) -> None:
        self.window = window
        self._state: QByteArray | None = None

    @property
    def is_on(self) -> bool:
        """Whether the panels are aside."""
        return self._state is not None

    def state(self) -> QByteArray:
        """The arrangement of the panels, as they will come back if they are aside."""
        return self.window.saveState() if self._state is None else self._state

    def begin(self) -> None:
        """Hide all panels."""
        if self.is_on:
            return
        self._state = self.window.saveState()
        for dock in self.window.findChildren(QDockWidget):
            dock.hide()

    def end(self) -> bool:
        """Put them back; whether they were aside."""
        if self._state is None:
            return False
        state, self._state = self._state, None
        self.window.restoreState(state)
        return True
