"""The title of a panel, and the tabs of panels that share a place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QChildEvent, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QTabBar,
    QToolButton,
    QWidget,
)

from nnstudio.ui.live.picture import PictureButton
from nnstudio.ui.live.view import LiveView
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.tab_list import Entry, TabLists
from nnstudio.ui.widgets.theme import theme

# Side of an icon in pixels at the least, and in heights of a line.
LEAST_ICON, ICON = 13, 0.75
LARGER = "Show it large"
FLOAT = "Let it float, or put it back"


class TitleBar(QWidget):
    """The title of a panel, with a button that lets it float; that of a view has one that shows it large, and
    one for its picture. A drag moves the panel.

    Signals: large_requested().
    """

    large_requested = Signal()

    def __init__(self, dock: QDockWidget, view: Callable[[], LiveView | None] | None = None) -> None:
        """``view`` tells the view that the panel holds, None while it is not made; None for other panels."""
        super().__init__(dock)
        self.dock = dock
        self.title = ShortLabel()
        self.title.setContentsMargins(0, 0, 0, 0)
        self.title.setObjectName("docktitle")
        self.large, self.float = QToolButton(), QToolButton()
        buttons = [self.large, self.float]
        if view is not None:
            picture = PictureButton(view)
            buttons.insert(0, picture)
            # The right button of the mouse offers the same.
            self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
            self.addActions(picture.options.actions())
        self._buttons = buttons
        for button in buttons:
            button.setObjectName("tight")
            button.setAutoRaise(True)
            # Tab goes to what the panel holds; menus offer the same.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.large.clicked.connect(lambda _on=False: self.large_requested.emit())
        self.float.clicked.connect(lambda _on=False: dock.setFloating(not dock.isFloating()))
        self.large.setToolTip(LARGER)
        self.float.setToolTip(FLOAT)
        if view is None:
            # To be shown, it would have to lie in the bar first: it would be a window of its own.
            self.large.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 4, 1)
        row.setSpacing(2)
        row.addWidget(self.title, 1)
        for button in buttons:
            row.addWidget(button)
        theme.changed.connect(self._draw)
        dock.windowTitleChanged.connect(self._name)
        self._name(dock.windowTitle())
        self._draw()

    def _name(self, title: str) -> None:
        self.title.show_text(title)
        self.large.setAccessibleName(f"{title}: {LARGER}")
        self.float.setAccessibleName(f"{title}: float")

    def _draw(self) -> None:
        """In the theme's colours, as large as the window's text asks for."""
        side = max(LEAST_ICON, round(ICON * QFontMetrics(QApplication.font()).height()))
        for button in self._buttons:
            button.setIconSize(QSize(side, side))
        self.large.setIcon(icon("larger", theme.colours.muted))
        self.float.setIcon(icon("float", theme.colours.muted))


class DockTabs(QObject):
    """Keeps the titles on the tabs of a window's panels whole: tabs that have no room are in a list."""

    def __init__(
        self, window: QMainWindow, others: Callable[[QTabBar], Sequence[Entry]], about: Callable[[str], str]
    ) -> None:
        """``others``: panels that can be opened there; ``about``: what one shows, see `TabLists`."""
        super().__init__(window)
        self._lists = TabLists(window, others, about)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QChildEvent) and event.type() == QEvent.Type.ChildPolished:
            child = event.child()
            if isinstance(child, QTabBar):
                child.setElideMode(Qt.TextElideMode.ElideNone)
                child.setDrawBase(False)
                self._lists.follow(child)
        return False
