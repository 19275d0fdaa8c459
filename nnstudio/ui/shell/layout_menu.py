"""The menu of layouts: choose one, keep the present one, take back a change."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from nnstudio.ui.shell.arrangement import SHIPPED, Arrangement
from nnstudio.ui.shell.layout_dialogs import KeepDialog, ManageDialog
from nnstudio.ui.shell.layouts import Layouts
from nnstudio.ui.widgets.plain_text import on_button

UNDO, REDO = "Undo the last change of the &layout", "Redo the change of the la&yout"


class LayoutMenu(QObject):
    """Actions on layouts.

    Attributes:
        menu: shipped layouts and a person's own, and what takes changes back.
        actions: by name, those that can have keys.
    """

    def __init__(self, window: QMainWindow, layouts: Layouts, reset: QAction) -> None:
        """``reset`` is the action that puts all panels back."""
        super().__init__(window)
        self.window, self.layouts = window, layouts
        self.menu = QMenu("&Layouts", window)
        self.menu.setToolTipsVisible(True)
        self.actions: dict[str, QAction] = {}
        self._shipped: list[tuple[QAction, Arrangement]] = []
        for arrangement in SHIPPED:
            action = self._add(f"layout {arrangement.title.lower()}", arrangement.title)
            action.setToolTip(arrangement.help)
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose, arrangement))
            self.menu.addAction(action)
            self._shipped.append((action, arrangement))
        self._below = self.menu.addSeparator()
        self.keep = self._add("keep layout", "&Save the present layout…")
        self.keep.triggered.connect(lambda: KeepDialog(self.layouts, self.window).open())
        self.manage = self._add("manage layouts", "&Rename or delete…")
        self.manage.triggered.connect(lambda: ManageDialog(self.layouts, self.window).open())
        self.menu.addActions([self.keep, self.manage])
        self.undo, self.redo = self._add("undo layout", UNDO), self._add("redo layout", REDO)
        self.undo.setShortcut("Ctrl+Alt+Z")
        self.redo.setShortcut("Ctrl+Alt+Shift+Z")
        self.undo.triggered.connect(layouts.steps.undo)
        self.redo.triggered.connect(layouts.steps.redo)
        self.menu.addSeparator()
        self.menu.addActions([self.undo, self.redo, reset])
        self._own: list[QAction] = []
        self.menu.aboutToShow.connect(self._tick)
        layouts.changed.connect(self._fill)
        layouts.steps.changed.connect(self._offer_steps)
        self._fill()
        self._offer_steps()

    def _add(self, name: str, title: str) -> QAction:
        action = self.actions[name] = QAction(title, self.window)
        return action

    def _choose(self, arrangement: Arrangement, _checked: bool = False) -> None:
        self.layouts.choose(arrangement)

    def _fill(self) -> None:
        for action in self._own:
            self.menu.removeAction(action)
            action.deleteLater()
        own = list(self.layouts.own)
        self._own = [QAction(on_button(name), self.menu) for name in own]
        for name, action in zip(own, self._own, strict=True):
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(partial(self._choose_own, name))
        if self._own:
            line = QAction(self.menu)
            line.setSeparator(True)
            self._own.insert(0, line)
        self.menu.insertActions(self._below, self._own)
        self.manage.setEnabled(bool(own))

    def _tick(self) -> None:
        """Mark the layout that the window has; none where a person changed something in it since."""
        now = self.layouts.steps.moment()
        for action, arrangement in self._shipped:
            action.setChecked(arrangement is now.arrangement)
        for action in self._own:
            if (name := action.data()) is not None:
                kept = self.layouts.own[name]
                same = (kept.state, kept.withheld) == (now.state, now.withheld)
                action.setChecked(same and now.arrangement is None)

    def _choose_own(self, name: str, _checked: bool = False) -> None:
        self.layouts.choose_own(name)

    def _offer_steps(self) -> None:
        self.undo.setEnabled(self.layouts.steps.can_undo)
        self.redo.setEnabled(self.layouts.steps.can_redo)
