"""The button with three dots: what of a view is seldom changed, in a menu."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton


class OptionsButton(QToolButton):
    """Opens ``options`` at a click."""

    def __init__(self, name: str, tip: str) -> None:
        """``name`` is for screen readers."""
        super().__init__()
        self.setText("⋯")
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.options = QMenu(self)
        self.options.setToolTipsVisible(True)
        self.setMenu(self.options)

    def add_switch(self, title: str, on: bool, tip: str = "") -> QAction:
        """An entry that is on or off."""
        action = self.options.addAction(title)
        action.setCheckable(True)
        action.setChecked(on)
        # Qt would show the title again.
        action.setToolTip(tip or title)
        return action
