"""What a bar leaves out where there is no room for all of it, the least missed first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolBar, QToolButton

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


class SpareWords:
    """Words within a label's text that a bar can do without; the label grows with its texts, not back.

    ``beside``: pixels that the label takes beside its text.
    """

    def __init__(self, label: QLabel, beside: int) -> None:
        self._label, self._beside = label, beside
        self._texts, self._is_whole = ("", ""), True

    def write(self, whole: str, short: str) -> bool:
        """Show a text, or the one without the words where these have no room; whether the label grew."""
        self._texts = whole, short
        wanted = self._pixels(self._shown) + self._beside
        # A label that grows lays out the window anew, which costs more than the text.
        has_grown = wanted > self._label.minimumWidth()
        if has_grown:
            self._label.setMinimumWidth(wanted)
        self._label.setText(self._shown)
        return has_grown

    def spare(self) -> Spare:
        """The words, as a part of the bar."""
        return Spare(lambda: self._is_whole, self._width, self._show)

    @property
    def _shown(self) -> str:
        return self._texts[not self._is_whole]

    def _pixels(self, text: str) -> int:
        return self._label.fontMetrics().size(0, text).width()

    def _width(self) -> int:
        whole, short = map(self._pixels, self._texts)
        return whole - short

    def _show(self, whole: bool) -> None:
        self._is_whole = whole
        self._label.setMinimumWidth(self._pixels(self._shown) + self._beside)
        self._label.setText(self._shown)


def leave_out(needed: int, room: int, spares: Sequence[Spare]) -> None:
    """Show of the parts what there is room for; the first go first. ``needed`` pixels are taken now."""
    needed += sum(spare.width() for spare in spares if not spare.is_shown())
    for spare in spares:
        is_room = needed <= room
        if spare.is_shown() != is_room:
            spare.show(is_room)
        needed -= 0 if is_room else spare.width()
