"""One view over the whole window, and back as it was."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDockWidget, QMainWindow


class Maximising(QObject):
    """At most one panel is as large as the window; toolbar and status bar stay."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.dock: QDockWidget | None = None
        self._state = QByteArray()
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), window)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.end)

    def toggle(self, dock: QDockWidget) -> None:
        """Make a panel as large as the window, or end that."""
        was = self.dock
        self.end()
        if was is dock:
            return
        self._state = self.window.saveState()
        dock.setFloating(False)
        for other in self.window.findChildren(QDockWidget):
            # One that floats is no part of the window.
            if other is not dock and not other.isFloating():
                other.hide()
        self._show(dock, True)

    def end(self) -> None:
        """Everything where it stood before."""
        if self.dock is not None:
            self._show(self.dock, False)
            self.window.restoreState(self._state)

    def _show(self, dock: QDockWidget, is_maximised: bool) -> None:
        self.dock = dock if is_maximised else None
        self._escape.setEnabled(is_maximised)
        middle = self.window.centralWidget()
        if middle is not None:
            middle.setVisible(not is_maximised)
