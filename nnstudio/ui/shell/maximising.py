"""One view over the whole window, and back as it was."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QToolButton, QWidget

from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

ICON = QSize(13, 13)
LARGER, BACK = "Show it over the whole window", "Back to all panels (Esc)"


class TitleBar(QWidget):
    """The title of a view's panel, with a button that makes it as large as the window, and one that lets it
    float. A drag moves the panel, as with any title.

    Signals: maximise_requested().
    """

    maximise_requested = Signal()

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.dock = dock
        self.setObjectName("viewtitle")
        title = PlainLabel(dock.windowTitle())
        # As Qt writes the titles of the other panels.
        title.setStyleSheet("font-weight: 600")
        self.maximise, self.float = QToolButton(), QToolButton()
        for button in (self.maximise, self.float):
            button.setAutoRaise(True)
            button.setIconSize(ICON)
            # Tab goes to what the view holds.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.maximise.clicked.connect(lambda _on=False: self.maximise_requested.emit())
        self.float.clicked.connect(lambda _on=False: dock.setFloating(not dock.isFloating()))
        self.float.setToolTip("Let it float, or put it back")
        self.float.setAccessibleName(f"{dock.windowTitle()}: float")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 4, 1)
        row.setSpacing(0)
        row.addWidget(title, 1)
        row.addWidget(self.maximise)
        row.addWidget(self.float)
        theme.changed.connect(self._draw)
        self.show_maximised(False)

    def show_maximised(self, is_maximised: bool) -> None:
        """Let the button say what it does now."""
        self._is_maximised = is_maximised
        told = BACK if is_maximised else LARGER
        self.maximise.setToolTip(told)
        self.maximise.setAccessibleName(f"{self.dock.windowTitle()}: {told}")
        self._draw()

    def _draw(self) -> None:
        colour = theme.colours.muted
        self.maximise.setIcon(icon("smaller" if self._is_maximised else "larger", colour))
        self.float.setIcon(icon("float", colour))


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

    def add_title(self, dock: QDockWidget) -> None:
        """Give a panel a title bar with the button."""
        bar = TitleBar(dock)
        dock.setTitleBarWidget(bar)
        bar.maximise_requested.connect(lambda: self.toggle(dock))

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
        middle, bar = self.window.centralWidget(), dock.titleBarWidget()
        if middle is not None:
            middle.setVisible(not is_maximised)
        assert isinstance(bar, TitleBar)
        bar.show_maximised(is_maximised)
