"""A live view over the whole page: how it comes there, and which page comes back after it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from nnstudio.ui.lessons.pointing import Pointing
from nnstudio.ui.live.views import Views
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.stage import Stage


class LargeView:
    """``returns`` are the pages of which the one that was seen comes back, the first of them at first;
    ``lit`` is what a lesson points at."""

    def __init__(
        self, window: QMainWindow, pages: QStackedWidget, stage: Stage, docks: Docks, views: Views,
        returns: Sequence[QWidget], lit: Pointing,
    ) -> None:  # fmt: skip
        self.window, self.pages, self.stage = window, pages, stage
        self.docks, self.views = docks, views
        self._returns, self._before, self._lit = returns, returns[0], lit

    @property
    def is_on(self) -> bool:
        return self.pages.currentWidget() is self.stage

    def show(self, name: str) -> None:
        """Show a view over the whole page, the others beside it as small pictures."""
        if self.stage.show_view(name):
            self._before = next((p for p in self._returns if p is self.pages.currentWidget()), self._before)
            self.pages.setCurrentWidget(self.stage)
            self.stage.back.setFocus()

    def show_any(self) -> None:
        """Show the view that has the focus, else one that a lesson points at, else the one that was last."""
        focus, views = self.window.focusWidget(), self.views
        within = [name for name in views if focus and self.docks[name].isAncestorOf(focus)]
        pointed = [name for name in self._lit.panels if name in views]
        for name in (*within, *pointed, self.stage.name, *views):
            if name:
                self.show(name)
                if self.stage.shows(name):
                    return

    def leave(self) -> None:
        """Back to the page before."""
        self.pages.setCurrentWidget(self._before)
        self._before.setFocus()
