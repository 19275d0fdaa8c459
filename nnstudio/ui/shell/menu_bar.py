"""The titles of the menus, which are seen before anything is in them."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QMenuBar

TITLES = ("&File", "&Edit", "&View", "&Go", "&Arrange", "&Run", "&Help")


def add_titles(bar: QMenuBar) -> None:
    """Add a menu for each title."""
    for title in TITLES:
        bar.addMenu(title)


def menu_of(bar: QMenuBar, title: str) -> QMenu:
    """The menu with a title; added where there is none."""
    for action in bar.actions():
        menu = action.menu()
        if action.text() == title and isinstance(menu, QMenu):
            return menu
    return bar.addMenu(title)
