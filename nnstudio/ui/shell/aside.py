"""All panels go aside for a page that needs none of them, and come back exactly as they stood."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QDockWidget, QMainWindow


class Aside:
    """Hides the panels of a window and puts them back; floating ones, too."""

    def __init__(self, window: QMainWindow) -> None:
        self.window = window
        self._state: QByteArray | None = None
        self._first: Callable[[], None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether the panels are aside."""
        return self._state is not None or self.waits

    @property
    def waits(self) -> bool:
        """Whether the panels stand nowhere yet."""
        return self._first is not None

    def begin_without(self, put: Callable[[], None]) -> None:
        """Panels are aside before they stood anywhere: ``put`` lets them stand when they come for the first
        time. In a window that is seen that takes as long as making them all.
        """
        self._first = put

    def settle(self) -> None:
        """Let them stand, and go aside again: somebody asks how they do, or for one of them."""
        if self.waits:
            self.end()
            self.begin()

    def state(self) -> QByteArray:
        """The arrangement of the panels, as they will come back if they are aside."""
        self.settle()
        return self.window.saveState() if self._state is None else self._state

    def begin(self) -> None:
        """Hide all panels."""
        if self.is_on:
            return
        self._state = self.window.saveState()
        for dock in self.window.findChildren(QDockWidget):
            dock.hide()

    def replace(self, state: QByteArray) -> None:
        """Let them come back in another arrangement."""
        self._state = state

    def end(self) -> bool:
        """Put them back; whether they were aside."""
        if self._first is not None:
            put, self._first = self._first, None
            put()
            return True
        if self._state is None:
            return False
        state, self._state = self._state, None
        self.window.restoreState(state)
        return True
