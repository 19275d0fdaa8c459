"""A menu that opens at a spot of the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

# A title, whether it can be chosen, and what it does.
Entry = tuple[str, bool, Callable[[], object]]


def popup(parent: QWidget, entries: Iterable[Entry], at: QPoint) -> None:
    """Open a menu at a spot of the screen, in pixels; it is gone once it is closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for title, is_enabled, do in entries:
        action = menu.addAction(title)
        action.setEnabled(is_enabled)
        action.triggered.connect(lambda _on=False, do=do: do())
    menu.popup(at)
