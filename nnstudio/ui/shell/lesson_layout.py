"""The arrangement of the window's panels for a lesson: its text on the left, as high as the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QDockWidget, QWidget

from nnstudio.ui.shell.arrangement import (
    ACROSS,
    BESIDE,
    BESIDE_LEFT,
    BOTTOM,
    DOWN,
    LEFT,
    Arrangement,
    Room,
)
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.title_bar import TitleBar

# Width of the text in mean letters, which is no more than a share of the window.
LETTERS, SHARE = 58, 0.34
# Share of the window's height that views get.
BELOW = 0.36
IN_LEFT = {name for tabs in BESIDE_LEFT for name in tabs}


class LessonLayout:
    """Holds the panel of lessons, hidden while there is none."""

    def __init__(self, docks: Docks, panel: QWidget) -> None:
        self.docks, self.window = docks, docks.window
        self.dock = QDockWidget("Lesson", self.window)
        self.dock.setObjectName("dock lesson")
        # It is closed by leaving the lesson.
        self.dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable
            | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        )
        self.dock.setWidget(panel)
        self.dock.setTitleBarWidget(TitleBar(self.dock))
        self.window.addDockWidget(LEFT, self.dock)
        self.dock.hide()
        # Panels beside the canvas that come and go with the steps.
        self._passing: list[str] = []
        # Of the text, in pixels.
        self._width = 0

    def begin(self, forward: Sequence[str], mentioned: Sequence[str]) -> None:
        """Show just the panels that are put ``forward`` and those that are ``mentioned``, the text beside
        them.
        """
        docks, room = self.docks, Room.of(self.window)
        docks.lend()
        width = round(min(LETTERS * room.letter, SHARE * room.width))
        named = [name for name in dict.fromkeys((*forward, *mentioned)) if name in docks]
        views = tuple(name for name in named if name in docks.views.factories)
        docks.kept = set(views)
        docks.arrange(Arrangement("Lesson", "", tuple(named), views, BELOW if views else 0.0, width))
        self._width = width
        self._put_left(width, [name for name in named if name in IN_LEFT])
        self._passing = [name for name in named if name in BESIDE and name not in forward]
        for name in reversed([name for name in forward if name in docks]):
            docks.show(name)

    def _put_left(self, width: int, beside: list[str]) -> None:
        window, docks = self.window, self.docks
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        window.addDockWidget(LEFT, self.dock)
        self.dock.setFloating(False)
        self.dock.show()
        before = self.dock
        for name in beside:
            direction = ACROSS if before is self.dock else DOWN
            window.splitDockWidget(before, docks[name], direction)
            before = docks[name]
        window.resizeDocks([self.dock], [width], ACROSS)

    def follow_step(self, needed: Sequence[str]) -> bool:
        """Show those beside the canvas only while a step needs them: they take its room. Returns whether any
        came or went.
        """
        moved = [name for name in self._passing if self.docks[name].isHidden() == (name in needed)]
        for name in moved:
            self.docks[name].setVisible(name in needed)
        if moved:
            # Qt would give the text the room of those that went.
            beside = [name for name in self._passing if name in IN_LEFT and name in needed]
            sizes = [self._width, *(Room.of(self.window).left for _ in beside)]
            QCoreApplication.sendPostedEvents(self.window, QEvent.Type.LayoutRequest)
            self.window.resizeDocks([self.dock, *(self.docks[name] for name in beside)], sizes, ACROSS)
        return bool(moved)

    def end(self) -> None:
        """Everything where it stood before."""
        self.dock.hide()
        self.window.setCorner(Qt.Corner.BottomLeftCorner, BOTTOM)
        self.docks.kept = set()
        self.docks.take_back()
        # An arrangement that was kept before there were lessons does not know it.
        self.dock.hide()
