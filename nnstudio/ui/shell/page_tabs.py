"""Tabs above the middle of the window: the network on its canvas, the data, the runs, the sweeps."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget


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
