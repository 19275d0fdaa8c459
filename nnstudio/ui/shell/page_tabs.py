"""Tabs above the middle of the window: the network on its canvas, the data, the runs, the sweeps."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QWidget


class PageTabs(QTabBar):
    """Shows one of several pages of a stack; hidden while the stack shows another one."""

    def __init__(self, pages: QStackedWidget, named: dict[str, QWidget]) -> None:
        super().__init__()
        self.setAccessibleName("Pages")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.pages, self._named = pages, named
        for name in named:
            self.addTab(name)
        self.currentChanged.connect(lambda at: pages.setCurrentWidget(list(named.values())[at]))
        pages.currentChanged.connect(lambda _at: self._follow())
        self._follow()

    def note(self, page: QWidget, text: str) -> None:
        """Write something behind the name of a page, "" for nothing."""
        at = list(self._named.values()).index(page)
        self.setTabText(at, f"{list(self._named)[at]} {text}".strip())

    def _follow(self) -> None:
        shown = self.pages.currentWidget()
        widgets = list(self._named.values())
        self.setVisible(shown in widgets)
        if shown in widgets:
            with QSignalBlocker(self):
                self.setCurrentIndex(widgets.index(shown))


class TabRow(QWidget):
    """Tabs that stay where they are in the window when the panels beside them go: a second click at the same
    spot is on the same tab.
    """

    def __init__(self, tabs: PageTabs) -> None:
        super().__init__()
        self._before = 0
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(tabs, 1)

    def keep(self, without_panels: bool, are_gone: bool) -> None:
        """Stand where the tabs stood on a page ``without_panels``, else at the edge of the page;
        ``are_gone``: there are no panels beside them already.
        """
        if without_panels and not are_gone:
            self._before = self.mapTo(self.window(), QPoint()).x()
        self._row.setContentsMargins(self._before if without_panels else 0, 0, 0, 0)
