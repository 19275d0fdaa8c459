"""What a bar leaves out where there is no room for all of it, the least missed first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar, QToolButton

BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


class Spare(NamedTuple):
    """A part that a bar can do without: whether it is shown, how many pixels it takes, and what shows it."""

    is_shown: Callable[[], bool]
    width: Callable[[], int]
    show: Callable[[bool], None]


def spare_widget(bar: QToolBar, action: QAction) -> Spare:
    """What an action of a bar shows."""

    def width() -> int:
        widget = bar.widgetForAction(action)
        return widget.sizeHint().width() if widget is not None else 0

    return Spare(action.isVisible, width, action.setVisible)


def spare_word(button: QToolButton, width: Callable[[], int], changed: Callable[[], None]) -> Spare:
    """The word of a button: its picture and its tip stay. ``changed()`` hears when it comes or goes."""

    def show(shown: bool) -> None:
        button.setToolButtonStyle(BESIDE if shown else Qt.ToolButtonStyle.ToolButtonIconOnly)
        changed()

    return Spare(lambda: button.toolButtonStyle() == BESIDE, width, show)


def leave_out(needed: int, room: int, spares: Sequence[Spare]) -> None:
    """Show of the parts what there is room for; the first go first. ``needed`` pixels are taken now."""
    needed += sum(spare.width() for spare in spares if not spare.is_shown())
    for spare in spares:
        is_room = needed <= room
        if spare.is_shown() != is_room:
            spare.show(is_room)
        needed -= 0 if is_room else spare.width()
